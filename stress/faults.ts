/**
 * Faults of the machine that need more than a process: a clock that jumps, a disk that fills up, a
 * process number that is given out again, dispatchers in several PID namespaces, folders that turn into
 * links.
 *
 * @module
 */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { clocks } from "./faults/clock.ts";
import { hostile } from "./faults/hostile.ts";
import { namespaces } from "./faults/namespaces.ts";
import { swaps } from "./faults/swaps.ts";
import { worktrees } from "./faults/worktrees.ts";
import type { Suite } from "./harness.ts";
import { type Found, inNamespace } from "./namespace.ts";

/** Each gets a folder of its own. */
const PARTS: Readonly<Record<string, (dir: string) => Promise<Found | { why: string }>>> = {
  "a clock that jumps, a machine that sleeps [T: clock ±1 h]": clocks,
  "a process number given out again": (dir) =>
    inNamespace("faults/pid_reuse.ts", join(dir, "home"), ["--pid", "--fork", "--mount-proc"]),
  "dispatchers in several PID namespaces": namespaces,
  "links swapped in under gc [S: gc deleting too]": swaps,
  "a hostile worker": hostile,
  "twelve worktrees of one repository at once [J3]": worktrees,
  "a full disk": (dir) => inNamespace("faults/full_disk.ts", join(dir, "home"), ["--mount"]),
};

export const faults: Suite = {
  name: "faults",
  about:
    "clocks that jump by years, sleep, a full disk, process numbers given out again, several PID namespaces, under a real dispatcher",
  patient: true,
  async run({ dir, say }) {
    const violations: string[] = [];
    const skipped: { what: string; why: string }[] = [];
    const did: string[] = [];
    const play = async ([name, part]: [string, (typeof PARTS)[string]], at: number) => {
      const own = join(dir, String(at));
      mkdirSync(own);
      const found = await part(own);
      if ("why" in found) skipped.push({ what: name, why: found.why });
      else {
        violations.push(...found.violations.map((text) => `${name}: ${text}`));
        did.push(found.did);
      }
      say(`${name}: ${"why" in found ? `skipped, ${found.why}` : `${found.violations.length} violations`}`);
    };
    await Promise.all(Object.entries(PARTS).map(play));
    return { violations, skipped, did: did.join(", ") || "nothing" };
  },
};
