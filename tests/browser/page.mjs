// What holds on every page and in every state of it, as findings: axe-core's rules, and what axe cannot
// see. Rules: WCAG 2.2 AA; the numbers stand beside each.
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const require = createRequire(import.meta.url);
const AXE = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
// Those of them that hang on width and colours.
const LOOKS = { type: "rule", values: ["color-contrast", "link-in-text-block", "scrollable-region-focusable", "target-size"] };
const WEIGHT_MAX = 60_000;

// Runs in the page; knows nothing of what stands outside the function.
function readMarkup() {
  const found = [], all = (what) => [...document.querySelectorAll(what)];
  const seen = (e) => e.checkVisibility({ checkVisibilityCSS: true }) && e.getClientRects().length;
  const nameOf = (e) => (e.getAttribute("aria-label") ?? e.textContent).trim().slice(0, 40) || e.id || e.name;

  if (!/^(nb|nn|se|en)$/.test(document.documentElement.lang)) found.push("the page has no language (3.1.1)");
  if (all("h1").length !== 1) found.push(`${all("h1").length} h1`);
  if (all("a.ds-skip-link[href='#innhold']").length !== 1 || !document.querySelector("main#innhold"))
    found.push("no skip link to main (2.4.1)");
  if (!/.+ – .+/.test(document.title)) found.push(`the title is only "${document.title}" (2.4.2)`);

  const ids = all("[id]").map((e) => e.id);
  for (const id of new Set(ids.filter((id, i) => ids.indexOf(id) !== i))) found.push(`two elements with id ${id}`);
  for (const name of ["for", "aria-describedby", "aria-labelledby", "aria-controls"])
    for (const e of all(`[${name}]`))
      for (const id of e.getAttribute(name).split(/\s+/))
        if (!document.getElementById(id)) found.push(`${name} points at #${id}, which is not there`);
  for (const link of all("a[href^='#']"))
    if (!document.getElementById(decodeURIComponent(link.hash.slice(1)))) found.push(`a link to ${link.hash}, which is not there`);

  // 2.5.8. A link within a sentence is excepted.
  for (const e of all("a[href], button, summary, input:not([type=hidden]), select, textarea")) {
    if (!seen(e) || e.tabIndex < 0 || e.closest(".ds-skip-link") || (e.matches("a") && e.closest("p, dd, td, li > span"))) continue;
    const boxes = [e, ...(/radio|checkbox/.test(e.type) ? e.labels : [])].map((x) => x.getBoundingClientRect());
    const width = Math.max(...boxes.map((b) => b.right)) - Math.min(...boxes.map((b) => b.left));
    const height = Math.max(...boxes.map((b) => b.bottom)) - Math.min(...boxes.map((b) => b.top));
    if (width < 24 || height < 24) found.push(`${nameOf(e)} is ${Math.round(width)} x ${Math.round(height)} (2.5.8)`);
  }

  const summary = document.querySelector(".ds-error-summary");
  const wrong = all("[aria-invalid=true]");
  for (const e of wrong)
    if (!(e.getAttribute("aria-describedby") ?? "").split(/\s+/)
      .some((id) => document.getElementById(id)?.matches(".ds-validation-message")))
      found.push(`${e.id} is wrong, and has no message (3.3.1)`);
  if (summary) {
    if (!/\(\d+\):/.test(document.title)) found.push("the title does not say that there are mistakes");
    const messages = new Set(all(".ds-validation-message").map((e) => e.textContent.trim()));
    for (const link of summary.querySelectorAll("a")) {
      if (!messages.has(link.textContent.trim())) found.push(`the summary says "${link.textContent}", no field does`);
      if (!document.getElementById(link.hash.slice(1))?.matches("input, select, textarea, button"))
        found.push(`the summary's "${link.textContent}" leads to no control`);
    }
  }
  return found;
}

// 1.4.10 at 320 px (1280 px at 400 %), and with the text spacing of 1.4.12; also where the layout of wide windows
// has least room.
const WIDTHS = [1280, 641, 320];
const SPACED = "* { line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important }" +
  " p { margin-bottom: 2em !important }";

// Runs in the page. How much wider than the window it is, plain and spaced by that css; with digits and references
// as wide as they come, so that it does not hang on the day and on who sent before.
function readOverflow(css) {
  const texts = [], all = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (all.nextNode()) if (/\d/.test(all.currentNode.data)) texts.push([all.currentNode, all.currentNode.data]);
  for (const [text, was] of texts) text.data = was.replace(/\b[A-Z]{1,4}(?=-\d{4}-\d{6})/g, "WWWW").replace(/\d/g, "0");
  const sheet = new CSSStyleSheet(), right = (e) => e.getBoundingClientRect().right;
  const past = () => document.documentElement.scrollWidth - document.documentElement.clientWidth;
  const widest = () => [...document.querySelectorAll("body *")].filter((e) => e.checkVisibility())
    .reduce((a, b) => (right(b) > right(a) ? b : a));
  const read = () => past() > 0 && `${past()} px wider by ${widest().localName}.${widest().className} "${widest().textContent.slice(0, 60)}"`;
  const plain = read();
  sheet.replaceSync(css);
  document.adoptedStyleSheets.push(sheet);
  const spaced = read();
  document.adoptedStyleSheets.pop();
  for (const [text, was] of texts) text.data = was;
  return [plain, spaced];
}

async function findOverflow(page, width) {
  await page.setViewportSize({ width, height: 900 });
  const [plain, spaced] = await page.evaluate(readOverflow, SPACED);
  if (plain) return [`at ${width} px ${plain} (1.4.10)`];
  return spaced ? [`at ${width} px with text spacing ${spaced} (1.4.12)`] : [];
}

// Until colours are what they will be, and nothing moves but what always does.
async function settle() {
  const frame = () => new Promise((shown) => requestAnimationFrame(shown));
  const moves = () => document.getAnimations().some((a) => a.effect.getComputedTiming().endTime < 5000);
  await frame();
  do await frame(); while (moves());
}

const debuggers = new WeakMap();

// What goes to the browser past Playwright, as that would be slow or refused.
async function debug(page) {
  if (!debuggers.has(page)) debuggers.set(page, await page.context().newCDPSession(page));
  return debuggers.get(page);
}

// Many presses in a row without waiting for each.
export async function pressTab(page, times) {
  const session = await debug(page), key = { key: "Tab", code: "Tab", windowsVirtualKeyCode: 9 };
  const presses = Array.from({ length: times }, () => ["rawKeyDown", "keyUp"]).flat();
  await Promise.all(presses.map((type) => session.send("Input.dispatchKeyEvent", { type, ...key })));
}

// The whole page as a picture.
async function takePicture(page, path) {
  const session = await debug(page);
  const { cssContentSize: { width, height } } = await session.send("Page.getLayoutMetrics");
  const { data } = await session.send("Page.captureScreenshot", { optimizeForSpeed: true, captureBeyondViewport: true,
    clip: { x: 0, y: 0, width, height, scale: 1 } });
  writeFileSync(path, Buffer.from(data, "base64"));
}

// axe goes in past the page's policy, which takes no script but ours.
async function findByAxe(page, rules) {
  if (!(await page.evaluate(() => "axe" in window)))
    await (await debug(page)).send("Runtime.evaluate", { expression: AXE, allowUnsafeEvalBlockedByCSP: true });
  return page.evaluate(async (runOnly) => {
    const { violations } = await window.axe.run(document, { runOnly, resultTypes: ["violations"] });
    // What axe leaves, and htmx would take along into the next page.
    document.querySelectorAll("[style='']").forEach((e) => e.removeAttribute("style"));
    return violations.map(({ id, nodes }) =>
      `axe ${id}: ${nodes.slice(0, 3).map((n) => `${n.target.join(" ")} ${n.any[0]?.message ?? ""}`).join(" | ")}`);
  }, rules);
}

// Runs in the page: from now on remembers where the focus comes, and where it is not to be seen. How many
// places there are for it.
function watchFocus() {
  const seen = new Set(), ringless = [], groups = new Set();
  const ring = (x) => {
    const style = x && getComputedStyle(x);
    return style && ((style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0) || style.boxShadow !== "none");
  };
  const look = ({ target: e }) => {
    const key = e.type === "radio" ? `radio ${e.name}` : e;
    if (e.tabIndex < 0 || seen.has(key)) return;
    seen.add(key);
    if (!e.matches(".ds-skip-link") && !ring(e) && !ring(e.closest(".ds-field")) && !ring(e.closest("li")))
      ringless.push(e.textContent.trim() || e.id);
  };
  document.addEventListener("focusin", look);
  window.endWatch = () => {
    document.removeEventListener("focusin", look);
    return [seen.size, ringless];
  };
  const place = document.querySelector("dialog:modal") ?? document;
  return [...place.querySelectorAll("a[href], button, summary, input:not([type=hidden]), select, textarea")]
    .filter((e) => e.checkVisibility({ checkVisibilityCSS: true }) && !e.disabled && e.tabIndex >= 0)
    .filter((e) => e.type !== "radio" || (!groups.has(e.name) && groups.add(e.name))).length;
}

// 2.1.1, 2.4.7. Once round, and a little more: it may have begun anywhere.
async function findByTab(page) {
  const wanted = await page.evaluate(watchFocus);
  await pressTab(page, wanted + 12);
  const [got, ringless] = await page.evaluate(() => window.endWatch());
  const found = ringless.map((name) => `no focus to be seen on "${name}" (2.4.7)`);
  if (got < wanted) found.push(`Tab comes to ${got} of ${wanted} controls (2.1.1)`);
  return found;
}

async function findInSkipLink(page) {
  await page.locator("a.ds-skip-link").focus();
  await page.keyboard.press("Enter");
  const there = await page.evaluate(() => { // and is not to be the place that the next page begins at
    const { id } = document.activeElement;
    location.hash = "";
    history.replaceState(history.state, "", location.pathname + location.search);
    return id;
  });
  return there === "innhold" ? [] : [`the skip link leads to #${there} (2.4.1)`];
}

// All of it, at both widths, light and dark: for a state that is looked at once. The page is as before,
// but for focus and place. Pictures of it go to `path(width)`.
export async function examine(page, path) {
  const found = await page.evaluate(readMarkup);
  const weight = Buffer.byteLength(await page.content());
  if (weight > WEIGHT_MAX) found.push(`${weight} bytes`);
  const { width, height } = page.viewportSize();
  for (const [at, colorScheme, rules] of [[360, "dark", LOOKS], [1280, "light", RULES]]) {
    await page.emulateMedia({ colorScheme });
    await page.setViewportSize({ width: at, height: 900 });
    await page.evaluate(settle);
    await takePicture(page, path(at));
    found.push(...(await findByAxe(page, rules)).map((what) => `${what} (${at} px, ${colorScheme})`));
  }
  await page.emulateMedia({ colorScheme: null });
  for (const at of WIDTHS) found.push(...await findOverflow(page, at));
  await page.setViewportSize({ width, height });
  found.push(...await findByTab(page));
  if (!(await page.locator("dialog:modal").count())) found.push(...await findInSkipLink(page));
  return found;
}

// What is said on a page, in whatever language: by axe at the width that there is, and a picture of it.
export async function read(page, path) {
  await page.evaluate(settle);
  await takePicture(page, path);
  return [...await page.evaluate(readMarkup), ...await findByAxe(page, RULES)];
}

// Runs in the page. With colours of the system alone, edges and outlines must stand out from what they lie on.
function readForcedColours() {
  const found = [], nameOf = (e) => e.textContent.trim().slice(0, 40) || e.id || e.name;
  const seen = (e) => e.checkVisibility({ checkVisibilityCSS: true }) && e.getClientRects().length;
  const canvas = getComputedStyle(document.body).backgroundColor;
  const shows = (style, edge) => style[`${edge}Style`] !== "none" && parseFloat(style[`${edge}Width`]) >= 1 && style[`${edge}Color`] !== canvas;
  const place = document.querySelector("dialog:modal") ?? document;
  const stops = [...place.querySelectorAll("a[href], button, summary, input:not([type=hidden]), select, textarea")];
  for (const e of stops.filter((e) => seen(e) && !e.disabled && e.tabIndex >= 0)) {
    const edges = ["borderTop", "borderBottom", "borderLeft", "borderRight"];
    if (e.matches(".ds-button, .ds-input:not([type=radio], [type=checkbox])") && !edges.every((edge) => shows(getComputedStyle(e), edge)))
      found.push(`${nameOf(e)} has no border`);
    e.focus({ focusVisible: true, preventScroll: true });
    if (!e.matches(".ds-skip-link") && ![e, e.closest(".ds-field"), e.closest("li")].some((x) => x && shows(getComputedStyle(x), "outline")))
      found.push(`no focus to be seen on ${nameOf(e)}`);
  }
  return found;
}

// For who has a theme of high contrast (1.4.11, 2.4.7).
export async function findInForcedColours(page) {
  await page.emulateMedia({ forcedColors: "active" });
  const found = await page.evaluate(readForcedColours);
  await page.emulateMedia({ forcedColors: null });
  return found.map((what) => `${what} (forced colours)`);
}

// The quick part: for each page of a journey, also without JavaScript.
export async function glance(page) {
  const found = await page.evaluate(readMarkup), { width, height } = page.viewportSize();
  found.push(...await findOverflow(page, 320));
  await page.setViewportSize({ width, height });
  return found;
}
