/**
 * Helpers for the kernel's own tests: a task in any status, a task's history, the plans of the queries
 * that a call makes, and scripts that use the kernel in processes of their own.
 *
 * @module
 */
import { afterAll } from "bun:test";
import {
  archiveTask,
  blockTask,
  type Board,
  claimTask,
  completeTask,
  type CreateInput,
  eventsAfter,
  getTask,
  type Kept,
  type Status,
  type Task,
} from "../kernel/mod.ts";
import { type TestBoard, tempDir } from "./mod.ts";

/** Creates a task and brings it to `status` by the verbs that lead there. */
export function inStatus({ board, ready }: TestBoard, status: Status, input: Partial<CreateInput> = {}): Task {
  if (status === "triage") return ready({ ...input, triage: true });
  if (status === "todo") return ready({ ...input, parents: [ready({ title: "its parent" }).id] });
  const { id } = ready({ ...input, ...(status === "review" ? { review: true } : {}) });
  if (status === "running") return claimTask(board, id, { claimer: "worker" }).task;
  if (status === "review") {
    const { run } = claimTask(board, id, { claimer: "worker" });
    return completeTask(board, id, { runId: run.id, summary: "please look" });
  }
  if (status === "blocked") return blockTask(board, id, { reason: "which one?" });
  if (status === "done") return completeTask(board, id);
  if (status === "archived") return archiveTask(board, id);
  return getTask(board, id);
}

/** The events of a task since `after`: kind, run and what the payload tells, without what it keeps, oldest first. */
export function history(board: Board, taskId: string, after = 0): [string, number | null, object][] {
  return eventsAfter(board, after, { task_id: taskId }).map(({ kind, run_id, payload }) => {
    const { was: _was, act: _act, undoes: _undoes, worker: _worker, ...told } = payload as Kept & object;
    return [kind, run_id, told];
  });
}

/** How SQLite runs each statement that `fn` uses: the lines of EXPLAIN QUERY PLAN, statement by statement. */
export function plansOf(board: Board, fn: () => unknown): string[][] {
  board.statements.clear();
  fn();
  // With them each write of a row that others may refer to has the plan of a walk, which is never run.
  board.db.run("PRAGMA foreign_keys = OFF");
  return [...board.statements.keys()]
    .filter((sql) => /^\s*(SELECT|WITH|UPDATE|DELETE|INSERT)/.test(sql))
    .map((sql) =>
      board.db
        .query<{ detail: string }, []>(`EXPLAIN QUERY PLAN ${sql}`)
        .all()
        .map(({ detail }) => detail),
    );
}

const KERNEL = `${import.meta.dir}/../kernel/mod.ts`;

/**
 * Starts a process that runs `code` with every public name of the kernel in scope as `kernel`, `print`
 * that writes one line of JSON at once, and `args`.
 */
export function spawnScript(code: string, ...args: unknown[]) {
  const source = `import * as kernel from ${JSON.stringify(KERNEL)};
    import { writeSync } from "node:fs";
    const print = (value) => writeSync(1, JSON.stringify(value) + "\\n");
    const args = JSON.parse(process.argv.at(-1));
    ${code}`;
  return Bun.spawn([process.execPath, "-e", source, JSON.stringify(args)], {
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
}

/** Waits for a script's end and returns the values it printed; a failed script fails the test. */
export async function printed<T>(script: ReturnType<typeof spawnScript>): Promise<T[]> {
  const [out, err] = await Promise.all([
    new Response(script.stdout).text(),
    new Response(script.stderr).text(),
    script.exited,
  ]);
  if (script.exitCode !== 0) throw new Error(`The script ended with ${script.exitCode}: ${err}`);
  return out
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as T);
}

/** A path in a temporary folder that is removed after the tests of the file that asked. */
export function boardFile(name = "kanban.db"): string {
  const dir = tempDir();
  afterAll(dir.remove);
  return `${dir.path}/${name}`;
}
