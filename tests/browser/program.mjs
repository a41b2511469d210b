// The program with its sandbox as a process of its own, on free ports and a fresh folder, as
// tests/flow/server.c does it in C.
import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, openSync, mkdirSync, rmSync } from "node:fs";
import { createInterface } from "node:readline";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const ROOT = fileURLToPath(new URL("../..", import.meta.url));

// Short times out there, so that a test need not wait for them.
const QUICK = { outbound_timeout_ms: 2000, idporten_timeout_ms: 20000, outbound_rest_ms: 200, poll_ms: 200 };

const addressIn = (line, word) =>
  line.startsWith(word) && /http:\/\/[^ ]+/.exec(line)?.[0].replace(/\/$/, "");

export class Program {
  // settings: as of `serve`, by name. log: the file that gets what it says.
  static async start(log, settings = {}) {
    const program = new Program();
    program.folder = mkdtempSync(join(process.env.TMPDIR ?? tmpdir(), "skjema-browser-"));
    const words = ["serve", "--sandbox", "--forms", join(ROOT, "examples"), "--issuers",
      join(ROOT, "examples/sandbox/issuers"), "--data", join(program.folder, "data")];
    const all = { listen_port: 0, sandbox_api_port: 0, sandbox_mailbox_port: 0, ...QUICK, ...settings };
    for (const [name, value] of Object.entries(all)) words.push(`--${name}`, String(value));
    mkdirSync(join(program.folder, "data"), { mode: 0o700 });
    // It does not outlive the test.
    program.process = spawn("setpriv", ["--pdeathsig", "KILL", process.env.SKJEMA_PROGRAM ?? join(ROOT, "build/skjema"), ...words],
      { stdio: ["ignore", "pipe", openSync(log, "w")] });
    program.ended = new Promise((resolve) => program.process.on("exit", resolve));
    await program.#ready(log);
    return program;
  }

  async #ready(log) {
    for await (const line of createInterface({ input: this.process.stdout })) {
      this.site ||= addressIn(line, "the site");
      this.postbox ||= addressIn(line, "the postbox");
      if (line.startsWith("Ctrl-C")) return;
    }
    throw new Error(`the program did not start, see ${log}`);
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
    execFileSync("sqlite3", ["-cmd", ".timeout 5000", join(this.folder, "data/skjema.db"), "UPDATE sessions SET used_at = 0"]);
  }

  // The exit status, which an unclean stop makes other than 0.
  async stop() {
    this.process.kill("SIGTERM");
    const status = await this.ended;
    rmSync(this.folder, { recursive: true, force: true });
    return status;
  }
}
