/**
 * A worker at its task and a planner outside any run, with a way to call tools as they do.
 *
 * @module
 */
import { expect } from "bun:test";
import type { WorkerEnv } from "../home.ts";
import { asWorker, claimTask, type QueueView } from "../kernel/mod.ts";
import type { ToolContext } from "../worker/tool.ts";
import { callTool, toolsFor } from "../worker/toolset.ts";
import { testBoard } from "./mod.ts";

/** A queue with a dispatcher that has room, and the profiles that tests assign to. */
export const queue = (): QueueView => ({
  names: new Set(["coder", "reviewer", "tester", "x"]),
  limits: () => ({ max_running: null, max_runtime_seconds: null }),
  maxWorkers: 4,
  dispatcher: "running",
  trouble: null,
  only: null,
  people: new Set(["ann"]),
});

/** A worker at its task, and a way to call tools as it. */
export function workerAtTask(input: { depth?: number; workspace_kind?: "worktree" } = {}) {
  const { board, dump, kinds, ready } = testBoard("coder");
  const task = ready({ title: "Port the parser", tenant: "ops", workspace_kind: input.workspace_kind });
  const { run } = claimTask(board, task.id, { claimer: "coder" });
  const worker: WorkerEnv = { task: task.id, run: run.id, profile: "coder", tenant: "ops", workspace: "/w" };
  const context: ToolContext = { board: asWorker(board, "coder"), worker, who: "coder", queue };
  const call = (name: string, args: unknown = {}) => callTool(toolsFor(worker), () => context, `kanban_${name}`, args);
  /** Calls a tool that must be refused without a trace; returns the sentence. */
  const refused = (name: string, args: unknown = {}): string => {
    const before = dump();
    const { ok, reply } = call(name, args);
    expect(ok).toBe(false);
    expect(Object.keys(reply)).toEqual(["error"]);
    expect(dump()).toBe(before);
    return reply["error"] as string;
  };
  const other = () => ready({ title: "Another task" });
  return { board, dump, kinds, task, run, worker, call, refused, other, ready };
}

/** A planner outside any run, and a way to call its tools. */
export function planner() {
  const { board, dump, ready } = testBoard("ann");
  const call = (name: string, args: unknown = {}) =>
    callTool(
      toolsFor(null, { orchestrator: true }),
      () => ({ board, worker: null, who: "ann", queue }),
      `kanban_${name}`,
      args,
    );
  return { board, dump, ready, call };
}
