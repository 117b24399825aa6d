/**
 * The stories of tasks as lists of acts, chosen when a task is created from where it shall stand at the end.
 *
 * @module
 */
import type { Random } from "../random.ts";

/** Where a task stands at the end. */
const FATES = [
  ["triage", 20],
  ["waiting", 40],
  ["held", 5],
  ["later", 5],
  ["ready", 100],
  ["running", 3],
  ["review", 20],
  ["blocked", 30],
  ["archived-unfinished", 50],
  ["archived-done", 100],
  ["done", 627],
] as const;
export type Fate = (typeof FATES)[number][0];

/** The first tasks of a board have every fate in turn, so that a small one has all of them. */
export function fateOf(random: Random, key: number): Fate {
  if (key <= 5 * FATES.length) return FATES[(key * 7) % FATES.length]![0];
  let roll = random.below(1_000);
  for (const [fate, weight] of FATES) if ((roll -= weight) < 0) return fate;
  return "done";
}

const ASIDES = ["comment", "comment", "edit", "reprioritize", "assign", "schedule", "strand", "link"];
const FAILURES = [
  "crash",
  "crash",
  "abandon",
  "time-out",
  "fail-to-start",
  "rate-limit",
  "find-unavailable",
  "reclaim",
];

/** The acts after a task was created. */
export function planOf(random: Random, fate: Fate, waited: boolean): string[] {
  const aside = random.percent(20) ? [random.pick(ASIDES)] : [];
  const tries = random.percent(85) ? 0 : 1 + random.below(4);
  const failures = Array.from({ length: tries }, () => attempt(random, random.pick(FAILURES))).flat();
  switch (fate) {
    case "triage":
      return random.percent(80) ? aside.filter((act) => act === "comment") : [];
    case "waiting":
      return waited ? [] : ["hold"];
    case "later":
      return [];
    case "held":
      return [...aside, ...failures, "hold"];
    case "ready":
      return random.percent(90) ? aside : [...failures, ...attempt(random, "crash")];
    case "running":
      return [
        ...failures,
        random.percent(70) ? "claim" : random.percent(50) ? "claim-starting" : "claim-person",
        "beat",
      ];
    case "review":
      return [...aside, ...failures, ...attempt(random, "submit")];
    case "blocked":
      return [...aside, ...blockage(random)];
    case "archived-unfinished":
      return [...aside, ...random.pick([[], ["claim"], blockage(random), attempt(random, "submit")]), "archive"];
    case "archived-done":
      return [...ending(random), "archive"];
    case "done":
      return [...aside, ...failures, ...ending(random)];
  }
}

function attempt(random: Random, end: string): string[] {
  const during = random.percent(30) ? ["beat"] : random.percent(15) ? ["say"] : random.percent(3) ? ["adopt"] : [];
  return [end === "fail-to-start" ? "claim-starting" : "claim", ...(end === "fail-to-start" ? [] : during), end];
}

function blockage(random: Random): string[] {
  const roll = random.below(10);
  if (roll < 5) return attempt(random, "block");
  if (roll < 8)
    return [...Array.from({ length: 4 }, () => attempt(random, "crash")).flat(), ...attempt(random, "give-up")];
  return [roll === 8 ? "block-instantly" : "block-silently"];
}

/** The ways to done. */
function ending(random: Random): string[] {
  const roll = random.below(100);
  if (roll < 62) return attempt(random, "complete");
  if (roll < 70) return ["complete-silently"];
  if (roll < 78) return ["complete-instantly"];
  if (roll < 86) return [...attempt(random, "submit"), "approve"];
  if (roll < 90) return [...attempt(random, "submit"), "request-changes", ...attempt(random, "complete")];
  if (roll < 96) return [...attempt(random, "block"), "unblock", ...attempt(random, "complete")];
  if (roll < 98) return [...attempt(random, "complete"), "reopen", ...attempt(random, "complete")];
  return [
    ...attempt(random, "block"),
    "unblock",
    ...attempt(random, "ask-again"),
    "set-free",
    ...attempt(random, "complete"),
  ];
}
