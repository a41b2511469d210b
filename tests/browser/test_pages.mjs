// Every page and state of it, once: axe-core and what axe cannot see (page.mjs), at 320, 360 and 1280 px,
// light and dark; a picture of each. What differs by language is glanced at in test_journeys.mjs.
import assert from "node:assert/strict";
import { describe } from "node:test";
import { test, withProgram } from "./harness.mjs";
import * as ways from "./ways.mjs";

withProgram();

const PARENTS = { form: "redusert-foreldrebetaling" };

// A page that may be opened by its address.
async function at(person, path, name) {
  await person.visit(path);
  await person.examine(name);
}

// A step of a form, when "Next" was pressed too early.
async function tooEarly(person, name) {
  await ways.next(person);
  await person.mustHaveFocus(".ds-error-summary");
  await person.examine(`${name}-errors`);
}

// Answers and documents, and none of what is only pressed.
async function mustPrintAnswers(person, name) {
  const text = (await person.print(name)).replace(/\s+/g, " ");
  for (const there of ["Nora Fjeld Berg", "412 000 kr", ways.PDF.name])
    assert.ok(text.includes(there), `${there} is not on the print of ${name}:\n${text}`);
  for (const id of ["frame.mypage", "ui.logout", "ui.skip", "ui.prev", "ui.later", "review.edit", "receipt.mypage", "frame.privacy"])
    assert.ok(!text.includes(person.t(id)), `${person.t(id)} is on the print of ${name}:\n${text}`);
}

describe("pages", { concurrency: 3 }, () => {
  test("what everybody sees", async (person) => {
    for (const form of ["hello", "redusert-foreldrebetaling", "serveringsbevilling"])
      await at(person, `/skjema/${form}`, `start-${form}`);
    await at(person, "/skjema/serveringsbevilling?lang=en", "start-lacking-language");
    await at(person, "/?lang=nb", "front");
    await person.fill(person.t("find.label"), "barnehage");
    await person.press(person.t("find.button"));
    await person.examine("front-found");
    await at(person, "/logg-inn", "login");
    await at(person, "/tilgjengelighet", "accessibility");
    await at(person, "/personvern", "privacy");
    person.expected.add(404);
    await at(person, "/finnes-ikke", "missing");
  });

  test("the login at another host, and the logout", async (person) => {
    await at(person, "/logg-inn/idporten", "idporten");
    await person.logIn("Nora Haugen");
    await person.mustHaveHeading(person.t("frame.mypage"));
    await person.logOut();
    await person.page.waitForURL(/\/logget-ut/); // by way of the other host
    await person.examine("logged-out");
    await person.visit("/min-side");
    assert.notEqual(await person.heading(), person.t("frame.mypage"));
  });

  test("the steps of a form", async (person) => {
    await ways.start(person, "Jonas Lie Berg");
    await person.examine("step");
    await tooEarly(person, "step");
    await ways.kindergarten(person);
    await ways.fillChild(person, 1, "Nora Fjeld Berg", 3);
    await person.press(person.t("repeat.add.name", { navn: person.f("barn.felt") }));
    await person.examine("step-row-added");
    await person.press(person.t("repeat.remove", { rad: `${person.f("barn.felt")} 2` }));
    await person.examine("step-row-removed");
    await ways.next(person);
    await person.examine("step-household");
    await person.tick(person.f("sivil.gift"));
    await ways.showFollowing(person, person.f("sivil"));
    await person.mustSee(person.f("partner.navn"));
    await tooEarly(person, "step-household");
    await ways.household(person, { partner: true });
    await ways.next(person);
    await ways.contact(person);
    await person.examine("step-contact");
    await ways.next(person);
    await person.examine("documents");
    await tooEarly(person, "documents");
    await at(person, `/skjema/${person.form}`, "start-with-draft");
    await person.visit("/min-side");
    await person.follow(person.t("my.delete"));
    await person.examine("delete-draft");
  }, PARENTS);

  test("documents from the postbox, and the way on to the receipt", async (person) => {
    await ways.toDocuments(person, "Ingrid Fjeld");
    await person.press(person.t("fetch.button"));
    await person.examine("consent");
    await person.press(person.t("consent.go"));
    await person.waitFor(person.t("wait.open"));
    await person.examine("waiting");
    await ways.share(person, ["Skattemelding", "Fra Skatteetaten"], ["Lønnsslipp", "Fra Nordlys Regnskap AS"],
      ["Husleiekontrakt", "Lagt inn av deg"]);
    await person.waitForHeading(person.t("choose.title"));
    await person.examine("choose");
    await person.press(person.t("choose.attach"));
    await person.waitForHeading(person.f("dokumentasjon"));
    await ways.upload(person, "lonn");
    await person.examine("documents-attached");
    await person.lookInForcedColours("documents-attached");
    await ways.next(person);
    await person.examine("review");
    await person.lookInForcedColours("review");
    await mustPrintAnswers(person, "review");
    await person.press(person.t("ui.submit"));
    await person.examine("review-errors");
    await ways.send(person);
    await person.waitForReload(person.t("timeline.delivered"));
    await person.examine("receipt");
    await person.lookInForcedColours("receipt");
    await mustPrintAnswers(person, "receipt");
    await at(person, "/min-side/samtykker", "my-consents");
    await person.follow(person.t("my.consent.see"));
    await person.examine("my-consent");
    await person.press(person.t("my.withdraw"));
    await person.examine("my-consent-withdrawn");
    await at(person, "/min-side/samtykker", "my-consents-past");
    await at(person, "/min-side/innsynslogg", "my-log");
    await at(person, "/min-side/dokumenter", "my-documents");
  }, PARENTS);

  test("in the other languages", async (person) => {
    const read = async (path, name) => {
      await person.visit(path);
      await person.readInOthers(name);
    };
    await read("/", "front");
    await ways.toDocuments(person, "Lise Strand"); // a form in two of them
    await ways.later(person, "skattemelding");
    await ways.upload(person, "lonn");
    await person.readInOthers("documents");
    await ways.next(person);
    await ways.send(person);
    await person.readInOthers("receipt");
    await person.visit("/skjema/hello");
    await person.press(person.t("start.begin"));
    await person.readInOthers("step-hello");
    await read("/min-side", "my-overview");
  }, PARENTS);

  test("Min side, with something to do and with nothing", async (person) => {
    await person.visit("/logg-inn");
    await person.logIn("Kari Solvang");
    await at(person, "/min-side", "my-empty");
    await at(person, "/min-side/dokumenter", "my-documents-empty");
    await at(person, "/min-side/samtykker", "my-consents-empty");
    await at(person, "/min-side/skjema", "my-forms");
    await at(person, "/min-side/data", "my-data");
    await at(person, "/min-side/innlogginger", "my-logins");
    await ways.toDocuments(person, "Kari Solvang");
    await ways.later(person, "skattemelding");
    await ways.upload(person, "lonn");
    await person.examine("documents-later");
    await person.inNewWindow(async () => {
      await person.visit("/min-side/dokumenter"); // one that is not sent, and may be removed there
      await person.mustSee(person.t("my.in.draft", { skjema: person.f("tittel") }));
      await person.examine("my-documents-draft");
    });
    await ways.next(person);
    await ways.send(person);
    await person.waitForReload(person.t("receipt.paper.title"));
    await person.examine("receipt-paper");
    await person.visit("/skjema/hello");
    await person.press(person.t("start.begin"));
    await at(person, "/min-side", "my-overview");
    await person.follow(person.t("task.later.link"));
    await person.examine("later");
    await ways.upload(person, "skattemelding");
    await person.inNewWindow(async () => {
      await person.visit("/min-side/dokumenter"); // laid up, and not sent
      await person.mustSee(person.t("my.laid.up.link"));
      await person.examine("my-documents-laid-up");
    });
    await person.press(person.t("later.send"));
    await person.examine("later-sent");
  }, PARENTS);

  test("what goes wrong is told on a page like the others", async (person) => {
    person.expected = new Set([401, 403, 404, 409]);
    await at(person, "/min-side", "login-first");
    await ways.start(person, "Lise Strand");
    const step = person.page.url();
    await person.inNewWindow(async () => {
      await person.visit(step);
      await person.fill(person.f("navn"), "Lise i et annet vindu");
      await ways.next(person);
    });
    await ways.helloStep(person, "Lise Strand");
    await ways.next(person);
    await person.examine("conflict");
    await person.context.clearCookies({ name: "__Host-sid" });
    await person.visit(step);
    await person.examine("expired");
    await person.context.clearCookies(); // somebody else at the same machine
    await person.visit("/logg-inn");
    await person.logIn("Einar Dahl");
    await at(person, step, "not-yours");
  }, { form: "hello" });
});
