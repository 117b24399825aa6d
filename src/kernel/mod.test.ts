import { expect, test } from "bun:test";
import * as kernel from "./mod.ts";

test("offers verbs, and nothing to write around them: no statements, no transitions, no events of one's own", () => {
  const offered = Object.keys(kernel);

  for (const name of [
    "run",
    "one",
    "all",
    "insert",
    "emit",
    "transition",
    "stateOf",
    "openRun",
    "closeRun",
    "insertComment",
    "findKey",
    "keyOf",
  ]) {
    expect(offered).not.toContain(name);
  }
});

test("the tables of words are complete and in order", () => {
  expect(kernel.STATUSES).toEqual(["triage", "todo", "ready", "running", "review", "blocked", "done", "archived"]);
  expect(kernel.OUTCOMES).toEqual([
    "completed",
    "blocked",
    "crashed",
    "abandoned",
    "rate_limited",
    "unavailable",
    "timed_out",
    "spawn_failed",
    "gave_up",
    "reclaimed",
  ]);
  expect(kernel.WORKSPACE_KINDS).toEqual(["scratch", "dir", "worktree"]);
});

test("every transition leads to statuses by an event that there is", () => {
  for (const { from, to, event, run } of Object.values(kernel.TRANSITIONS)) {
    for (const status of [...from, ...to]) expect(kernel.STATUSES).toContain(status);
    expect(Object.keys(kernel.EVENT_KINDS)).toContain(event);
    if (run !== null && run !== "opens") expect(kernel.OUTCOMES).toContain(run);
  }
});
