// How far uploads and checks have come. Without it, buttons send and look again. Loaded after app.js.
root.classList.add("app-uploads");

const form = () => at("skjema"); // htmx may bring another page
const tell = (text) => say(text, "vedlegg-status");
const fill = (text, words) => text.replace(/{(\w+)}/g, (all, word) => words[word]);
const jobs = []; // what is on its way, in order
let looks = 0;

// Parts of the page as the server has it, by id.
function exchange(page, ids) {
  for (const id of [...ids, "vedlegg-antall", "vedlegg-plass", "utkaststatus"]) {
    const old = at(id), now = page.getElementById(id), had = document.activeElement;
    if (!old || !now) continue;
    const focus = old.contains(had) && had.id;
    old.replaceWith(now);
    if (focus !== false) (at(focus) || now).focus({ preventScroll: true });
  }
  for (const e of page.querySelectorAll("[name=_revisjon], [name=_vist]"))
    form().elements[e.name].value = e.value;
  show();
}

function show() {
  for (const { id, row } of jobs) at(id)?.querySelector(".app-req__head").after(row);
}

function wrong(box, text) {
  if (!box) return;
  const input = box.querySelector("[type=file]"), id = input.id + "-feil";
  at(id)?.remove();
  if (!text) return void (input.ariaInvalid = null);
  input.insertAdjacentHTML("afterend", `<p id="${id}" class="ds-validation-message" data-field="validation">`);
  at(id).textContent = text;
  input.ariaInvalid = "true";
  input.setAttribute("aria-describedby", `${id} ${input.id}-hjelp`);
  tell(text);
}

// What was answered: the step, with files or mistakes; or no step.
function done(job) {
  const { response: page, status } = job.xhr, box = page?.getElementById(job.id);
  if (!box && [200, 409].includes(status)) return location.assign(form().action);
  jobs.shift();
  job.row.remove();
  if (box) {
    const error = box.querySelector(".app-file .ds-validation-message");
    exchange(page, [job.id]);
    tell(error?.textContent ?? fill(job.done, job));
  } else wrong(at(job.id), fill(job.failed, job));
  next();
}

// One at a time: each needs the revision that the one before gave.
function next() {
  const job = jobs[0];
  form().dataset.appBusy = job ? "ja" : "";
  if (!job) return document.dispatchEvent(new Event("app-sent"));
  if (job.xhr) return;
  if (document.querySelector(".htmx-request")) return setTimeout(next, 200);
  const data = new FormData(form()), xhr = (job.xhr = new XMLHttpRequest());
  data.append("_handling", "lastopp:" + job.id.slice("krav-".length));
  for (const file of job.files) data.append(job.name, file);
  let told = 0;
  xhr.upload.onprogress = (e) => {
    const n = Math.floor((100 * e.loaded) / e.total), text = fill(job.appUpload, { n });
    job.row.querySelector("progress").value = n;
    job.row.querySelector(".app-docs__meta").textContent = `${job.size}. ${text}`;
    if (n >= told) tell(text);
    told = n < 50 ? 50 : 101;
  };
  xhr.onload = xhr.onerror = () => done(job);
  xhr.responseType = "document";
  xhr.open("POST", form().action);
  xhr.send(data);
}

function add(input) {
  const box = input.closest(".app-req"), texts = input.closest(".app-file").dataset, files = [...input.files];
  const mb = (n) => (Math.ceil(n / 1e5) / 10).toLocaleString(root.lang);
  const bytes = files.reduce((sum, file) => sum + file.size, 0);
  const fil = files.map(({ name }) => name).join(", "), all = { name: fil, size: bytes };
  const large = files.find(({ size }) => size > texts.most) ?? (bytes > texts.left && all);
  input.value = "";
  if (large) return wrong(box, fill(texts.large, { fil: large.name, mb: mb(large.size) }));
  const row = box.querySelector("template").content.firstElementChild.cloneNode(true);
  const job = { ...texts, fil, files, row, name: input.name, id: box.id, size: mb(bytes) + " MB" };
  row.querySelector(".app-docs__title").textContent = fil;
  row.querySelector(".app-docs__meta").textContent = job.size;
  row.querySelector("button").onclick = () => {
    job.xhr?.abort();
    jobs.splice(jobs.indexOf(job), 1);
    row.remove();
    at(input.id)?.focus();
    next();
  };
  wrong(box);
  jobs.push(job);
  show();
  next();
}

// For five minutes: then the login's own clock goes on.
async function look() {
  const boxes = [...document.querySelectorAll("[data-app-waits]")];
  if (!boxes.length || jobs.length || document.hidden || ++looks > 100) return;
  const answer = await fetch(form().action).catch(() => null);
  if (!answer?.ok || answer.redirected || jobs.length) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const moved = boxes.map((box) => page.getElementById(box.id))
    .filter((box) => box && box.textContent !== at(box.id).textContent);
  exchange(page, moved.map((box) => box.id));
  if (moved.length) tell(moved.map(({ id }) => at(id).firstElementChild.innerText).join(". "));
}

document.addEventListener("change", ({ target }) => { if (target.files?.length) add(target); });
setInterval(look, 3000);
