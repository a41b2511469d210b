// A step saves itself: a while after a change, sooner when questions or sums hang on it. Loaded after app.js, with
// htmx, which sends and puts in place; without it, or without this file, presses do the same.
const edited = new Set(); // fields, since what was sent last
const left = new Set(); // fields and groups of them, changed on this page: told of what is written wrong when they are left
let timer, follows, stopped, told;

if (window.htmx) root.classList.add("app-live");

function save() {
  clearTimeout(timer);
  if (window.htmx && !stopped && !at("skjema")?.dataset.appBusy) // upload.js posts it
    at("_autolagring")?.dispatchEvent(new CustomEvent("app-save"));
}

function later(target) {
  follows ||= Boolean(target.closest("[data-app-live]"));
  clearTimeout(timer);
  timer = setTimeout(save, follows ? 500 : 1500);
}

const isAnswer = ({ form, type }) => form?.id === "skjema" && type !== "file";
document.addEventListener("input", ({ target }) => { if (isAnswer(target)) edited.add(target); });
document.addEventListener("change", ({ target }) => {
  if (!isAnswer(target)) return;
  left.add(target.closest(".ds-fieldset:not(.app-repeat__item)") ?? target);
  later(target);
});
document.addEventListener("app-sent", () => { if (edited.size) later(at("skjema")); }); // upload.js
document.addEventListener("app-ends", (e) => {
  if (!edited.size) return;
  e.preventDefault();
  save();
});
window.addEventListener("online", () => { if (edited.size) save(); });

// Posts of one page wait for each other: each takes the revision that the one before gave.
document.addEventListener("htmx:before:request", (e) => {
  const { ctx } = e.detail, { request, sourceElement } = ctx, form = at("skjema");
  if (!request.body?.has?.("_revisjon")) return;
  if (!sourceElement.isConnected) return e.preventDefault(); // its page is gone
  clearTimeout(timer);
  ctx.saves = sourceElement.id === "_autolagring";
  if (ctx.saves) {
    const data = new FormData(form);
    data.set("_handling", (ctx.follows = follows) ? "folg" : "autolagre");
    const gone = [...left].filter((e) => e.isConnected && !e.contains(document.activeElement));
    data.set("_forlatt", gone.map((e) => e.id).join(" "));
    request.body = form.enctype === "multipart/form-data" ? data : new URLSearchParams(data);
  } else request.body.set("_revisjon", form.elements._revisjon.value);
  follows = false;
  ctx.edited = [...edited];
  edited.clear();
});

// What was typed meanwhile stays: then only the revision is taken, and the step is asked for again.
document.addEventListener("htmx:before:swap", ({ detail: { ctx, tasks } }) => {
  const main = tasks.find(({ type }) => type === "main"), form = at("skjema");
  ctx.follows ||= Boolean(ctx.saves && main?.fragment.querySelector("h1")); // the step, and not only that it is saved
  if (!ctx.follows || ctx.response.status !== 200 || [...edited].every((e) => e === document.activeElement)) return;
  form.elements._revisjon.value = main.fragment.querySelector("[name=_revisjon]").value;
  tasks.splice(tasks.indexOf(main), 1);
  follows = true;
  later(form);
});

// Not saved: told, and sent again with the next change.
function lose(ctx, isTold) {
  for (const field of ctx.edited) edited.add(field);
  follows ||= ctx.follows;
  at("_ikke-lagret").hidden = !isTold;
  if (isTold) say(at("_ikke-lagret").textContent);
}

document.addEventListener("htmx:error", ({ detail: { ctx } }) => { if (ctx?.saves) lose(ctx, true); });
document.addEventListener("htmx:after:request", ({ detail: { ctx } }) => {
  const { status } = ctx.response;
  if (!ctx.saves) return;
  stopped = status === 409;
  if (status >= 400 && !stopped) lose(ctx, status !== 401);
  else at("_ikke-lagret").hidden = true;
  if (status === 401) document.dispatchEvent(new Event("app-ended"));
});
document.addEventListener("htmx:after:swap", ({ detail: { ctx } }) => {
  if (ctx.saves && !ctx.follows && (stopped || !told)) say(at("utkaststatus").textContent);
  told = Boolean(ctx.saves); // later ones only show
});
