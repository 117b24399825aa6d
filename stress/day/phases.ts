/**
 * The phases of a day, as data: what breaks when, when it is mended, and what must come of it.
 *
 * @module
 */
import type { Run } from "../../src/kernel/mod.ts";
import { NAMES, PROFILES, type ProfileName, type Stage, type Told } from "./stage.ts";

export interface Phase {
  readonly name: string;
  /** Hours of the day: its first task, the end of its fault, the time by which all of it must be done. */
  readonly from: number;
  readonly mended: number;
  readonly end: number;
  /** Minutes between two tasks. */
  readonly every: number;
  /** The profiles that the fault concerns. */
  readonly hit: readonly ProfileName[];
  /** What must be held meanwhile. */
  readonly hold: Expected | null;
  break(stage: Stage): void;
  mend(stage: Stage): void;
}

interface Expected {
  readonly kind: string;
  /** Runs that may be paid for while it lasts. */
  readonly failed: { readonly least: number; readonly most: number };
  readonly outcome: string;
  readonly releasedBy: string;
  /** Words of the one message. */
  readonly told: string;
}

const ON_A = NAMES.filter((name) => PROFILES[name] === "a");
const ON_B = NAMES.filter((name) => PROFILES[name] === "b");

export const PHASES: readonly Phase[] = [
  {
    ...{ name: "calm", from: 0, mended: 0, end: 3, every: 0, hit: [], hold: null },
    break() {},
    mend() {},
  },
  {
    ...{ name: "limit", from: 4, mended: 6, end: 8, every: 5, hit: ON_A },
    hold: {
      ...{ kind: "account", outcome: "rate_limited", releasedBy: "probe", told: "Request rejected (429)" },
      // After 5 and 10 minutes, then every quarter of an hour; each try lasts a minute.
      failed: { least: 6, most: 11 },
    },
    break: ({ providers }) => void (providers.a.fault = "limit"),
    mend: ({ providers }) => void (providers.a.fault = null),
  },
  {
    ...{ name: "outage", from: 9, mended: 10, end: 12, every: 5, hit: ON_B },
    hold: {
      ...{ kind: "provider", outcome: "unavailable", releasedBy: "probe", told: "high demand" },
      // After 1, 2, 4, … 512 s and then every quarter of an hour; each try lasts a minute.
      failed: { least: 8, most: 14 },
    },
    break: ({ providers }) => void (providers.b.fault = "outage"),
    mend: ({ providers }) => void (providers.b.fault = null),
  },
  {
    ...{ name: "dead key", from: 13, mended: 15, end: 17, every: 5, hit: ON_A },
    hold: {
      ...{ kind: "account", outcome: "unavailable", releasedBy: "change", told: "Invalid API key" },
      failed: { least: 1, most: 1 },
    },
    break: (stage) => stage.revoke("a"),
    mend: (stage) => stage.renew("a"),
  },
  {
    ...{ name: "missing program", from: 18, mended: 20, end: 22, every: 5, hit: ["packer"] },
    hold: {
      ...{ kind: "profile", outcome: "unavailable", releasedBy: "probe", told: "codex" },
      failed: { least: 1, most: 1 },
    },
    break: (stage) => stage.remove("packer"),
    mend: (stage) => stage.install("packer"),
  },
];

/** A hold of the day: what was held from when to when, and what ended it. */
export interface Held {
  readonly kind: string;
  readonly key: string;
  readonly since: number;
  readonly released: number | null;
  readonly by: string | null;
}

/** What became of a phase. */
export interface Seen {
  readonly tasks: readonly { readonly id: string; readonly profile: ProfileName; readonly status: string }[];
  readonly runs: readonly Run[];
  /** Tasks by what they waited for. */
  readonly waited: ReadonlyMap<string, ReadonlySet<string>>;
  /** Events that count against a task: it crashed, gave up, was blocked, … */
  readonly failures: readonly string[];
  readonly holds: readonly Held[];
  /** The messages about faults. */
  readonly told: readonly Told[];
}

/** Everything that is wrong with a phase, each a sentence. */
export function judgementOf({ name, hit, hold, mended }: Phase, seen: Seen, hour: (at: number) => number): string[] {
  const { tasks, runs, failures, holds, told, waited } = seen;
  const wrong: string[] = [];
  const expect = (holds: boolean, sentence: string) => void (holds || wrong.push(`${name}: ${sentence}`));
  const spared = tasks.filter(({ profile }) => !hit.includes(profile));
  const late = tasks.filter(({ status }) => status !== "done");
  expect(late.length === 0, `${late.length} of ${tasks.length} tasks are not done at its end`);
  expect(failures.length === 0, `counts against tasks: ${failures.join(", ")}`);
  for (const { id, profile } of spared) {
    const own = runs.filter(({ task_id }) => task_id === id);
    const undisturbed = own.length === 1 && (hold === null || hour(own[0]!.ended_at!) < mended);
    expect(undisturbed, `a task of ${profile}, whom the fault does not concern, took ${own.length} runs or waited`);
  }
  const failed = runs.filter(({ outcome }) => outcome !== "completed");
  const { least, most } = hold?.failed ?? { least: 0, most: 0 };
  expect(least <= failed.length && failed.length <= most, `${failed.length} runs failed, not ${least} to ${most}`);
  expect(told.length === (hold === null ? 0 : 1), `${told.length} messages were sent about faults`);
  expect(holds.length === (hold === null ? 0 : 1), `${holds.length} things were held`);
  if (hold === null) return wrong;
  const others = failed.filter(({ outcome }) => outcome !== hold.outcome).map(({ outcome }) => outcome);
  expect(others.length === 0, `runs ended as ${others.join(", ")}, not as ${hold.outcome}`);
  expect(told[0]?.text.includes(hold.told) ?? false, `the message does not say "${hold.told}": ${told[0]?.text}`);
  const [held] = holds;
  expect(held?.kind === hold.kind, `${held?.kind} ${held?.key} was held, not the ${hold.kind}`);
  expect(held?.by === hold.releasedBy, `the hold was released by ${held?.by}, not by ${hold.releasedBy}`);
  expect(
    held?.released != null && hour(held.released) >= mended && hour(held.released) <= mended + 0.5,
    "the hold was not released within half an hour after the fault was mended",
  );
  const waiting = waited.get("hold")?.size ?? 0;
  const concerned = tasks.length - spared.length;
  expect(waiting >= concerned, `${waiting} of ${concerned} tasks were seen to wait for the hold`);
  return wrong;
}
