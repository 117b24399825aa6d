import { expect, test } from "bun:test";
import { activeHolds, asWorker, claimForWorker, endUnavailable, recordGone } from "../kernel/mod.ts";
import { testBoard } from "../testing/mod.ts";
import { queue } from "../testing/worker_tools.ts";
import { callTool, toolsFor } from "./toolset.ts";

test("a probe that shows its task has reached its provider: the hold is over while it is running", () => {
  const t = testBoard();
  t.ready();
  const needs = [{ kind: "account", key: "ann" }] as const;
  const profiles = new Map([["coder", { max_running: null, max_runtime_seconds: null, needs }]]);
  const next = () => claimForWorker(t.board, { claimer: "d", boot_id: "b", profiles, maxWorkers: 9 })!;
  const first = next();
  recordGone(t.board, first.run.id);
  endUnavailable(
    t.board,
    { taskId: first.task.id, runId: first.run.id },
    {
      ...{ on: needs[0], reason: "HTTP 503", permanent: false },
      ...{ proof: "call", profile: "coder", profiles: ["coder"] },
    },
  );
  t.clock.ms += 1_000;
  const { task, run } = next();
  const worker = { task: task.id, run: run.id, profile: "coder", tenant: null, workspace: null };
  const show = () =>
    callTool(
      toolsFor(worker),
      () => ({ board: asWorker(t.board, "coder"), worker, who: "coder", queue }),
      "kanban_show",
      {},
    );
  expect(activeHolds(t.board)).toMatchObject([{ probe_run_id: run.id }]);

  expect(show().ok).toBe(true);

  expect(activeHolds(t.board)).toEqual([]);
  const before = t.dump();
  show();
  expect(t.dump()).toBe(before);
});
