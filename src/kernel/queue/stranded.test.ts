import { expect, test } from "bun:test";
import { testBoard } from "../../testing/mod.ts";
import { assignTask, reportStranded } from "../mod.ts";

const ROSTER = { names: new Set(["reviewer", "demo"]), people: new Set(["ann"]) };
const MIN = 60_000;

test("reports a task for a misspelt profile after ten minutes, once for each name [F3]", () => {
  const { board, clock, ready, kinds, dump } = testBoard();
  const { id } = ready({ assignee: "revewer" });
  clock.ms += 10 * MIN - 1;
  const before = dump();
  expect(reportStranded(board, ROSTER)).toEqual([]);
  expect(dump()).toBe(before);

  clock.ms += 1;
  expect(reportStranded(board, ROSTER)).toEqual([id]);
  expect(reportStranded(board, ROSTER)).toEqual([]);
  assignTask(board, id, "reviewr");
  expect(reportStranded(board, ROSTER)).toEqual([id]);

  expect(kinds(id)).toEqual(["created", "stranded", "assigned", "stranded"]);
});

test("leaves profiles, people that are known, unassigned tasks and those that are not ready alone", () => {
  const { board, clock, ready } = testBoard();
  ready({ assignee: "demo", created_by: "bob" });
  for (const assignee of ["ann", "bob", null]) ready({ assignee });
  ready({ assignee: "revewer", triage: true });
  clock.ms += 60 * MIN;

  expect(reportStranded(board, ROSTER)).toEqual([]);
});
