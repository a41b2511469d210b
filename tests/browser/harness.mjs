// What every test here begins with: the program, one Chromium, and people (person.mjs) who each have
// a browser of their own. Whatever a page says in the console, asks of other hosts or answers with
// 500 is a finding, and so is every finding of a page (page.mjs); a person with findings fails the
// test when leaving.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { after, before, test as nodeTest } from "node:test";
import { Person } from "./person.mjs";
import { Program, ROOT } from "./program.mjs";

const SKIPPED = 77; // ctest's SKIP_RETURN_CODE

function skip(why) {
  console.log(`skipped: ${why}`);
  process.exit(SKIPPED);
}

function findChromium() {
  try {
    return execFileSync("sh", ["-c", "command -v ${CHROMIUM:-chromium}"], { encoding: "utf8" }).trim();
  } catch {
    return skip("there is no Chromium (Debian: chromium)");
  }
}

const FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
  "--disable-background-networking", "--disable-component-update", "--disable-sync"];

if (Number(process.versions.node.split(".")[0]) < 20) skip("Playwright wants Node 20 or newer");
if (!existsSync(join(ROOT, "tests/browser/node_modules/playwright-core")))
  skip("its packages are not installed (npm ci in tests/browser)");
const executablePath = findChromium();
const { chromium } = await import("playwright-core");

const name = basename(process.argv[1], ".mjs");
export const OUT = process.env.BROWSER_OUT ?? join(ROOT, "build/tests/browser");
export const SCREENSHOTS = join(OUT, "screenshots");
mkdirSync(SCREENSHOTS, { recursive: true });

// Chromium's profile, too, lies here, and goes away with it.
const scratch = mkdtempSync(join(tmpdir(), "skjema-browser-"));
process.env.TMPDIR = scratch;
process.on("exit", () => rmSync(scratch, { recursive: true, force: true }));

let chrome;
export let program;

// Once in a test file: settings of the program (`serve --help`).
export function withProgram(settings = {}) {
  before(async () => {
    program = await Program.start(join(OUT, `${name}.log`), settings);
    chrome = await chromium.launch({ executablePath, headless: !process.env.BROWSER_SHOW, args: FLAGS,
      slowMo: process.env.BROWSER_SHOW ? 200 : 0 });
  });
  after(async () => {
    await chrome?.close();
    assert.equal(await program?.stop(), 0, `the program did not stop cleanly, see ${OUT}/${name}.log`);
  });
}

// A new person at a new browser (person.mjs tells what may be chosen).
export const openPerson = (choices = {}, at = program) => Person.open(chrome, at, { pictures: SCREENSHOTS, ...choices });

// Another program, of its own, with those settings, while somebody acts.
export async function atProgram(settings, act) {
  const other = await Program.start(join(OUT, `${name}-other.log`), settings);
  try {
    await act(other);
  } finally {
    assert.equal(await other.stop(), 0);
  }
}

// test("a true sentence", async (person) => ..., { choices of the person }): the person leaves at the
// end. What was seen last is kept as a picture when it fails.
export function test(sentence, way, choices = {}) {
  nodeTest(sentence, { timeout: 400_000 }, async () => {
    const person = await openPerson(choices);
    const picture = join(SCREENSHOTS, `failed-${sentence.replace(/\W+/g, "-").slice(0, 60)}.png`);
    rmSync(picture, { force: true });
    try {
      await way(person);
      person.mustHaveNoFindings();
    } catch (error) {
      await person.page.screenshot({ path: picture, fullPage: true }).catch(() => {});
      error.message += `\nat ${person.page.url()}, see ${picture}\n${person.findings.join("\n")}`;
      throw error;
    } finally {
      await person.leave();
    }
  });
}
