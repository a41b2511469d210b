// Others than citizens: the authority that decides, another agency's machine that asks for a document,
// and a scanner that takes every file of one name for infected.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { PDF } from "./ways.mjs";

// The reference on the page that somebody is at.
export async function reference(person) {
  return /[A-Z]{2}-\d{4}-\d+/.exec(await person.page.locator("main").innerText())[0];
}

export function decide(program, reference, outcome) {
  const file = join(program.folder, "vedtak.pdf");
  writeFileSync(file, PDF.buffer);
  program.run("decide", reference, "--file", file, "--outcome", outcome, "--title", "Vedtak om nærmiljøet",
    "--appeal-until", "2099-01-15");
}

export const EVIDENCE = "serveringsbevilling";

export function issue(program, reference, title) {
  program.run("issue", reference, "--type", EVIDENCE, "--title", title);
}

// Another agency's machine asks for that about somebody, by the number that only the sandbox gives.
export async function ask(program, number, key) {
  const token = JSON.parse(await program.control("machine-token",
    { organisation: "974761076", scope: "skjema:bevis.read" })).access_token;
  const answer = await fetch(`${program.site}/api/v1/evidence-requests`, {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json", "idempotency-key": key },
    body: JSON.stringify({ person: number, evidence_type: EVIDENCE, requester: "Nordvik skjenkekontor",
      purpose: { nb: "Vi må se bevillingen for å gi skjenkebevilling." },
      procedure: { nb: "Søknad om skjenkebevilling, alkoholloven § 1-7" } }),
  });
  assert.equal(answer.status, 202, await answer.text());
}

// As clamd answers (INSTREAM): lengths of four bytes before each piece, and one of 0 at the end.
export function startScanner(path, infected) {
  const scanner = createServer((socket) => {
    let heard = Buffer.alloc(0);
    socket.on("error", () => {});
    socket.on("data", (more) => {
      heard = Buffer.concat([heard, more]);
      if (heard.subarray(-4).equals(Buffer.alloc(4)))
        socket.end(heard.includes(infected) ? "stream: Test-Signature FOUND\0" : "stream: OK\0");
    });
  });
  return new Promise((ready) => scanner.listen(path, () => ready(scanner)));
}
