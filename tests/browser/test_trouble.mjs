// What goes wrong while somebody fills in: nothing typed is lost, nothing is sent twice, and where the
// focus is afterwards. Session, windows, impatience, a network that fails.
import assert from "node:assert/strict";
import { describe } from "node:test";
import { program, test, withProgram } from "./harness.mjs";
import * as ways from "./ways.mjs";

withProgram();

const HELLO = { form: "hello" };
const PARENTS = { form: "redusert-foreldrebetaling" };

// To the review of hello, with all filled in.
async function toReview(person, name) {
  await ways.start(person, name);
  await ways.helloStep(person, name);
  await ways.next(person);
  await person.mustHaveHeading(person.t("review.title"));
}

async function mustHaveSent(person, count) {
  await person.visit("/min-side");
  const sent = person.page.getByRole("region", { name: person.t("my.sent") });
  assert.equal(await sent.getByRole("heading", { name: person.f("tittel") }).count(), count);
}

describe("windows and impatience", { concurrency: 3 }, () => {
  test("pressing send twice at once sends once", async (person) => {
    await toReview(person, "Ingrid Fjeld");
    await person.tick(person.t("review.declaration"));
    await person.page.getByRole("button", { name: person.t("ui.submit") }).dblclick();
    await person.mustHaveHeading(person.t("receipt.title"));
    await mustHaveSent(person, 1);
  }, HELLO);

  test("sending from two windows sends once, and both show the receipt", async (person) => {
    await toReview(person, "Jonas Lie Berg");
    const review = person.page.url();
    await person.inNewWindow(async () => {
      await person.visit(review);
      await ways.send(person);
    });
    await ways.send(person);
    await mustHaveSent(person, 1);
  }, HELLO);

  test("going back after sending does not show the form again, nor send it again", async (person) => {
    person.expected = new Set([409]);
    await toReview(person, "Kari Solvang");
    await ways.send(person);
    await person.page.goBack();
    assert.ok(!(await person.hasButton(person.t("ui.submit"))));
    await mustHaveSent(person, 1);
  }, HELLO);

  test("of one draft in two windows nothing is lost: what differs is asked about", async (person) => {
    person.expected = new Set([409]);
    await ways.start(person, "Lise Strand");
    const step = person.page.url();
    await person.inNewWindow(async () => {
      await person.visit(step);
      await person.fill(person.f("navn"), "Lise Strand");
      await person.fill(person.f("melding"), "Lyset er borte.");
      await ways.next(person);
    });
    await ways.helloStep(person, "Lise");
    await ways.next(person);
    await person.mustHaveHeading(person.t("kept.window.title"));
    await person.tick(`${person.t("kept.saved")} Lise Strand`);
    await person.press(person.t("kept.go"));
    await person.mustHaveValue(person.f("navn"), "Lise Strand");
    await person.mustHaveValue(person.f("melding"), "Lyset ved skolen er borte.");
  }, HELLO);

  test("a draft that is left, changed in another language and deleted", async (person) => {
    await ways.start(person, "Einar Dahl");
    await ways.helloStep(person, "Einar");
    await person.switchLanguage("English");
    await person.mustHaveValue(person.f("navn"), "Einar");
    await person.mustHaveValue(person.f("melding"), "Lyset ved skolen er borte.");
    await person.press(person.t("ui.later"));
    await person.visit("/min-side");
    await person.follow(person.t("my.delete"));
    await person.follow(person.t("delete.no"));
    await person.visit("/min-side");
    await person.follow(person.t("my.delete"));
    await person.press(person.t("delete.yes"));
    await person.mustSee(person.t("my.drafts.none"));
  }, HELLO);
});

// design: "Navigation, saving, focus, live text".
describe("focus", { concurrency: 3 }, () => {
  for (const keyboard of [true, false])
    test(`it is where the table says after each act with ${keyboard ? "the keyboard" : "a mouse"}`, async (person) => {
      await ways.start(person, "Gerd Nilsen");
      await ways.next(person);
      await person.mustHaveFocus(".ds-error-summary");
      await person.follow(person.page.locator(".ds-error-summary a").nth(1));
      await person.mustHaveFocus("#barnehage-timer");
      await ways.kindergarten(person);
      await ways.fillChild(person, 1, "Nora Fjeld Berg", 3);
      await person.press(person.t("repeat.add.name", { navn: person.f("barn.felt") }));
      await person.mustHaveFocus("fieldset#barn-2, #barn-2 *");
      await ways.fillChild(person, 2, "Emil Fjeld Berg", 2);
      await person.press(person.t("repeat.remove", { rad: `${person.f("barn.felt")} 2` }));
      await person.mustHaveFocus("#barn, #barn h2");
      await person.press(person.t("repeat.undo"));
      await person.mustHaveFocus("#barn, #barn h2");
      await person.mustHaveValue(person.f("barn.navn"), "Emil Fjeld Berg", ways.child(person, 2));
      await ways.next(person);
      await person.mustHaveFocus("main#innhold, h1");
      await person.press(person.t("ui.prev"));
      await person.mustHaveFocus("main#innhold, h1");
      await person.switchLanguage("Nynorsk");
      await person.mustHaveFocus("body, main#innhold, h1"); // a page of its own, read from its beginning
    }, { ...PARENTS, keyboard });

  test("without JavaScript it is on the mistakes, the row that is new, and the page that came", async (person) => {
    await ways.start(person, "Nora Haugen");
    await person.mustHaveFocus("body, main#innhold, h1");
    await ways.next(person);
    await person.mustHaveFocus(".ds-error-summary");
    await ways.kindergarten(person);
    await ways.fillChild(person, 1, "Nora Fjeld Berg", 3);
    await person.press(person.t("repeat.add.name", { navn: person.f("barn.felt") }));
    await person.mustHaveFocus("fieldset#barn-2, #barn-2 *");
    await person.press(person.t("repeat.remove", { rad: `${person.f("barn.felt")} 2` }));
    await person.mustHaveFocus("#barn, #barn h2");
    await ways.next(person);
    await person.mustHaveFocus("main#innhold, h1");
  }, { ...PARENTS, javascript: false });

  test("a file that came or was not taken leaves it where it was; one removed sends it to its list", async (person) => {
    await ways.toDocuments(person, "Solveig Myhre");
    person.keyboard = true;
    const box = "[id='krav-dokumentasjon-lonn']", input = "[id='fil.dokumentasjon-lonn']";
    await ways.upload(person, "lonn");
    await person.mustHaveFocus(input);
    await person.attach(person.t("upload.label.about", { felt: person.f("lonn.felt") }),
      { name: "lønn.exe", mimeType: "application/x-msdownload", buffer: Buffer.from("MZ") });
    await person.mustSee("lønn.exe");
    await person.mustHaveFocus(input);
    await person.press(`${person.t("upload.remove")} ${ways.PDF.name}`);
    await person.mustHaveFocus(`${box}, ${box} :is(h2, h3, h4)`);
    await ways.later(person, "skattemelding");
    await person.mustHaveFocus("[id='krav-dokumentasjon-skattemelding'], [id='krav-dokumentasjon-skattemelding'] *");
  }, PARENTS);
});

// Scripts that do not come, and a network that goes: people go on with buttons, and are told.
describe("script and network", { concurrency: 3 }, () => {
  const withHtmx = (person, act) => person.page.route(/\/statisk\/htmx/, act);
  const forgive = (person) => { person.findings = person.findings.filter((f) => !/broken|ERR_FAILED|htmx/.test(f)); };

  test("a form is filled in and sent when htmx is blocked", async (person) => {
    await withHtmx(person, (route) => route.abort());
    await ways.start(person, "Torleif Bakke");
    await ways.kindergarten(person);
    await ways.fillChild(person, 1, "Nora Fjeld Berg", 3);
    await ways.next(person);
    await ways.household(person, { partner: true });
    await ways.next(person);
    await ways.contact(person);
    await ways.next(person);
    await ways.later(person, "skattemelding");
    await ways.later(person, "skattemelding2");
    await ways.next(person);
    await ways.send(person);
    forgive(person);
  }, PARENTS);

  test("and when it is broken", async (person) => {
    await withHtmx(person, (route) => route.fulfill({ contentType: "text/javascript", body: "throw new Error('broken')" }));
    await toReview(person, "Nora Haugen");
    await ways.send(person);
    forgive(person);
  }, HELLO);
});

describe("a session that ends", () => {
  test("what was typed when it ended is there after the new login", async (person) => {
    person.expected = new Set([401]);
    await ways.start(person, "Siri Vik");
    await ways.helloStep(person, "Siri Vik");
    program.endSessions();
    await ways.next(person);
    await person.mustHaveHeading(person.t("trouble.expired.saved.title"));
    await person.follow(person.t("trouble.login"));
    await person.logIn("Siri Vik");
    await person.mustSee("Lyset ved skolen er borte.");
    if ((await person.heading()) === person.t("kept.title")) await person.press(person.t("kept.go"));
    await person.mustHaveValue(person.f("melding"), "Lyset ved skolen er borte.");
  }, HELLO);
});
