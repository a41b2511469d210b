// A person at a browser of their own: finds what is there by its visible label, as people do, with a
// mouse or with the keyboard alone, in their language, with or without JavaScript.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { examine, findInForcedColours, glance, pressTab, read } from "./page.mjs";
import { ROOT } from "./program.mjs";
import { formText, siteText } from "./texts.mjs";

const LOCALES = { nb: "nb-NO", nn: "nn-NO", se: "se-NO", en: "en-GB" };
const TABS_MAX = 200;
// No mistakes: the browser says that it did as it was told, at a logout; and that an autofocus came when something
// had the focus already, as htmx was first to give it (mustHaveFocus looks where it is).
const SAID = /^(Clear-Site-Data header on '[^']+': Cleared data types: "cache", "storage"\.|Autofocus processing was blocked because a document already has a focused element\.)$/;
// Examined pages that the README shows: the picture's name, where on the page it begins, and its height.
const SHOWN = {
  "start-redusert-foreldrebetaling": ["start", "body", 1000],
  "documents-attached": ["documents", ".app-req", 770],
  review: ["review", "main .app-kicker", 1000],
  "my-overview": ["min-side", "body", 1000],
};
const quote = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

// Runs in the page: how many times to press Tab, at least, before one of those has the focus.
function stepsTo(wanted) {
  const active = document.activeElement;
  if (wanted.includes(active)) return 0;
  const stops = [...document.querySelectorAll("a[href], button, summary, input, select, textarea")]
    .filter((e) => wanted.includes(e) || (e.tabIndex >= 0 && e.type !== "radio" && !e.disabled && e.checkVisibility()));
  const from = stops.indexOf(active), to = Math.min(...wanted.map((e) => stops.indexOf(e)));
  return from >= 0 && to > from ? Math.max(1, to - from - 1) : 1;
}

export class Person {
  findings = [];
  expected = new Set(); // statuses that the test asks for
  requests = 0;         // begun
  underway = 0;
  titles = new Map();   // of pages that were looked at, to their paths
  refused = false;      // what was asked for last

  // choices: language, form (whose texts `f` reads), width, scheme ("light", "dark"),
  // javascript (true), keyboard (false).
  static async open(chrome, program, choices) {
    const person = Object.assign(new Person(), { language: "nb", width: 1280, scheme: "light",
      javascript: true, keyboard: false, program }, choices);
    person.context = await chrome.newContext({ viewport: { width: person.width, height: 900 },
      colorScheme: person.scheme, javaScriptEnabled: person.javascript, locale: LOCALES[person.language],
      acceptDownloads: true });
    person.context.setDefaultTimeout(30_000);
    person.page = await person.newPage();
    return person;
  }

  async newPage() {
    const page = await this.context.newPage();
    const own = [this.program.site, this.program.postbox].map((url) => new URL(url).host);
    page.on("filechooser", () => {}); // from now on, and not only from when somebody waits for one
    page.on("console", (message) => this.#hear(message));
    page.on("pageerror", (error) => this.find(`script error: ${error.message}`));
    page.on("request", (request) => {
      this.requests++;
      this.underway++;
      const url = new URL(request.url());
      if (/^https?:/.test(url.protocol) && !own.some((host) => host.split(":")[1] === url.port))
        this.find(`request to another host: ${url}`);
    });
    page.on("requestfinished", () => this.underway--);
    page.on("requestfailed", () => this.underway--);
    page.on("response", (answer) => {
      const status = answer.status();
      if (answer.request().isNavigationRequest()) this.refused = status >= 400 && status !== 422;
      if (status >= 500 && !this.expected.has(status)) this.find(`${status} ${answer.url()}`);
    });
    return page;
  }

  // The browser itself says 4xx in the console: of a page with mistakes (422) that is as it should be.
  #hear(message) {
    const status = Number(/responded with a status of (\d+)/.exec(message.text())?.[1]);
    if (status === 422 || this.expected.has(status) || SAID.test(message.text())) return;
    this.find(`console: ${message.text()}`);
  }

  find(what) {
    this.findings.push(`${this.page?.url().replace(this.program.site, "") ?? ""}: ${what}`);
  }

  mustHaveNoFindings() {
    assert.deepEqual(this.findings, []);
  }

  leave() {
    return this.context.close();
  }

  // Everything about the page as it is now (page.mjs), with a picture of it at both widths, by that name.
  async examine(name) {
    const found = await examine(this.page, (width) => join(this.pictures, `${name}-${width}.png`));
    for (const what of found) this.find(`${name}: ${what}`);
    await this.#readTitle();
    if (process.env.UPDATE_PICTURES && SHOWN[name]) await this.#show(SHOWN[name]);
  }

  // A small picture of a part of the page.
  async #show([name, from, height]) {
    const size = this.page.viewportSize();
    await this.page.setViewportSize({ width: 1080, height: 900 });
    const place = await this.page.locator(from).first().evaluate((e) => e.getBoundingClientRect().top + scrollY);
    const view = await this.context.newCDPSession(this.page);
    const { data } = await view.send("Page.captureScreenshot", { format: "jpeg", quality: 72, captureBeyondViewport: true,
      clip: { x: 0, y: Math.max(0, place - 12), width: 1080, height, scale: 2 / 3 } });
    writeFileSync(join(ROOT, "examples/pictures", `${name}.jpg`), Buffer.from(data, "base64"));
    await this.page.setViewportSize(size);
  }

  async glance() {
    for (const what of await glance(this.page)) this.find(what);
    await this.#readTitle();
  }

  // This page in each other language that the site has, with a picture by that name; comes back to its own.
  async readInOthers(name) {
    const address = this.page.url().split("#")[0];
    for (const language of Object.keys(LOCALES).filter((other) => other !== this.language)) {
      await this.visit(`${address}?lang=${language}`);
      const found = await read(this.page, join(this.pictures, `${name}-${language}.png`));
      for (const what of found) this.find(`${name} (${language}): ${what}`);
    }
    await this.visit(`${address}?lang=${this.language}`);
  }

  async lookInForcedColours(name) {
    for (const what of await findInForcedColours(this.page)) this.find(`${name}: ${what}`);
  }

  // What a printer would get, as text.
  async print(name) {
    const path = join(this.pictures, `${name}.pdf`);
    await this.page.pdf({ path, format: "A4" });
    return execFileSync("pdftotext", ["-layout", path, "-"], { encoding: "utf8" });
  }

  // Another page must have another title, or nobody knows which window is which (2.4.2). Pages of refusals
  // stand in for any.
  async #readTitle() {
    const [origin, address, title] = await this.page.evaluate(() => [location.origin, location.pathname, document.title]);
    if (origin !== this.program.site || this.refused) return;
    const path = address.replace(/[\w-]{20,}/g, ":id");
    const before = this.titles.get(title) ?? path;
    if (before !== path) this.find(`"${title}" is the title of ${before} too (2.4.2)`);
    this.titles.set(title, before);
  }

  // A text of the site, and of the form, in the person's language.
  t(id, words) {
    return siteText(this.language, id, words);
  }

  f(id) {
    return formText(this.form, this.language, id);
  }

  async visit(path) {
    await this.page.goto(path.startsWith("http") ? path : this.program.site + path);
  }

  // From whatever login page there is: goes on until there are people to choose from, and chooses.
  async logIn(name) {
    this.name = name;
    for (let i = 0; i < 4; i++) {
      if (i > 0 && (await this.page.locator("header").getByText(name).count())) return; // known there still
      const choice = this.page.getByLabel(name, { exact: true });
      if (await choice.count()) {
        await this.#set(choice, true);
        await this.#settled(() => this.#activate(this.page.locator("form:has(:checked) button").first()));
        return;
      }
      await this.#settled(() => this.#activate(this.page.locator("main a.ds-button, main button").first()));
    }
    throw new Error(`nowhere to log in as ${name}`);
  }

  // within: a group by its legend, or the beginning of that; several: one within the other.
  #place(within = []) {
    return [within].flat().reduce((place, legend) =>
      place.getByRole("group", { name: new RegExp(`^\\s*${quote(legend)}`) }).first(), this.page.locator("main"));
  }

  // Tags for what must be filled in are not of a label's name.
  #labelled(label, within) {
    const tags = ["ui.required", "ui.optional"].map((id) => quote(this.t(id))).join("|");
    return this.#place(within).getByLabel(new RegExp(`^\\s*${quote(label)}\\s*(${tags})?\\s*$`)).first();
  }

  #named(role, name, within) {
    const place = this.#place(within);
    return place.getByRole(role, { name, exact: true }).or(place.getByRole(role, { name })).first();
  }

  async fill(label, value, within) {
    const field = this.#labelled(label, within);
    if (!this.keyboard) return field.fill(value);
    await this.reach(field);
    await this.page.keyboard.press("Control+A");
    await this.page.keyboard.press("Delete");
    await this.page.keyboard.type(value);
  }

  // A date in its three fields; within: the question.
  async fillDate(within, day, month, year) {
    await this.fill(this.t("control.day"), String(day), within);
    await this.fill(this.t("control.month"), String(month), within);
    await this.fill(this.t("control.year"), String(year), within);
  }

  tick(label, within) {
    return this.#set(this.#labelled(label, within), true);
  }

  // The first choice with that label whose description says that.
  tickDescribed(label, description) {
    const fields = this.page.locator("main .ds-field").filter({ hasText: description });
    return this.#set(fields.getByLabel(label).first(), true);
  }

  untick(label, within) {
    return this.#set(this.#labelled(label, within), false);
  }

  async #set(choice, checked) {
    if (!this.keyboard) return choice.setChecked(checked);
    if ((await choice.isChecked()) === checked) return;
    if ((await choice.getAttribute("type")) === "radio") return this.#choose(choice);
    await this.reach(choice);
    await this.page.keyboard.press("Space");
  }

  // Tab goes into a group of radio buttons once; the arrows go about in it.
  async #choose(choice) {
    const group = await choice.getAttribute("name");
    const first = this.page.locator(`input[type=radio][name="${group}"]`);
    await this.reach(first, true);
    await this.page.keyboard.press("Space");
    for (let i = 0, count = await first.count(); i < count && !(await choice.isChecked()); i++)
      await this.page.keyboard.press("ArrowDown");
    assert.ok(await choice.isChecked(), "the arrows did not come to that choice");
  }

  async attach(label, files, within) {
    const input = this.#place(within).getByLabel(label).first();
    await this.#settled(async () => {
      if (!this.keyboard) return input.setInputFiles(files);
      await this.reach(input);
      const [chooser] = await Promise.all([this.page.waitForEvent("filechooser"), this.page.keyboard.press("Enter")]);
      await chooser.setFiles(files);
    });
  }

  press(name, within) {
    return this.#settled(() => this.#activate(this.#named("button", name, within)));
  }

  // A link by its name, or one that is known already.
  follow(link, within) {
    const target = typeof link === "string" ? this.#named("link", link, within) : link;
    return this.#settled(() => this.#activate(target));
  }

  logOut() {
    return this.#settled(() => this.#activate(this.page.locator("header").getByRole("button", { name: this.t("ui.logout") })));
  }

  // The field is done: what a person does by going on.
  leaveField() {
    return this.page.evaluate(() => document.activeElement.blur());
  }

  // Until the page has saved itself for what was done.
  async saves(act) {
    const saved = this.page.waitForResponse((answer) => answer.request().method() === "POST");
    await act();
    await saved;
    await this.#settled(() => {});
  }

  // From the list at the top, by the language's own name; then reads that.
  async switchLanguage(name) {
    const list = this.page.locator("header details.app-lang");
    await this.#activate(list.locator("summary"));
    await this.#settled(() => this.#activate(list.getByText(name)));
    this.language = await this.page.locator("html").getAttribute("lang");
  }

  async #activate(target) {
    if (!this.keyboard) return target.click();
    await this.reach(target);
    await this.page.keyboard.press("Enter");
  }

  // Tab, until that has the focus (any: or any of those).
  async reach(target, any = false) {
    await target.first().waitFor();
    const wanted = any ? await target.elementHandles() : [await target.elementHandle()];
    for (let tabs = 0; tabs < TABS_MAX;) {
      const steps = await this.page.evaluate(stepsTo, wanted);
      if (steps === 0) return;
      await pressTab(this.page, steps);
      tabs += steps;
    }
    throw new Error(`the keyboard does not come to ${target}`);
  }

  // What a press began has ended: a new page, or a part of this one.
  async #settled(act) {
    const before = this.requests;
    await act();
    for (let i = 0; i < 10 && this.requests === before; i++) await this.page.waitForTimeout(10);
    for (let seen = -1; seen !== this.requests;) { // an answer may lead to another page
      seen = this.requests;
      for (let i = 0; i < 500 && this.underway > 0; i++) await this.page.waitForTimeout(10);
      await this.page.waitForLoadState();
      await this.page.waitForTimeout(60);
    }
  }

  async mustHaveValue(label, value, within) {
    assert.equal(await this.#labelled(label, within).inputValue(), value);
  }

  // Opens what is folded.
  async open(summary, within) {
    const folded = this.#place(within).locator("details").filter({ hasText: summary }).first();
    if ((await folded.getAttribute("open")) === null) await this.#activate(folded.locator("summary"));
  }

  // Acts in a window beside this one, and comes back to it.
  async inNewWindow(act) {
    const here = this.page;
    this.page = await this.newPage();
    try {
      await act();
    } finally {
      await this.page.close();
      this.page = here;
      await here.bringToFront();
    }
  }

  async hasButton(name, within) {
    return (await this.#named("button", name, within).count()) > 0;
  }

  async heading() {
    return (await this.page.locator("h1").textContent()).trim();
  }

  async mustSee(text) {
    await this.page.locator("body").getByText(text).first().waitFor({ state: "visible" });
  }

  mustHaveHeading(text) {
    return this.page.getByRole("heading", { level: 1, name: text }).waitFor();
  }

  // Until the page says so: by itself, or loaded again by who has no JavaScript.
  waitFor(text) {
    return this.#waitFor(this.page.getByText(text).first());
  }

  waitForHeading(text) {
    return this.#waitFor(this.page.getByRole("heading", { level: 1, name: text }));
  }

  // The page loaded again until it says so, as of what happens elsewhere.
  async waitForReload(text) {
    const sight = this.page.getByText(text).first();
    for (let i = 0; i < 100 && !(await sight.isVisible()); i++) {
      await this.page.waitForTimeout(300);
      await this.page.reload();
    }
    await sight.waitFor();
  }

  // The focus is on what the selector finds, now or soon.
  async mustHaveFocus(selector) {
    await this.page.locator(`${selector}:focus`).waitFor({ timeout: 10_000 }).catch(() => {});
    const [there, has] = await this.page.evaluate((wanted) => {
      const e = document.activeElement;
      return [e.outerHTML.slice(0, 120), e.matches(wanted)];
    }, selector);
    assert.ok(has, `the focus is on ${there}, not on ${selector}`);
  }

  async #waitFor(sight) {
    for (let i = 0; i < 100 && !this.javascript && !(await sight.isVisible()); i++) {
      await this.page.waitForTimeout(200);
      await this.page.reload();
    }
    await sight.waitFor({ timeout: 30_000 });
  }
}
