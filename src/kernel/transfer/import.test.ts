import { describe, expect, setDefaultTimeout, test } from "bun:test";
import fc from "fast-check";
import { forget, violations } from "../../../stress/invariants.ts";
import { refusal, testBoard } from "../../testing/mod.ts";
import { exported, used } from "../../testing/transfer.ts";
import { importBoard } from "./import.ts";
import { keepMention } from "../store/mentions.ts";
import {
  addComment,
  addPerson,
  archiveTask,
  asActor,
  blockTask,
  type Board,
  boardStats,
  claimForWorker,
  claimTask,
  completeTask,
  editTask,
  failRun,
  getTask,
  KanbanError,
  linkTasks,
  listRuns,
  moveTask,
  peopleNames,
  queueDeliveries,
  recordGone,
  recordSpawned,
  recordUsage,
  saveView,
  setPaused,
  setWorkspacePath,
  standingOf,
  subscribe,
  taskHistory,
  TEXT_MAX,
  write,
} from "../mod.ts";

// Properties take seconds where many share a machine; a hang is still found.
setDefaultTimeout(60_000);

const WORKERS = {
  claimer: "host:1",
  boot_id: "boot",
  profiles: new Map([["coder", { max_running: 2, max_runtime_seconds: 60 }]]),
  maxWorkers: 3,
};
const BREAKER = { failureLimit: 2, backoffMs: () => 1_000 };
const CRASH = { kind: "crashed", error: "it broke", pid: 1, exit_code: 1, signal: null, log_tail: "" } as const;

/** Changes one record of a kind, the first one. */
function edited(lines: readonly string[], kind: string, change: object): string[] {
  const at = lines.findIndex((line) => line.startsWith(`{"${kind}"`));
  const record = JSON.parse(lines[at]!) as Record<string, object>;
  return lines.with(at, JSON.stringify({ [kind]: { ...record[kind], ...change } }));
}

describe("importBoard()", () => {
  test("makes the same board: the same export, answers and sums", () => {
    const { board, child, lines } = used();
    const fresh = testBoard();

    const counts = importBoard(fresh.board, lines);

    const { board: boards, ...others } = counts;
    expect(boards).toBe(1);
    expect(others).toEqual({
      task: 2,
      link: 1,
      run: 2,
      comment: 1,
      event: 8,
      revision: 1,
      subscription: 1,
      delivery: 0,
      saved_view: 0,
      mention: 0,
      known_name: 1,
    });
    expect(taskHistory(fresh.board, child.id)).toEqual(taskHistory(board, child.id));
    expect(exported(fresh.board)).toEqual(lines);
    expect(getTask(fresh.board, child.id)).toEqual(getTask(board, child.id));
    expect(listRuns(fresh.board, child.id)).toEqual(listRuns(board, child.id));
    expect(boardStats(fresh.board)).toEqual(boardStats(board));
    expect(fresh.dump()).toContain('"tokens"');
  });

  test("takes what earlier schemas wrote: columns that came later have their defaults", () => {
    const { child, lines } = used();
    const later = /,"may":\[\]|,"from_task":null|,"host":null,"pid_namespace":null|,"silent_seconds":null/g;
    const older = lines
      .filter((line) => !line.startsWith('{"revision"'))
      .map((line) =>
        line
          .replace(later, "")
          .replace(/"schema":\d+/, '"schema":1')
          .replace(',"revision":1', ""),
      );
    const fresh = testBoard();

    importBoard(fresh.board, older);

    expect(older.join()).not.toContain("revision");
    expect(older.join()).not.toMatch(/"may"|"from_task"|"pid_namespace"|"silent_seconds"/);
    expect(getTask(fresh.board, child.id).from_task).toBeNull();
    expect(listRuns(fresh.board, child.id)).toMatchObject([
      { may: [], host: null, pid_namespace: null, silent_seconds: null },
    ]);
    const withoutTexts = lines.filter((line) => !line.startsWith('{"revision"'));
    const again = exported(fresh.board).map((line) => line.replace('"revision":0', '"revision":1'));
    expect(again).toEqual(withoutTexts);
  });

  test("gathers the names of people where the export is of a program that kept none", () => {
    const t = testBoard();
    const { id } = t.ready({ created_by: "bob" });
    addComment(t.board, id, { body: "hm", author: "cleo" });
    claimForWorker(t.board, WORKERS);
    const older = exported(t.board)
      .filter((line) => !line.startsWith('{"known_name"'))
      .map((line) => line.replace(/,"known_name":\d+/, ""));
    const fresh = testBoard();

    importBoard(fresh.board, older);

    expect(older.join()).not.toContain("known_name");
    const roster = { names: new Set<string>(), people: new Set<string>() };
    expect(peopleNames(fresh.board, roster)).toEqual(["bob", "cleo"]);
    expect(standingOf(fresh.board, "coder", roster)).toBe("unknown"); // Its process stayed behind, and with it the proof.
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
    const place = { boot_id: "boot", host: "host#1", pid_namespace: "pid:[1]" };
    const { run } = claimTask(t.board, id, { claimer: "host:1", ...place });
    recordSpawned(t.board, { taskId: id, runId: run.id, pid: 4711, pid_started: "9", boot_id: "boot" });
    setWorkspacePath(t.board, id, "/home/ann/.kanban/workspaces/x");
    const gone = claimTask(t.board, t.ready().id, { claimer: "host:1", ...place });
    recordSpawned(t.board, { taskId: gone.task.id, runId: gone.run.id, pid: 5, pid_started: "8", boot_id: "boot" });
    completeTask(t.board, gone.task.id, { runId: gone.run.id });
    recordGone(t.board, gone.run.id);
    const { board } = testBoard();
    const lines = exported(t.board);

    importBoard(board, lines);

    const none = { pid: null, pid_started: null, boot_id: null, host: null, pid_namespace: null };
    expect(listRuns(board, id)).toMatchObject([{ id: run.id, ...none, ended_at: null }]);
    expect(listRuns(board, gone.task.id)).toEqual(listRuns(t.board, gone.task.id));
    expect(getTask(board, id)).toMatchObject({ status: "running", workspace_path: null, current_run_id: run.id });
    expect(exported(board)).toEqual(lines);
    // Who writes them in by hand gets no further.
    const fresh = testBoard();
    importBoard(fresh.board, edited(edited(lines, "run", { pid: 9, ...place }), "task", { workspace_path: "/x" }));
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

  test("takes what a board may hold beyond what people may type: the comment of the longest reason", () => {
    const t = testBoard();
    blockTask(t.board, t.ready().id, { reason: "é".repeat(TEXT_MAX / 2) });
    const { board } = testBoard();
    importBoard(board, exported(t.board));
    expect(exported(board)).toEqual(exported(t.board));
  });

  test.each([" ", "x".repeat(300), "\u001b[2J\0"])(
    "takes %j, a name that nobody may type, wherever people are",
    (who) => {
      const t = testBoard();
      const board = asActor(t.board, who); // As a login name or an earlier program left it.
      const { id } = t.ready();
      addPerson(board, who);
      addComment(board, id, { body: "What now?" });
      editTask(board, id, { title: "Translate it" });
      saveView(board, { name: "mine", page: "list", query: "status=ready" });
      write(board, () => keepMention(board, { eventId: 1, person: who, taskKey: 1, author: who, text: "@x" }));

      const other = testBoard();
      importBoard(other.board, exported(board));
      expect(exported(other.board)).toEqual(exported(board));
    },
  );

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
