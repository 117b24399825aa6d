/**
 * The same knowledge about processes where there is no /proc: through ps and sysctl (macOS).
 *
 * @module
 */
import { hostname } from "node:os";
import { bootOf, hostOf } from "./process_place.ts";
import type { Processes, Seen } from "./liveness.ts";
import { sendSignal } from "./signal.ts";

/** The processes of a Mac. */
export function macProcesses(): Processes {
  const list = (...selection: string[]) =>
    parseList(output("ps", ...selection, "-o", "pid=,pgid=,sess=,state=,lstart="));
  const machine = parseMachineId(output("ioreg", "-rd1", "-c", "IOPlatformExpertDevice"));
  const host = hostOf(hostname(), machine);
  return {
    bootId: bootOf(output("sysctl", "-n", "kern.boottime").trim(), host),
    host,
    namespace: "all", // There is one for the whole machine.
    look: (pid) => list("-p", String(pid)).find(living) ?? null,
    all: () => list("-A").filter(living),
    ageMs(pid) {
      const seen = this.look(pid);
      return seen === null ? null : Date.now() - seen.order;
    },
    startOf: (pid) => list("-p", String(pid))[0]?.started ?? null,
    cpuMs: (pids) => (pids.length === 0 ? 0 : parseTimes(output("ps", "-o", "time=", "-p", pids.join(",")))),
    bears(pid, variables) {
      // ps prints the words of command and environment in one row: they can only be searched for.
      const words = `${output("ps", "-Eww", "-p", String(pid), "-o", "command=").trimEnd()} `;
      return variables.every((variable) => words.includes(` ${variable} `));
    },
    signal: sendSignal,
  };
}

const living = (seen: Seen) => seen.state !== "Z";

/** Reads the id of a Mac from what ioreg prints. */
export function parseMachineId(text: string): string | null {
  return /"IOPlatformUUID" = "([^"]+)"/.exec(text)?.[1] ?? null;
}

/** Reads lines of `pid pgid sess state lstart`. */
export function parseList(text: string): Seen[] {
  const seen: Seen[] = [];
  for (const line of text.split("\n")) {
    const match = /^\s*(\d+)\s+(\d+)\s+(\S+)\s+(\S)\S*\s+(\S.*?)\s*$/.exec(line);
    if (match === null) continue;
    const pid = Number(match[1]);
    const started = match[5]!;
    // macOS prints a session as an address; a detached worker leads its own, like its group.
    const session = /^\d+$/.test(match[3]!) && match[3] !== "0" ? Number(match[3]) : Number(match[2]);
    const state = match[4]!;
    seen.push({ pid, group: Number(match[2]), session, state, started, order: Date.parse(`${started} UTC`) || 0 });
  }
  return seen;
}

/** Adds up lines of `[[days-]hours:]minutes:seconds`, in milliseconds. */
export function parseTimes(text: string): number {
  const times = text.matchAll(/^\s*(?:(?:(\d+)-)?(\d+):)?(\d+):(\d+(?:\.\d+)?)\s*$/gm);
  let seconds = 0;
  for (const [, days = 0, hours = 0, minutes, rest] of times) {
    seconds += ((Number(days) * 24 + Number(hours)) * 60 + Number(minutes)) * 60 + Number(rest);
  }
  return Math.round(seconds * 1_000);
}

function output(...argv: string[]): string {
  // The start time is printed in the language of the environment, and compared as text.
  const done = Bun.spawnSync(argv, { env: { PATH: "/bin:/usr/bin:/usr/sbin:/sbin", LC_ALL: "C", TZ: "UTC" } });
  return done.stdout.toString();
}
