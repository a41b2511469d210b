// Whole ways from the login to the receipt. Each value is met, and each pair of form with hands,
// JavaScript, width and colours, and of hands with JavaScript:
//
//   form                  hands     JavaScript  width  colours  language  documents
//   hello                 mouse     yes          1280  light    en
//   hello                 keyboard  no            360  dark     se
//   foreldrebetaling      keyboard  yes           360  dark     nb        postbox
//   foreldrebetaling      mouse     no           1280  light    nn        uploaded, and later
//   serveringsbevilling   keyboard  no           1280  dark     nn        postbox, uploaded
//   serveringsbevilling   mouse     yes           360  light    nb        uploaded, and later
import assert from "node:assert/strict";
import { describe } from "node:test";
import { program, test, withProgram } from "./harness.mjs";
import * as ways from "./ways.mjs";

withProgram();

async function sayHello(person, name) {
  await ways.start(person, name);
  await person.glance();
  await ways.helloStep(person, name);
  await ways.next(person);
  await person.glance();
  await person.follow(person.t("review.edit"));
  await person.fill(person.f("melding"), "Lyset ved skolen er tilbake.");
  await ways.next(person); // leads back to where it came from
  await person.mustHaveHeading(person.t("review.title"));
  await person.mustSee("Lyset ved skolen er tilbake.");
  await ways.send(person);
  await person.glance();
}

// The receipt is a PDF that can be taken along, and Min side has the application.
async function keepReceipt(person) {
  const link = person.page.getByRole("link", { name: person.t("receipt.pdf.size").split(" (")[0] });
  const answer = await person.context.request.get(new URL(await link.getAttribute("href"), program.site).href);
  assert.equal(answer.headers()["content-type"], "application/pdf");
  await person.follow(person.t("receipt.mypage"));
  await person.mustHaveHeading(person.t("frame.mypage"));
  await person.mustSee(person.f("tittel"));
}

async function payLess(person, name) {
  await ways.start(person, name);
  await ways.kindergarten(person);
  await ways.fillChild(person, 1, "Nora Fjeld Berg", 3);
  await person.press(person.t("repeat.add.name", { navn: person.f("barn.felt") }));
  await ways.fillChild(person, 2, "Emil Fjeld Berg", 2);
  await ways.next(person);
}

describe("journeys", { concurrency: 3 }, () => {
  test("hello: an English speaker with a mouse", (person) => sayHello(person, "Ingrid Fjeld"),
    { form: "hello", language: "en" });

  test("hello: in Northern Sámi, on a small dark screen, with the keyboard and without JavaScript", (person) =>
    sayHello(person, "Kari Solvang"),
  { form: "hello", language: "se", keyboard: true, javascript: false, width: 360, scheme: "dark" });

  test("foreldrebetaling: on a small dark screen with the keyboard, documents from the postbox", async (person) => {
    await payLess(person, "Ingrid Fjeld");
    await ways.household(person, { changed: true });
    await ways.next(person);
    await ways.contact(person);
    await ways.next(person);
    await ways.consent(person);
    await ways.share(person, ["Skattemelding", "Fra Skatteetaten"], ["Lønnsslipp", "Fra Nordlys Regnskap AS"]);
    await ways.choose(person);
    await person.waitFor(person.t("badge.issuer"));
    await ways.next(person);
    await ways.send(person);
    await keepReceipt(person);
  }, { form: "redusert-foreldrebetaling", keyboard: true, width: 360, scheme: "dark" });

  test("foreldrebetaling: in nynorsk without JavaScript, documents uploaded and promised for later", async (person) => {
    await payLess(person, "Jonas Lie Berg");
    await person.glance();
    await ways.household(person, { partner: true, changed: true });
    await person.glance();
    await ways.next(person);
    await ways.contact(person);
    await ways.next(person);
    await ways.upload(person, "skattemelding");
    await ways.upload(person, "lonn");
    await ways.later(person, "skattemelding2");
    await person.glance();
    await ways.next(person);
    await ways.send(person);
    await keepReceipt(person);
  }, { form: "redusert-foreldrebetaling", language: "nn", javascript: false });

  test("serveringsbevilling: in nynorsk on a dark screen, with the keyboard and without JavaScript", async (person) => {
    await ways.start(person, "Oddny Hauge");
    await ways.licence(person);
    await ways.consent(person);
    await ways.share(person, ["Skatteattest", "Fra Skatteetaten"]);
    await ways.choose(person);
    for (const requirement of ["bevis", "tegning", "kontrakt"]) await ways.upload(person, requirement);
    await person.tick(person.f("bekreft"));
    await ways.next(person);
    await ways.send(person);
    await keepReceipt(person);
  }, { form: "serveringsbevilling", language: "nn", keyboard: true, javascript: false, scheme: "dark" });

  test("serveringsbevilling: on a small screen, documents uploaded and promised for later", async (person) => {
    await ways.start(person, "Einar Dahl");
    await ways.licence(person);
    await ways.later(person, "attest");
    for (const requirement of ["bevis", "tegning", "kontrakt"]) await ways.upload(person, requirement);
    await person.tick(person.f("bekreft"));
    await ways.next(person);
    await ways.send(person);
    await keepReceipt(person);
  }, { form: "serveringsbevilling", width: 360 });
});
