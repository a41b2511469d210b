// Pages that others bring about: the authority decides, another agency asks, a form has changed, a file,
// a press or a login is refused, the program itself fails. Each is examined as those of test_pages.mjs.
import { mkdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe } from "node:test";
import * as agency from "./agency.mjs";
import { OUT, atProgram, openPerson, program, test, withProgram } from "./harness.mjs";
import * as ways from "./ways.mjs";

const INFECTED = "as if it were infected";
const clamd = join(process.env.TMPDIR ?? tmpdir(), "clamd.sock");
let scanner;
before(async () => { scanner = await agency.startScanner(clamd, INFECTED); });
after(() => scanner.close());
withProgram({ clamd, clamd_policy: "required", drafts_an_hour: 2 });

const HELLO = { form: "hello" };
const JONAS = "14838812180"; // of the sandbox's people (engine/sandbox/sandbox_people.c)

async function sendHello(person, name) {
  await ways.start(person, name);
  await ways.helloStep(person, name);
  await ways.next(person);
  await ways.send(person);
  return agency.reference(person);
}

// The page is not as it was served.
const forge = (person) => person.page.evaluate(() =>
  document.querySelectorAll("[name=_csrf]").forEach((e) => { e.value = "forged"; }));

const file = (name, content, mimeType = "application/pdf") => ({ name, mimeType, buffer: Buffer.from(content) });

// ---- A form in two editions: a question gone, one new, one in other words, one of a choice away.
const edition = (asked, choices, about) => `<h:html xmlns="http://www.w3.org/2002/xforms"
  xmlns:h="http://www.w3.org/1999/xhtml" xmlns:sk="urn:skjema:1"><h:head><h:title>Klage på gebyr</h:title><model>
  <instance><data id="klage"><om><navn/>${Object.keys(asked).map((id) => `<${id}/>`).join("")}<gebyr/></om></data></instance>
  </model><sk:about prefix="KG" retention="P1Y"${about}/></h:head><h:body class="pages">
  <group ref="/data/om"><label>Om deg</label>
  <input ref="/data/om/navn"><label>${about ? "Fullt navn" : "Navn"}</label></input>
  ${Object.entries(asked).map(([id, label]) => `<input ref="/data/om/${id}"><label>${label}</label></input>`).join("")}
  <select1 ref="/data/om/gebyr"><label>Hvilket gebyr</label>${choices.map((choice) =>
    `<item><label>${choice}</label><value>${choice.toLowerCase()}</value></item>`).join("")}</select1></group></h:body></h:html>`;

function publish(forms, form) {
  mkdirSync(join(forms, "klage"), { recursive: true });
  writeFileSync(join(forms, "klage/form.xml"), form);
}

describe("others", { concurrency: 3 }, () => {
  test("what the authority decides, and what is taken back before that and too late", async (person) => {
    person.expected = new Set([409]);
    const reference = await sendHello(person, "Ingrid Fjeld");
    await person.follow(person.t("withdraw.offer.link"));
    await person.examine("withdraw");
    agency.decide(program, reference, "partly");
    await person.press(person.t("withdraw.yes"));
    await person.examine("withdraw-late");
    await person.visit("/min-side");
    await person.examine("my-decision");
    await person.follow(person.page.locator("main a[href^='/min-side/vedtak/']").first());
    await person.examine("decision");
    await sendHello(person, "Ingrid Fjeld");
    await person.follow(person.t("withdraw.offer.link"));
    await person.press(person.t("withdraw.yes"));
    await person.examine("receipt-withdrawn");
  }, HELLO);

  test("another agency asks, and gets a yes, which is taken back, or a no", async (person) => {
    const reference = await sendHello(person, "Jonas Lie Berg");
    for (const title of ["Bevilling for kaféen", "Bevilling for uteserveringen"]) agency.issue(program, reference, title);
    await agency.ask(program, JONAS, "sak-1");
    await agency.ask(program, JONAS, "sak-2");
    await person.visit("/min-side");
    await person.examine("my-asked");
    await person.follow(person.t("task.evidence.link"));
    await person.examine("evidence");
    await person.press(person.t("evidence.yes"));
    await person.mustHaveFocus(".ds-error-summary");
    await person.examine("evidence-errors");
    await person.tick(`Bevilling for uteserveringen, ${reference}`);
    await person.press(person.t("evidence.yes"));
    await person.examine("evidence-given");
    await person.press(person.t("evidence.withdraw"));
    await person.examine("evidence-withdrawn");
    await person.visit("/min-side");
    await person.follow(person.t("task.evidence.link"));
    await person.press(person.t("evidence.refuse"));
    await person.examine("evidence-refused");
    await person.visit("/min-side/samtykker");
    await person.glance();
  }, HELLO);

  test("files that are not taken: of another kind, too large, infected", async (person) => {
    await ways.toDocuments(person, "Oddny Hauge");
    const choose = (what) => person.attach(person.t("upload.label.about", { felt: person.f("lonn.felt") }), what);
    await choose(file("lønn.exe", "MZ", "application/x-msdownload"));
    await person.examine("upload-wrong-type");
    const large = join(process.env.TMPDIR, "stor.pdf"); // on the disk: Chromium reads it there, not through the driver
    writeFileSync(large, "%PDF-1.4".padEnd(10_000_001));
    await choose(large);
    await person.examine("upload-too-large");
    await choose(file("smittet.pdf", `%PDF-1.4\n${INFECTED}\n%%EOF\n`));
    await person.waitFor(person.t("upload.state.refused"));
    await person.examine("upload-infected");
  }, { form: "redusert-foreldrebetaling" });

  test("what is refused: a login that was left, a page that is not as it was served, too much at once", async (person) => {
    person.expected = new Set([403, 429]);
    await person.visit("/logg-inn/idporten");
    await person.press("Avbryt");
    await person.examine("login-stopped");
    await ways.start(person, "Lise Strand");
    await ways.helloStep(person, "Lise Strand");
    await forge(person);
    await ways.next(person);
    await person.examine("kept");
    const beginAnew = () => person.press(person.t("start.anew"));
    await person.visit("/skjema/hello");
    await forge(person);
    await beginAnew();
    await person.examine("forged");
    for (let i = 0; i < 2; i++) {
      await person.visit("/skjema/hello");
      await beginAnew();
    }
    await person.examine("too-many");
    await person.visit("/min-side/data");
    await person.follow(person.t("data.delete.button"));
    await person.examine("my-data-delete");
    await person.press(person.t("data.delete.yes"));
    await person.examine("my-data-deleted");
  }, HELLO);

  test("a form that changed while somebody wrote, and a program that fails", () => {
    const forms = join(process.env.TMPDIR, "forms");
    publish(forms, edition({ telefaks: "Telefaks" }, ["Vann", "Torvplass"], ""));
    return atProgram({ forms }, async (other) => {
      const person = await openPerson({ form: "klage", expected: new Set([500]) }, other);
      await ways.start(person, "Ingrid Fjeld");
      await person.fill("Navn", "Ingrid Fjeld");
      await person.fill("Telefaks", "22 33 44 55");
      await person.tick("Torvplass");
      await ways.next(person);
      publish(forms, edition({ mobil: "Mobilnummer" }, ["Vann", "Avløp"], " earlier-drafts='move'"));
      await other.startAgain();
      await person.visit("/min-side");
      await person.follow(person.t("my.resume"));
      await person.examine("moved");
      await person.press(person.t("moved.go"));
      other.damageDrafts();
      await person.page.reload();
      await person.examine("broken");
      person.mustHaveNoFindings();
      await person.leave();
    });
  });
});
