// What every page gains by a script: it works without. No eval, no style, nothing kept in the browser.
const root = document.documentElement;
const at = (id) => document.getElementById(id);
const say = (text, id = "_melding") => { if (at(id)) at(id).textContent = text; };
root.classList.add("app-js");

/* ---- the login ends: said five minutes before, and extended by a press ---- */

const WARNING = 5 * 60e3;
let mark, ends = 0, warned;

function tellTime() {
  // In Norwegian time, as all else on the page, wherever the reader is.
  const wanted = { timeZone: "Europe/Oslo", hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
  const [hour, minute] = new Date(ends).toLocaleTimeString("en-GB", wanted).split(":");
  const text = hour + (root.lang === "en" ? ":" : ".") + minute;
  for (const e of document.querySelectorAll("[data-app-clock]"))
    e.textContent = e.dataset.appClock.replace("{tid}", text);
}

function end() {
  const dialog = at("_okt"), over = at("_okt-ute");
  if (!over?.hidden) return;
  at("_okt-snart").hidden = true;
  over.hidden = false;
  over.querySelector("a").href = location.pathname; // leads to the login and back
  dialog.setAttribute("aria-labelledby", "_okt-ute-tittel");
  dialog.removeAttribute("aria-describedby");
  if (!dialog.open) dialog.showModal();
  at("_okt-ute-tittel").focus();
}

// Each answer may bring a new mark: whatever is asked of the server extends the login.
function read() {
  if (mark === at("_okt-slutt")) return;
  mark = at("_okt-slutt");
  const before = ends;
  ends = Date.now() + mark.dataset.appLeft * 1000;
  warned = ends - Date.now() <= WARNING && before + 2000 >= ends; // it was not made longer
  if (!warned) at("_okt").close();
}

const savesFirst = () => !document.dispatchEvent(new Event("app-ends", { cancelable: true })); // live.js

function watch() {
  if (!at("_okt-slutt")) return;
  read();
  if (ends <= Date.now()) return savesFirst(), end();
  if (warned || ends - Date.now() > WARNING) return;
  warned = true;
  if (savesFirst()) return; // which is a sign of life
  tellTime();
  at("_okt").showModal();
  at("_okt-tittel").focus();
}
document.addEventListener("app-ended", end);
setInterval(watch, 1000);

async function extend(form) {
  const answer = await fetch(form.action, {
    method: "POST", body: new URLSearchParams(new FormData(form)), headers: { "HX-Request": "true" },
  }).catch(() => null);
  if (answer?.status === 401) return end();
  const text = answer?.ok ? await answer.text() : "";
  const now = new DOMParser().parseFromString(text, "text/html").querySelector("[data-app-left]");
  if (!now) return;
  now.id = "_okt-slutt";
  mark.replaceWith(now);
  read();
  at("_okt-siste").hidden = !at("_okt").open; // as long as a login may last
  at("_okt-tekst").hidden = at("_okt").open;
}

/* ---- sending, menu, counter ---- */

// The server sends once whatever is pressed; a second press has nothing to do.
document.addEventListener("submit", (e) => {
  const { target: form, submitter } = e;
  if (form.matches("#_okt-snart [action$=forleng]")) e.preventDefault(), extend(form);
  if (!submitter?.matches("[data-app-once]")) return;
  if (submitter.ariaBusy === "true") e.preventDefault();
  submitter.ariaBusy = "true";
});
window.addEventListener("pageshow", () => {
  for (const button of document.querySelectorAll("[data-app-once]")) button.ariaBusy = null;
});

document.addEventListener("keydown", (e) => {
  const menu = e.key === "Escape" && document.querySelector(".app-lang[open]");
  if (!menu) return;
  menu.open = false;
  menu.querySelector("summary").focus();
});

document.addEventListener("input", ({ target }) => {
  const counter = document.querySelector(`[data-app-counter="${CSS.escape(target.id)}"]`);
  if (!counter) return;
  const left = counter.dataset.most - [...target.value].length;
  counter.textContent = counter.dataset[left < 0 ? "over" : "left"].replace("{n}", Math.abs(left));
  clearTimeout(target.pause);
  target.pause = setTimeout(() => { counter.nextElementSibling.textContent = counter.textContent; }, 1200);
});
