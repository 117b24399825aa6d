import { afterAll, describe, expect, test } from "bun:test";
import { type Env, type Home, homeOf } from "../home.ts";
import { refusal, tempDir } from "../testing/mod.ts";
import { claimOfProcess, namedRun, signature } from "./guard.ts";

const place = tempDir();
afterAll(place.remove);
const HOME: Home = homeOf({ KANBAN_HOME: place.path });

/** No process above this one is a worker of this board. */
const claimOf = (env: Env) =>
  claimOfProcess(env, HOME, "pause the board", () => {
    throw new Error("The board is opened only when a process above names a run of it");
  });

describe("claimOfProcess()", () => {
  test("is null for a person, and what the environment names for a worker", () => {
    expect(claimOf({ USER: "ann" })).toBeNull();
    expect(claimOf({ KANBAN_TASK: "t_0000000a", KANBAN_RUN: "7", KANBAN_PROFILE: "coder" })).toEqual({
      taskId: "t_0000000a",
      runId: 7,
    });
    expect(claimOf({ KANBAN_RUN: "7" })).toEqual({ taskId: undefined, runId: 7 });
  });

  test.each(["", "0", "-1", "1e3", "latest", "07"])("refuses a task with KANBAN_RUN %j: half a worker", (run) => {
    const error = refusal(() => claimOf({ KANBAN_TASK: "t_0000000a", KANBAN_RUN: run }));
    expect(error.code).toBe("invalid");
    expect(error.message).toStartWith("Cannot use KANBAN_RUN: it must be the id of a run, ");
  });

  test("refuses a profile alone: a worker that left the rest out [D2]", () => {
    const error = refusal(() => claimOf({ KANBAN_PROFILE: "coder" }));
    expect(error.code).toBe("refused");
    expect(error.message).toBe(
      "Cannot pause the board: KANBAN_PROFILE is set, as in the environment of a worker, but KANBAN_TASK and KANBAN_RUN are not",
    );
  });
});

test("namedRun() is the worker's own run, or the one that a person names", () => {
  expect(namedRun({ runId: 7 }, "complete", undefined)).toBe(7);
  expect(namedRun({ runId: 7 }, "complete", 7)).toBe(7);
  expect(namedRun(null, "complete", undefined)).toBe(undefined);
  expect(namedRun(null, "complete", 9)).toBe(9);
  expect(refusal(() => namedRun({ runId: 7 }, "complete", 8)).message).toBe(
    "Cannot complete a task: a worker acts under its own run, which is 7, got --run 8",
  );
});

test("signature() is the worker's own name; a person signs as it likes [D1]", () => {
  expect(signature(null, "comment", "ann", undefined)).toBe("ann");
  expect(signature(null, "comment", "ann", "ceo")).toBe("ceo");
  expect(signature({ runId: 7 }, "comment", "coder", undefined)).toBe("coder");
  expect(signature({ runId: 7 }, "comment", "coder", "coder")).toBe("coder");
  expect(refusal(() => signature({ runId: 7 }, "comment", "coder", "ceo")).message).toBe(
    'Cannot comment: a worker signs with its own name, "coder", got "ceo"',
  );
});
