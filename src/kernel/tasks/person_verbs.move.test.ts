import { describe, expect, test } from "bun:test";
import { history, inStatus } from "../../testing/kernel.ts";
import { testBoard } from "../../testing/mod.ts";
import {
  asActor,
  completeTask,
  getTask,
  latestEventId,
  listRuns,
  moveTask,
  PERSON_TTL_SECONDS,
  setPaused,
} from "../mod.ts";

describe("moveTask()", () => {
  test.each(["triage", "todo", "ready"] as const)(
    "off running to %s closes the run as reclaimed and says who moved it",
    (to) => {
      const t = testBoard();
      const { id } = inStatus(t, "running");
      const after = latestEventId(t.board);

      moveTask(asActor(t.board, "boss"), id, to);

      expect(getTask(t.board, id)).toMatchObject({ status: to, held: to === "todo", current_run_id: null });
      expect(listRuns(t.board, id)).toMatchObject([{ outcome: "reclaimed", error: `moved to ${to} by boss` }]);
      expect(history(t.board, id, after)).toEqual([["status", 1, { from: "running", status: to }]]);
    },
  );

  test.each(["todo", "ready", "running", "review", "blocked", "done"] as const)(
    "to todo from %s holds the task",
    (from) => {
      const t = testBoard();
      const { id } = inStatus(t, from);

      expect(moveTask(t.board, id, "todo")).toMatchObject({ status: "todo", held: true });
    },
  );

  test("a held task stays when its last parent is finished, until it is moved on", () => {
    const t = testBoard();
    const parent = t.ready();
    const { id } = t.ready({ parents: [parent.id] });
    moveTask(t.board, id, "todo");

    completeTask(t.board, parent.id);
    expect(getTask(t.board, id)).toMatchObject({ status: "todo", held: true });

    expect(moveTask(t.board, id, "ready")).toMatchObject({ status: "ready", held: false });
  });

  test("from triage to todo releases the idea: ready, or todo if it waits", () => {
    const t = testBoard();
    const free = inStatus(t, "triage");
    const child = inStatus(t, "triage", { parents: [t.ready().id] });
    const later = inStatus(t, "triage", { not_before: t.clock.ms + 1 });
    const after = latestEventId(t.board);

    expect(moveTask(t.board, free.id, "todo")).toMatchObject({ status: "ready", held: false, ready_at: t.clock.ms });
    expect(moveTask(t.board, child.id, "todo")).toMatchObject({ status: "todo", held: false });
    expect(moveTask(t.board, later.id, "todo")).toMatchObject({ status: "todo", held: false });

    expect(history(t.board, free.id, after)).toEqual([["status", null, { from: "triage", status: "ready" }]]);
    expect(history(t.board, child.id, after)).toEqual([["status", null, { from: "triage", status: "todo" }]]);
  });

  test("to ready is allowed over unfinished parents", () => {
    const t = testBoard();
    const { id } = inStatus(t, "todo");

    expect(moveTask(t.board, id, "ready")).toMatchObject({ status: "ready", ready_at: t.clock.ms });
  });

  test("from blocked forgets failures", () => {
    const t = testBoard();
    const { id } = inStatus(t, "blocked");
    t.board.db.run("UPDATE tasks SET failures = 5");

    expect(moveTask(t.board, id, "todo").failures).toBe(0);
  });

  test.each(["ready", "todo"] as const)("from %s keeps failures", (from) => {
    const t = testBoard();
    const { id } = inStatus(t, from);
    t.board.db.run("UPDATE tasks SET failures = 2 WHERE id = ?", [id]);

    expect(moveTask(t.board, id, "triage").failures).toBe(2);
  });

  test.each(["done", "review"] as const)("out of %s reopens the task", (from) => {
    const t = testBoard();
    const { id } = inStatus(t, from);
    const after = latestEventId(t.board);

    expect(moveTask(t.board, id, "ready")).toMatchObject({ completed_at: null, result: null });

    expect(history(t.board, id, after)).toEqual([["reopened", null, { from, status: "ready" }]]);
  });

  test.each(["triage", "ready"] as const)("to %s where it is already changes nothing and emits nothing", (status) => {
    const t = testBoard();
    const { id } = inStatus(t, status);
    const before = t.dump();

    moveTask(t.board, id, status);

    expect(t.dump()).toBe(before);
  });

  test("to todo twice holds once", () => {
    const t = testBoard();
    const { id } = inStatus(t, "todo");
    const after = latestEventId(t.board);

    moveTask(t.board, id, "todo");
    moveTask(t.board, id, "todo");

    expect(history(t.board, id, after)).toEqual([["status", null, { from: "todo", status: "todo" }]]);
  });

  test("to running is a claim by the person, for a day", () => {
    const t = testBoard();
    const { id } = t.ready();
    const after = latestEventId(t.board);

    const task = moveTask(t.board, id, "running", { claimer: "ann@laptop:7" });

    const expires_at = t.clock.ms + PERSON_TTL_SECONDS * 1_000;
    expect(task).toMatchObject({ status: "running", claimer: "ann@laptop:7", claim_expires_at: expires_at });
    expect(history(t.board, id, after)).toEqual([["claimed", 1, { claimer: "ann@laptop:7", expires_at }]]);
  });

  test("to running is refused while the board is paused", () => {
    const t = testBoard();
    const { id } = t.ready();
    setPaused(t.board, true);

    t.refused(() => moveTask(t.board, id, "running"), "refused", "it was paused by ann");
  });

  test.each([
    ["done", "complete"],
    ["review", "complete"],
    ["blocked", "block"],
    ["archived", "archive"],
  ] as const)("to %s is refused with the verb to use", (to, verb) => {
    const t = testBoard();
    const { id } = t.ready();

    const error = t.refused(
      () => moveTask(t.board, id, to),
      "invalid",
      `Cannot use status: it must be triage, todo, ready or running, got "${to}"`,
    );

    expect(error.hint).toContain(`kanban ${verb} ${id}`);
  });

  test("to a status that does not exist is refused", () => {
    const t = testBoard();
    const { id } = t.ready();

    t.refused(
      () => moveTask(t.board, id, "waiting" as "todo"),
      "invalid",
      /^Cannot use status: it must be one of triage, .*got "waiting"$/,
    );
  });
});
