// Every page and state of it, once: axe-core and what axe cannot see (page.mjs), at 320, 360 and 1280 px,
// light and dark; a picture of each.
import { describe } from "node:test";
import { test, withProgram } from "./harness.mjs";

withProgram();

describe("pages", { concurrency: 3 }, () => {
  test("what everybody sees is for everybody", async (person) => {
    await person.visit("/");
    await person.examine("front");
    for (const form of ["hello", "redusert-foreldrebetaling", "serveringsbevilling"]) {
      await person.visit(`/skjema/${form}`);
      await person.examine(`start-${form}`);
    }
    await person.visit("/logg-inn");
    await person.examine("login");
    person.expected.add(404);
    await person.visit("/finnes-ikke");
    await person.examine("missing");
  });
});
