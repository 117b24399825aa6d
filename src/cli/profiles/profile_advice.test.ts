import { expect, test } from "bun:test";
import type { Profile } from "../../dispatcher/mod.ts";
import { adviceOn } from "./profile_advice.ts";

const SCRIPT = { agent: null, complete_on_exit: false } as Profile;
const CLAUDE = { ...SCRIPT, agent: "claude" } as Profile;
const end = (outcome: string | null, more: { program?: string; log?: string } = {}) => ({
  outcome,
  program: null,
  log: "",
  ...more,
});

test("a program that is missing is to be installed, if it is that of an agent", () => {
  for (const outcome of ["spawn_failed", "unavailable"])
    expect(adviceOn(CLAUDE, end(outcome))).toStartWith("install Claude Code; if claude is there");
  expect(adviceOn(CLAUDE, end("spawn_failed", { program: "/usr/bin/claude" }))).toBeNull();
  expect(adviceOn(SCRIPT, end("spawn_failed"))).toBeNull();
});

test("one that hangs may wait for an answer", () => {
  expect(adviceOn(CLAUDE, end("timed_out"))).toContain("start claude once in a terminal");
  expect(adviceOn(SCRIPT, end("timed_out"))).toContain("start it once in a terminal");
});

test("one that ends without a word is told how to complete, unless its exit completes", () => {
  expect(adviceOn(SCRIPT, end("abandoned"))).toContain("--complete-on-exit");
  expect(adviceOn({ ...SCRIPT, complete_on_exit: true }, end("abandoned"))).toBeNull();
  expect(adviceOn(CLAUDE, end("abandoned"))).toContain("offered the tools of the server kanban");
  expect(adviceOn({ ...SCRIPT, agent: "gemini" }, end("abandoned"))).toContain("of the server kanban_run");
  expect(adviceOn({ ...SCRIPT, agent: "pi" }, end("abandoned"))).toContain("called the board from its shell");
});

test.each(["sh: 1: kanban: not found", "bash: kanban: command not found"])(
  "a script that calls what only a terminal knows is told the name that works: %s",
  (log) => {
    expect(adviceOn(SCRIPT, end("crashed", { log }))).toContain('"$KANBAN_BIN" complete');
  },
);

test("what the error itself says needs no advice", () => {
  expect(adviceOn(CLAUDE, end("crashed", { log: "Error: 500" }))).toBeNull();
  expect(adviceOn(CLAUDE, end(null))).toBeNull();
});
