// Whole ways from the login to the receipt.
import { describe } from "node:test";
import { test, withProgram } from "./harness.mjs";

withProgram();

async function sayHello(person, name) {
  await person.visit(`/skjema/hello?lang=${person.language}`);
  await person.follow(person.t("start.login"));
  await person.logIn(name);
  await person.fill(person.f("navn"), name);
  await person.fill(person.f("melding"), "Lyset ved skolen er borte.");
  await person.press(person.t("ui.next"));
  await person.tick(person.t("review.declaration"));
  await person.press(person.t("ui.submit"));
  await person.mustHaveHeading(person.t("receipt.title"));
}

describe("hello", { concurrency: 3 }, () => {
  test("a person with a mouse says something", (person) => sayHello(person, "Ingrid Fjeld"), { form: "hello" });
  test("a person with the keyboard alone says something", (person) => sayHello(person, "Kari Solvang"),
    { form: "hello", keyboard: true, language: "nn", width: 360 });
  test("a person without JavaScript says something", (person) => sayHello(person, "Lise Strand"),
    { form: "hello", javascript: false, language: "se", scheme: "dark" });
  test("an English speaker with only a keyboard and no JavaScript says something", (person) =>
    sayHello(person, "Einar Dahl"), { form: "hello", javascript: false, keyboard: true, language: "en" });
});
