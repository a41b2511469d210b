// What a step does by itself between presses, with htmx; and the dialog before a session ends.
import assert from "node:assert/strict";
import { describe } from "node:test";
import { atProgram, openPerson, test, withProgram } from "./harness.mjs";
import * as ways from "./ways.mjs";

withProgram();

const HELLO = { form: "hello" };
const PARENTS = { form: "redusert-foreldrebetaling" };

describe("by itself", { concurrency: 3 }, () => {
  test("five minutes before the end a dialog says so, and one press extends it", () =>
    atProgram({ session_idle_s: 312 }, async (other) => {
      const person = await openPerson({ form: "hello" }, other);
      await ways.start(person, "Gerd Nilsen");
      await person.fill(person.f("navn"), "Gerd Nilsen");
      await person.page.getByLabel(person.f("melding")).focus();
      const dialog = person.page.getByRole("dialog");
      await dialog.waitFor({ timeout: 60_000 });
      await person.mustHaveFocus("#_okt-tittel");
      await person.lookInForcedColours("session-ends");
      await person.examine("session-ends");
      await dialog.getByRole("button").first().click();
      await dialog.waitFor({ state: "hidden" });
      await person.mustHaveFocus("#melding");
      await person.mustHaveValue(person.f("navn"), "Gerd Nilsen");
      person.mustHaveNoFindings();
      await person.leave();
    }));

  test("a step saves itself, and says so; a network that goes is told, and nothing is lost", async (person) => {
    await ways.start(person, "Solveig Myhre");
    await person.fill(person.f("navn"), "Solveig");
    await person.fill(person.f("melding"), "Første utkast");
    await person.saves(() => person.leaveField());
    await person.context.setOffline(true);
    await person.fill(person.f("melding"), "Skrevet uten nett");
    await person.leaveField();
    await person.page.locator("#_ikke-lagret").waitFor({ state: "visible" });
    await person.context.setOffline(false);
    await person.page.locator("#_ikke-lagret").waitFor({ state: "hidden" });
    await person.page.reload();
    await person.mustHaveValue(person.f("navn"), "Solveig");
    await person.mustHaveValue(person.f("melding"), "Skrevet uten nett");
    person.findings = person.findings.filter((f) => !/ERR_INTERNET_DISCONNECTED|Failed to fetch/.test(f));
  }, HELLO);

  test("questions and sums that hang on an answer come by themselves, and the focus stays", async (person) => {
    await ways.start(person, "Oddny Hauge");
    await ways.kindergarten(person);
    await ways.fillChild(person, 1, "Nora Fjeld Berg", 3);
    await ways.next(person);
    await person.saves(() => person.tick(person.f("sivil.gift")));
    await person.mustSee(person.f("partner.navn"));
    await person.mustHaveFocus("input[value=gift]");
    await person.saves(() => person.tick(person.f("sivil.alene")));
    await person.page.getByText(person.f("partner.navn")).waitFor({ state: "hidden" });
    await person.fill(person.f("inntekt"), "412 000");
    await person.saves(() => person.leaveField());
    await person.mustSee("412\u00a0000\u00a0kr");
  }, PARENTS);

  test("what cannot be read is told when its field is left, and goes when it is mended; the focus stays", async (person) => {
    const wrong = person.page.locator("main [aria-invalid=true]");
    await ways.start(person, "Jonas Lie Berg");
    await person.fill(person.f("timer"), "førti");
    await person.saves(() => person.fillDate(person.f("fra"), 1, 8, 2026));
    await person.page.locator("#barnehage-timer[aria-invalid=true][aria-describedby~=barnehage-timer-feil]").waitFor();
    await person.page.locator("#barnehage-timer-feil").waitFor();
    assert.equal(await wrong.count(), 1);
    assert.equal(await person.page.locator(".ds-error-summary").count(), 0);
    await person.mustHaveFocus("#barnehage-fra-ar");
    await person.mustHaveValue(person.t("control.year"), "2026", person.f("fra"));
    await person.fill(person.f("timer"), "41");
    await person.saves(() => person.leaveField());
    await wrong.waitFor({ state: "hidden" });
    assert.equal(await person.page.locator("main .ds-validation-message").count(), 0);
  }, PARENTS);
});
