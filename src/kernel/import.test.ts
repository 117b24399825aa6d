import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { forget, violations } from "../../stress/invariants.ts";
import { refusal, testBoard } from "../testing/mod.ts";
import { exportBoard } from "./export.ts";
import { importBoard } from "./import.ts";
import {
  addComment,
  archiveTask,
  blockTask,
  type Board,
  boardStats,
  claimForWorker,
  claimTask,
  completeTask,
  failRun,
  getTask,
  heartbeat,
  KanbanError,
  linkTasks,
  listRuns,
  moveTask,
  queueDeliveries,
  recordGone,
  recordSpawned,
  recordUsage,
  setPaused,
  setWorkspacePath,
  subscribe,
  TEXT_MAX,
} from "./mod.ts";

const WORKERS = {
  claimer: "host:1",
  boot_id: "boot",
  profiles: new Map([["coder", { max_running: 2, max_runtime_seconds: 60 }]]),
  maxWorkers: 3,
};
const BREAKER = { failureLimit: 2, backoffMs: () => 1_000 };
const CRASH = { kind: "crashed", error: "it broke", pid: 1, exit_code: 1, signal: null, log_tail: "" } as const;

/** The lines of an export, as a file has them. */
function exported(board: Board): string[] {
  const lines: string[] = [];
  exportBoard(board, (line) => lines.push(JSON.stringify(line)));
  return lines;
}

/** A board with something of each kind, and its export. */
function used() {
  const t = testBoard();
  const parent = t.done({
    title: "Draw the map",
    body: 'Ünïcode, \u202e and "quotes"',
    tenant: "acme",
    skills: ["maps"],
  });
  const child = t.ready({ title: "Walk it", parents: [parent.id], workspace_kind: "dir", workspace_path: "/srv/walk" });
  const { run } = claimTask(t.board, child.id, { claimer: "coder" });
  addComment(t.board, child.id, { body: "left or right?" });
  recordUsage(t.board, run.id, { usage: { tokens: 7, model: "x" }, session_id: "s-1" });
  heartbeat(t.board, child.id, { runId: run.id, note: "on it" });
  subscribe(t.board, child.id, { platform: "slack", chat_id: "C1" });
  setPaused(t.board, true);
  return { ...t, parent, child, run, lines: exported(t.board) };
}

/** Changes one record of a kind, the first one. */
function edited(lines: readonly string[], kind: string, change: object): string[] {
  const at = lines.findIndex((line) => line.startsWith(`{"${kind}"`));
  const record = JSON.parse(lines[at]!) as Record<string, object>;
  return lines.with(at, JSON.stringify({ [kind]: { ...record[kind], ...change } }));
}

function twoBoards(lines: readonly string[]): string[] {
  return lines.toSpliced(1, 0, lines[1]!).with(-1, lines.at(-1)!.replace('"board":1', '"board":2'));
}

function deep(levels: number): object {
  return levels === 0 ? {} : { in: deep(levels - 1) };
}

describe("importBoard()", () => {
  test("makes the same board: the same export, answers and sums", () => {
    const { board, child, lines } = used();
    const fresh = testBoard();

    const counts = importBoard(fresh.board, lines);

    expect(counts).toEqual({ board: 1, task: 2, link: 1, run: 2, comment: 1, event: 7, subscription: 1, delivery: 0 });
    expect(exported(fresh.board)).toEqual(lines);
    expect(getTask(fresh.board, child.id)).toEqual(getTask(board, child.id));
    expect(listRuns(fresh.board, child.id)).toEqual(listRuns(board, child.id));
    expect(boardStats(fresh.board)).toEqual(boardStats(board));
    expect(fresh.dump()).toContain('"tokens"');
  });

  test("makes the same board of any board", () => {
    const step = fc.record({
      verb: fc.constantFrom(
        "create",
        "claim",
        "dispatch",
        "complete",
        "fail",
        "gone",
        "block",
        "todo",
        "archive",
        "link",
        "comment",
        "report",
        "subscribe",
        "deliver",
      ),
      task: fc.nat(9),
      text: fc.string({ unit: "binary", minLength: 1, maxLength: 30 }),
      ms: fc.nat(100_000),
    });
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 40 }), (steps) => {
        const t = testBoard();
        const ids: string[] = [];
        for (const { verb, task, text, ms } of steps) {
          t.clock.ms += ms;
          const id = ids[task % Math.max(1, ids.length)];
          try {
            if (verb === "create" || id === undefined)
              ids.push(t.ready({ title: text, body: text, assignee: task % 2 === 0 ? "coder" : text }).id);
            else if (verb === "claim") claimTask(t.board, id, { claimer: "w" });
            else if (verb === "dispatch") claimForWorker(t.board, WORKERS);
            else if (verb === "fail")
              failRun(t.board, { taskId: id, runId: getTask(t.board, id).current_run_id ?? 1 }, CRASH, BREAKER);
            else if (verb === "gone") recordGone(t.board, 1 + (task % 3));
            else if (verb === "report")
              recordUsage(t.board, 1 + (task % 3), { usage: { [text]: ms / 3, tokens: task } });
            else if (verb === "subscribe") subscribe(t.board, id, { platform: "slack", chat_id: `C${task % 2}` });
            else if (verb === "deliver") queueDeliveries(t.board, { ready: ["slack"], waiting: [] });
            else if (verb === "complete")
              completeTask(t.board, id, { summary: text, metadata: { [text]: [text, 1.5] } });
            else if (verb === "block") blockTask(t.board, id, { reason: text });
            else if (verb === "archive") archiveTask(t.board, id);
            else if (verb === "link") linkTasks(t.board, ids[0]!, id);
            else if (verb === "comment") addComment(t.board, id, { body: text });
            else moveTask(t.board, id, "todo");
          } catch (error) {
            if (!(error instanceof KanbanError)) throw error;
          }
        }
        const lines = exported(t.board);
        const copy = testBoard();

        importBoard(copy.board, lines);

        expect(exported(copy.board).slice(1)).toEqual(lines.slice(1));
        expect(boardStats(copy.board).by_status).toEqual(boardStats(t.board).by_status);
        expect(boardStats(copy.board).usage.runs).toBe(boardStats(t.board).usage.runs);
        expect(violations(copy.board.db, { deep: true })).toEqual([]);
        forget(copy.board.db);
      }),
      { numRuns: 60 },
    );
  });

  test("goes on where the board was: the next run and event have new numbers", () => {
    const { lines, run } = used();
    const { board, kinds } = testBoard();
    importBoard(board, lines);
    setPaused(board, false);
    const before = kinds().length;

    const { id } = completeAndTakeUp(board);

    expect(id).toBeGreaterThan(run.id);
    expect(kinds().length).toBe(before + 2);
  });

  test("takes neither process nor scratch folder along, and is the same board all the same", () => {
    const t = testBoard();
    const { id } = t.ready();
    const { run } = claimTask(t.board, id, { claimer: "host:1", boot_id: "boot" });
    recordSpawned(t.board, { taskId: id, runId: run.id, pid: 4711, pid_started: "9", boot_id: "boot" });
    setWorkspacePath(t.board, id, "/home/ann/.kanban/workspaces/x");
    const gone = claimTask(t.board, t.ready().id, { claimer: "host:1", boot_id: "boot" });
    recordSpawned(t.board, { taskId: gone.task.id, runId: gone.run.id, pid: 5, pid_started: "8", boot_id: "boot" });
    completeTask(t.board, gone.task.id, { runId: gone.run.id });
    recordGone(t.board, gone.run.id);
    const { board } = testBoard();
    const lines = exported(t.board);

    importBoard(board, lines);

    const none = { pid: null, pid_started: null, boot_id: null };
    expect(listRuns(board, id)).toMatchObject([{ id: run.id, ...none, ended_at: null }]);
    expect(listRuns(board, gone.task.id)).toEqual(listRuns(t.board, gone.task.id));
    expect(getTask(board, id)).toMatchObject({ status: "running", workspace_path: null, current_run_id: run.id });
    expect(exported(board)).toEqual(lines);
    // Who writes them in by hand gets no further.
    const fresh = testBoard();
    importBoard(
      fresh.board,
      edited(edited(lines, "run", { pid: 9, boot_id: "boot" }), "task", { workspace_path: "/x" }),
    );
    expect(listRuns(fresh.board, id)).toMatchObject([none]);
    expect(fresh.dump()).not.toContain('"/x"');
  });

  test("leaves references guarded, after an import and after a refusal", () => {
    const t = testBoard();
    const guarded = () => t.board.db.query<{ foreign_keys: number }, []>("PRAGMA foreign_keys").get()!.foreign_keys;
    refusal(() => importBoard(t.board, []));
    expect(guarded()).toBe(1);
    importBoard(t.board, used().lines);
    expect(guarded()).toBe(1);
  });

  test("refuses a board that has tasks", () => {
    const { lines } = used();
    const t = testBoard();
    t.ready();
    t.refused(() => importBoard(t.board, lines), "refused", /the board must be empty, it has 1 task$/);
  });

  test("refuses what a newer program wrote", () => {
    const t = testBoard();
    const lines = ['{"kanban":{"format":2,"schema":1}}'];
    t.refused(() => importBoard(t.board, lines), "refused", /this program reads format 1 .* has format 2/);
  });

  test.each<[string, (lines: string[]) => string[], RegExp]>([
    ["nothing", () => [], /line 1: it must be the first line of an export, got nothing/],
    ["another file", () => ["id,title"], /line 1: it must be a JSON object, got "id,title"/],
    ["a file without its first line", (all) => all.slice(1), /line 1: it must be the first line of an export/],
    ["a file that was cut off", (all) => all.slice(0, -1), /line 17: .* the counts at the end/],
    ["a line that was cut off", (all) => all.with(3, all[3]!.slice(0, 40)), /line 4: it must be a JSON object/],
    ["a line too few", (all) => all.toSpliced(12, 1), /the counts of the lines before/],
    ["a line too many", (all) => [...all, all.at(-2)!], /line 18: it must be the end of the file/],
    ["an unknown kind", (all) => all.with(2, '{"card":{}}'), /line 3: it must be one of board, task, .* got "card"/],
    ["a task twice", (all) => all.toSpliced(3, 0, all[2]!), /line 4: .* UNIQUE constraint failed: tasks.id/],
    ["an unknown column", (all) => edited(all, "task", { colour: "red" }), /"colour" too/],
    [
      "a number as a text",
      (all) => edited(all, "task", { priority: "high" }),
      /line 3: it must be a task whose priority is a whole number from .*, got "high"$/,
    ],
    ["a text as a flag", (all) => edited(all, "task", { review: 1 }), /whose review is true or false/],
    ["a list as a text", (all) => edited(all, "task", { body: ["x"] }), /whose body is a text/],
    [
      "an illegal status",
      (all) => edited(all, "task", { status: "paused" }),
      /line 3: it must be a task whose status is one of triage, .*, got "paused"$/,
    ],
    [
      "an event of another kind",
      (all) => edited(all, "event", { kind: "sung" }),
      /an event whose kind is a known kind of event, got "sung"/,
    ],
    [
      "a run of no task",
      (all) => edited(all, "run", { task_id: "t_00000000" }),
      /a run of a task above it, got no such task/,
    ],
    [
      "an event of no run",
      (all) => edited(all, "event", { run_id: 99 }),
      /an event of a run of t_[0-9a-f]{8} above it, got run 99/,
    ],
    [
      "a NUL",
      (all) => edited(all, "task", { body: "a\0b" }),
      /line 3: it must be a task whose body is a text without NUL or null/,
    ],
    [
      "a state that the schema refuses",
      (all) => edited(all, "task", { held: true }),
      /line 3: .* a record that a board can hold, got CHECK/,
    ],
    ["a skill that is a path", (all) => edited(all, "task", { skills: ["../../etc"] }), /whose skills is a list of/],
    ["skills that are no texts", (all) => edited(all, "task", { skills: [1] }), /whose skills is a list of skill/],
    ["a blank title", (all) => edited(all, "task", { title: " " }), /whose title is a text of 1 to 500 characters/],
    ["an assignee without end", (all) => edited(all, "task", { assignee: "x".repeat(201) }), /whose assignee is a/],
    ["an instant beyond time", (all) => edited(all, "task", { created_at: 9e15 }), /whose created_at is an instant/],
    ["an id after which none is exact", (all) => edited(all, "event", { id: 2 ** 53 - 1 }), /whose id is a whole/],
    ["metadata without bottom", (all) => edited(all, "run", { metadata: deep(600) }), /whose metadata is an object of/],
    [
      "an event of another task's run",
      (all) => edited(all, "event", { run_id: 2 }),
      /an event of a run of t_[0-9a-f]{8} above it, got run 2/,
    ],
    ["a back-off of what is done", (all) => edited(all, "task", { retry_at: 5 }), /backs off only .*, got done/],
    ["failures of what is done", (all) => edited(all, "task", { failures: 2 }), /without failures .* in done, got 2/],
    ["a header of no version", (all) => all.with(0, '{"kanban":{"format":1.5,"schema":1}}'), /line 1: .* first line/],
    ["two boards in one", (all) => twoBoards(all), /it must be the end of one board, got the counts of 2/],
  ])("refuses %s, and nothing has come in", (_, change, message) => {
    const t = testBoard();
    const { lines } = used();
    t.refused(() => importBoard(t.board, change(lines)), "invalid", message);
  });

  test("refuses what runs without a start or a lease, and what waits for nothing", () => {
    const t = testBoard();
    const { id } = t.ready();
    const idle = edited(exported(t.board), "task", { status: "todo" });
    claimTask(t.board, id, { claimer: "w" });
    const lines = exported(t.board);
    const fresh = testBoard();
    const refused = (all: string[], message: RegExp) =>
      fresh.refused(() => importBoard(fresh.board, all), "invalid", message);

    refused(edited(lines, "task", { started_at: null }), /line 3: .* a running task with a started_at/);
    refused(edited(lines, "run", { ttl_seconds: 0 }), /line 4: .* an open run with a lease/);
    refused(idle, new RegExp(`without tasks that wait for nothing, got task ${id} \\(line 3\\), in todo and not held`));
  });

  test("takes what a board may hold beyond what people may type: the comment of the longest reason", () => {
    const t = testBoard();
    blockTask(t.board, t.ready().id, { reason: "é".repeat(TEXT_MAX / 2) });
    const { board } = testBoard();
    importBoard(board, exported(t.board));
    expect(exported(board)).toEqual(exported(t.board));
  });

  test("leaves a board that is paused in its pause, and overlooks blank lines", () => {
    const { board, dump } = testBoard("bob");
    const t = testBoard();
    t.ready();
    setPaused(board, true);

    importBoard(board, [...exported(t.board), "", " "]);

    expect(dump()).toContain('"paused":1,"paused_by":"bob"');
  });

  test("checks references again afterwards", () => {
    const { board } = testBoard();
    expect(() => importBoard(board, ["x"])).toThrow(KanbanError);
    expect(board.db.query("PRAGMA foreign_keys").get()).toEqual({ foreign_keys: 1 });
  });

  test("refuses a cycle, and a task that points at a run that is over", () => {
    const t = testBoard();
    const [a, b] = [t.ready(), t.ready()];
    linkTasks(t.board, a.id, b.id);
    const lines = exported(t.board);
    const end = lines.findIndex((line) => line.startsWith('{"link"'));
    const cyclic = lines.toSpliced(end, 0, JSON.stringify({ link: { parent: b.id, child: a.id } }));
    const counted = cyclic.with(-1, cyclic.at(-1)!.replace('"link":1', '"link":2'));
    const fresh = testBoard();
    fresh.refused(() => importBoard(fresh.board, counted), "invalid", /without cycles, got task t_[0-9a-f]{8}/);

    const { lines: running } = used();
    const elsewhere = edited(running.toReversed(), "task", { current_run_id: 99 }).toReversed();
    const torn = (all: string[]) => {
      const line =
        1 + all.findIndex((text) => text.includes('"current_run_id":') && !text.includes('"current_run_id":null'));
      return new RegExp(`got task t_[0-9a-f]{8} \\(line ${line}\\), which does not point at its open run`);
    };
    fresh.refused(() => importBoard(fresh.board, elsewhere), "invalid", torn(elsewhere));
    const closed = edited(running.toReversed(), "run", { ended_at: 9e12, outcome: "completed" }).toReversed();
    fresh.refused(() => importBoard(fresh.board, closed), "invalid", torn(closed));
  });

  test("names a task of the cycle itself, not one above or below it", () => {
    const t = testBoard();
    const [below, above, a, b] = [t.ready(), t.ready(), t.ready(), t.ready()];
    for (const [parent, child] of [
      [above, a],
      [a, b],
      [b, below],
    ] as const)
      linkTasks(t.board, parent.id, child.id);
    // A blank line, so that the lines are not the tasks' own numbers.
    const lines = exported(t.board).toSpliced(1, 0, "");
    const at = lines.findIndex((line) => line.startsWith('{"link"'));
    const cyclic = lines.toSpliced(at, 0, JSON.stringify({ link: { parent: b.id, child: a.id } }));
    const lineOf = ({ id }: { id: string }) => 1 + lines.findIndex((line) => line.startsWith(`{"task":{"id":"${id}"`));
    const counted = cyclic.with(-1, cyclic.at(-1)!.replace('"link":3', '"link":4'));
    const fresh = testBoard();
    fresh.refused(
      () => importBoard(fresh.board, counted),
      "invalid",
      new RegExp(`task (${a.id} \\(line ${lineOf(a)}\\)|${b.id} \\(line ${lineOf(b)}\\)), which waits`),
    );
  });

  test("passes on what the lines themselves throw", () => {
    const t = testBoard();
    const broken = function* () {
      yield* used().lines.slice(0, 4);
      throw new KanbanError("invalid", "Cannot read the file");
    };
    expect(refusal(() => importBoard(t.board, broken())).message).toBe("Cannot read the file");
    expect(t.kinds()).toEqual([]);
  });
});

function completeAndTakeUp(board: Board) {
  const running = board.db.query<{ id: string }, []>("SELECT id FROM tasks WHERE status = 'running'").get()!;
  moveTask(board, running.id, "ready");
  return claimTask(board, running.id, { claimer: "w" }).run;
}
