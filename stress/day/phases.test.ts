import { describe, expect, test } from "bun:test";
import type { Run } from "../../src/kernel/mod.ts";
import { judgementOf, PHASES, type Seen } from "./phases.ts";

const PHASE = PHASES.find(({ name }) => name === "dead key")!;
/** Instants here are hours. */
const hour = (at: number) => at;

/** A day on which all went as it must, with what is changed about it. */
function seen(more: Partial<Seen> = {}): Seen {
  const run = (task_id: string, outcome: string, ended_at: number) => ({ task_id, outcome, ended_at }) as Run;
  return {
    tasks: [
      { id: "w", profile: "writer", status: "done" },
      { id: "t", profile: "tester", status: "done" },
    ],
    runs: [run("w", "unavailable", 13.1), run("t", "completed", 13.3), run("w", "completed", 15.2)],
    waited: new Map([["hold", new Set(["w"])]]),
    failures: [],
    holds: [{ kind: "account", key: "claude:x", since: 13.1, released: 15, by: "change" }],
    told: [{ kind: "held", task: "w", text: "account claude:x: Invalid API key" }],
    ...more,
  };
}

describe("judgementOf()", () => {
  const { tasks, runs, holds, told } = seen();
  const [failed, other, done] = runs as [Run, Run, Run];
  const [hold] = holds as [Seen["holds"][number]];

  test("has nothing to say about a phase that went as it must", () => {
    expect(judgementOf(PHASE, seen(), hour)).toEqual([]);
  });

  test.each<[string, Partial<Seen>]>([
    ["1 of 2 tasks are not done at its end", { tasks: [{ ...tasks[0]!, status: "late" }, tasks[1]!] }],
    ["counts against tasks: blocked", { failures: ["blocked"] }],
    ["whom the fault does not concern", { runs: [failed, { ...other, ended_at: 15.1 }, done] }],
    ["2 runs failed, not 1 to 1", { runs: [failed, failed, other, done] }],
    ["runs ended as crashed, not as unavailable", { runs: [{ ...failed, outcome: "crashed" }, other, done] }],
    ["2 messages were sent about faults", { told: [...told, ...told] }],
    ['the message does not say "Invalid API key"', { told: [{ ...told[0]!, text: "it did not say why" }] }],
    ["0 things were held", { holds: [] }],
    ["profile claude:x was held, not the account", { holds: [{ ...hold, kind: "profile" }] }],
    ["released by time, not by change", { holds: [{ ...hold, by: "time" }] }],
    ["not released within half an hour", { holds: [{ ...hold, released: null }] }],
    ["not released within half an hour", { holds: [{ ...hold, released: 14.9 }] }],
    ["0 of 1 tasks were seen to wait for the hold", { waited: new Map() }],
  ])("%s", (sentence, damage) => {
    expect(judgementOf(PHASE, seen(damage), hour).join("\n")).toInclude(sentence);
  });
});
