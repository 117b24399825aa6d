import { afterAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { printed, spawnScript } from "../../testing/kernel.ts";
import { tempDir, until } from "../../testing/mod.ts";
import {
  type Board,
  closeBoard,
  createTask,
  getRun,
  getTask,
  listRuns,
  listTasks,
  openBoard,
  schemaVersion,
  write,
} from "../mod.ts";

// Processes take seconds where many share a machine; a hang is still found.
setDefaultTimeout(60_000);

// Real processes on one file: what only they can show. The promises of the board, each tried to break.
const dir = tempDir();
afterAll(dir.remove);
let files = 0;
const fresh = () => `${dir.path}/${files++} kanban.db`;

function withBoard<T>(path: string, fn: (board: Board) => T): T {
  const board = openBoard(path);
  try {
    return fn(board);
  } finally {
    closeBoard(board);
  }
}

/** Waits for an instant that all processes know, so that they act at once. */
const TOGETHER = "while (Date.now() < args[1]) {}";
const soon = () => Date.now() + 400;

const integrity = (board: Board) => board.db.query("PRAGMA integrity_check").get();

describe("twenty processes that open a new file at once", () => {
  test("migrate it once, and nobody fails; one idempotency key makes one task [T: twenty first starts]", async () => {
    const path = fresh();
    const code = `const board = kernel.openBoard(args[0], { actor: String(process.pid) });
      kernel.createTask(board, { title: "mine" });
      const { task, created } = kernel.createTask(board, { title: "nightly", idempotency_key: "night-1" });
      print({ id: task.id, created });`;

    const scripts = Array.from({ length: 20 }, () => spawnScript(code, path));
    const answers = (
      await Promise.all(scripts.map((script) => printed<{ id: string; created: boolean }>(script)))
    ).flat();

    expect(new Set(answers.map(({ id }) => id)).size).toBe(1);
    expect(answers.filter(({ created }) => created).length).toBe(1);
    withBoard(path, (board) => {
      expect(listTasks(board).filter(({ title }) => title === "mine").length).toBe(20);
      expect(board.db.query("PRAGMA user_version").get()).toEqual({ user_version: schemaVersion });
      expect(board.db.query("SELECT count(*) AS n FROM board_state").get()).toEqual({ n: 1 });
      expect(integrity(board)).toEqual({ integrity_check: "ok" });
    });
  });
});

describe("at most one open run per task, whatever races", () => {
  test("four processes that claim from one queue share it: each task once, none lost, nobody busy", async () => {
    const path = fresh();
    withBoard(path, (board) =>
      write(board, () => {
        for (let i = 0; i < 60; i++) createTask(board, { title: `task ${i}`, assignee: "coder" });
      }),
    );
    const code = `const board = kernel.openBoard(args[0]);
      ${TOGETHER}
      for (let next; (next = kernel.claimNext(board, { claimer: String(process.pid) })) !== null; ) {
        print(next.task.id);
        if (next.run.id % 2 === 0) kernel.completeTask(board, next.task.id, { runId: next.run.id, summary: "s" });
      }`;

    const at = soon();
    const scripts = Array.from({ length: 4 }, () => spawnScript(code, path, at));
    const claims = (await Promise.all(scripts.map((script) => printed<string>(script)))).flat();

    expect(claims.length).toBe(60);
    expect(new Set(claims).size).toBe(60);
    withBoard(path, (board) => {
      for (const id of claims) expect(listRuns(board, id).length).toBe(1);
      expect(listTasks(board).filter(({ status }) => status === "running").length).toBe(30);
    });
  });

  test("one task, four processes: one wins, the others are told who came first", async () => {
    const path = fresh();
    const id = withBoard(path, (board) => createTask(board, { title: "one" }).task.id);
    const code = `const board = kernel.openBoard(args[0]);
      ${TOGETHER}
      try { print(kernel.claimTask(board, args[2], { claimer: "p" }).run.id); } catch (error) { print(error.message); }`;

    const at = soon();
    const scripts = Array.from({ length: 4 }, () => spawnScript(code, path, at, id));
    const answers = (await Promise.all(scripts.map((script) => printed<number | string>(script)))).flat();

    expect(answers.filter((answer) => answer === 1).length).toBe(1);
    expect(
      answers.filter((answer) => answer === `Cannot claim task "${id}": it must be ready, it is running under run 1`)
        .length,
    ).toBe(3);
  });
});

test("what a command acknowledged survives kill -9 at any instant [T: dispatcher killed at]", async () => {
  const path = fresh();
  const code = `const board = kernel.openBoard(args[0]);
    for (;;) {
      const { task } = kernel.createTask(board, { title: "x", assignee: "coder" });
      const { run } = kernel.claimTask(board, task.id, { claimer: "p" });
      kernel.completeTask(board, task.id, { runId: run.id, summary: "did it" });
      print([task.id, run.id]);
    }`;
  const script = spawnScript(code, path);
  const reader = script.stdout.getReader();
  let output = "";
  await until(async () => {
    output += new TextDecoder().decode((await reader.read()).value);
    return output.split("\n").length > 100;
  });
  script.kill("SIGKILL");
  for (let rest = await reader.read(); !rest.done; rest = await reader.read())
    output += new TextDecoder().decode(rest.value);
  const acknowledged = output
    .split("\n")
    .slice(0, -1)
    .map((line) => JSON.parse(line) as [string, number]);

  withBoard(path, (board) => {
    for (const [id, run] of acknowledged) {
      expect(getTask(board, id).status).toBe("done");
      expect(getRun(board, run)).toMatchObject({ outcome: "completed", summary: "did it" });
    }
    expect(integrity(board)).toEqual({ integrity_check: "ok" });
    // Whatever was under way when it died, no task says one thing and its runs another.
    const torn = board.db
      .query(
        `SELECT t.id FROM tasks t WHERE (t.status = 'running') <> (t.run_claimer IS NOT NULL)
           OR EXISTS (SELECT 1 FROM task_runs r WHERE r.id = t.current_run_id)`,
      )
      .all();
    expect(torn).toEqual([]);
  });
});
