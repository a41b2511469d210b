// The program with its sandbox as a process of its own, on free ports and a fresh folder, as
// tests/flow/server.c does it in C.
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, openSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const ROOT = fileURLToPath(new URL("../..", import.meta.url));

const PROGRAM = process.env.SKJEMA_PROGRAM ?? join(ROOT, "build/skjema");

// Short times out there, so that a test need not wait for them.
const QUICK = { outbound_timeout_ms: 2000, idporten_timeout_ms: 20000, outbound_rest_ms: 200, poll_ms: 200 };

const addressIn = (line, word) =>
  line.startsWith(word) && /http:\/\/[^ ]+/.exec(line)?.[0].replace(/\/$/, "");

export class Program {
  // settings: as of `serve`, by name. log: the file that gets what it says.
  static async start(log, settings = {}) {
    const program = Object.assign(new Program(), { log });
    writeFileSync(log, "");
    program.folder = mkdtempSync(join(process.env.TMPDIR ?? tmpdir(), "skjema-browser-"));
    program.settings = { forms: join(ROOT, "examples"), issuers: join(ROOT, "examples/sandbox/issuers"),
      data: join(program.folder, "data"), listen_port: 0, sandbox_api_port: 0, sandbox_mailbox_port: 0, ...QUICK, ...settings };
    mkdirSync(program.settings.data, { mode: 0o700 });
    await program.#begin();
    return program;
  }

  async #begin() {
    const words = Object.entries(this.settings).flatMap(([name, value]) => [`--${name}`, String(value)]);
    // It does not outlive the test.
    this.process = spawn("setpriv", ["--pdeathsig", "KILL", PROGRAM, "serve", "--sandbox", ...words],
      { stdio: ["ignore", "pipe", openSync(this.log, "a")] });
    this.ended = new Promise((resolve) => this.process.on("exit", resolve));
    for await (const line of createInterface({ input: this.process.stdout })) {
      this.site ||= addressIn(line, "the site");
      this.postbox ||= addressIn(line, "the postbox");
      if (line.startsWith("Ctrl-C")) return;
    }
    throw new Error(`the program did not start, see ${this.log}`);
  }

  // With other settings; the site is where it was, so that windows go on.
  async startAgain(settings) {
    assert.equal(await this.#end(), 0);
    Object.assign(this.settings, { listen_port: new URL(this.site).port }, settings);
    delete this.postbox;
    await this.#begin();
  }

  // A command beside it on the same data: `skjema decide ...`; gives what it said.
  run(command, ...words) {
    return execFileSync(PROGRAM, [command, ...words, "--data", this.settings.data, "--forms", this.settings.forms,
      "--sandbox", "--public_url", this.site], { encoding: "utf8" });
  }

  #query(sql) {
    execFileSync("sqlite3", ["-cmd", ".timeout 5000", join(this.settings.data, "skjema.db"), sql]);
  }

  // The answers of all drafts are not what was stored.
  damageDrafts() {
    this.#query("UPDATE drafts SET answers = x'00'");
  }

  // The sandbox's control interface (engine/sandbox/sandbox_control.h).
  async control(path, words) {
    const answer = await fetch(`${this.postbox}/control/${path}`,
      words && { method: "POST", body: new URLSearchParams(words) });
    if (!answer.ok) throw new Error(`/control/${path}: ${answer.status}`);
    return answer.text();
  }

  // As if nobody had done anything for too long.
  endSessions() {
    this.#query("UPDATE sessions SET used_at = 0");
  }

  #end() {
    this.process.kill("SIGTERM");
    return this.ended;
  }

  // The exit status, which an unclean stop makes other than 0.
  async stop() {
    const status = await this.#end();
    rmSync(this.folder, { recursive: true, force: true });
    return status;
  }
}
