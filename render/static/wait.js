// Looks each second for what came from the postbox, and shows it. Without it a button looks, or the page loads itself.
const sheet = document.querySelector(".app-wait").parentElement;
let looks = 0;

// The status stays the same element, so that it is read out; and what has the focus keeps it.
function show(page) {
  const now = page.querySelector(".app-wait")?.parentElement, status = sheet.querySelector(".app-wait");
  if (!now) return location.reload();
  if (now.textContent === sheet.textContent) return;
  const focus = sheet.contains(document.activeElement) && document.activeElement.textContent;
  for (const old of [...sheet.children]) if (old !== status) old.remove();
  for (const part of [...now.children])
    if (part.matches(".app-wait")) status.lastElementChild.replaceWith(part.lastElementChild);
    else sheet.append(part);
  if (focus) [...sheet.querySelectorAll("a")].find((link) => link.textContent === focus)?.focus();
  document.title = page.title;
  document.querySelector("h1").textContent = page.querySelector("h1").textContent;
}

// For five minutes, while somebody looks: then the login's own clock goes on.
async function look() {
  if (++looks > 300) return;
  const answer = document.hidden ? null : await fetch(location.pathname).catch(() => null);
  if (answer?.redirected) return location.assign(answer.url);
  if (answer?.ok) show(new DOMParser().parseFromString(await answer.text(), "text/html"));
  setTimeout(look, 1000);
}

setTimeout(look, 1000);
