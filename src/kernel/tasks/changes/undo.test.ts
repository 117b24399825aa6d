import { describe, expect, setDefaultTimeout, test } from "bun:test";
import fc from "fast-check";
import { inStatus } from "../../../testing/kernel.ts";
import { type TestBoard, testBoard } from "../../../testing/mod.ts";
import {
  approveTask,
  archiveTask,
  asActor,
  asOneAct,
  assignTask,
  asWorker,
  blockTask,
  type Board,
  claimTask,
  completeTask,
  createTask,
  editTask,
  getTask,
  KanbanError,
  linkTasks,
  moveTask,
  newestAct,
  patchTask,
  requestChanges,
  restoreTask,
  showTask,
  type Status,
  stopTask,
  type Task,
  unblockTask,
  underRun,
  undoAct,
  unlinkTasks,
} from "../../mod.ts";

setDefaultTimeout(60_000);

/** A task without what tells only of time and of how much happened. */
const core = ({ last_event_id: _event, ready_at: _ready, ...task }: Task) => task;
const undoNewest = (board: Board) => undoAct(board, newestAct(board, {})!.id);

describe("an act that is undone", () => {
  const acts: Record<string, { from: Status; input?: object; act: (board: Board, id: string) => void }> = {
    "a move": { from: "ready", act: (board, id) => moveTask(board, id, "todo") },
    "a move out of todo": { from: "todo", act: (board, id) => moveTask(board, id, "ready") },
    "a move out of done": { from: "done", act: (board, id) => moveTask(board, id, "triage") },
    "a move out of review": { from: "review", act: (board, id) => moveTask(board, id, "ready") },
    "a completion": { from: "ready", act: (board, id) => completeTask(board, id, { result: "r", summary: "s" }) },
    "a completion of what was blocked": { from: "blocked", act: (board, id) => completeTask(board, id) },
    "an approval": { from: "review", act: (board, id) => approveTask(board, id) },
    "a request for changes": { from: "review", act: (board, id) => requestChanges(board, id, { reason: "shorter" }) },
    "a block": { from: "ready", act: (board, id) => blockTask(board, id, { reason: "which?" }) },
    "an unblocking": { from: "blocked", act: (board, id) => unblockTask(board, id, { comment: "this" }) },
    "an archiving": { from: "done", act: (board, id) => archiveTask(board, id) },
    "a restoring": { from: "archived", act: (board, id) => restoreTask(board, id) },
    "an assignment": { from: "blocked", act: (board, id) => assignTask(board, id, null) },
    "an edit of every kind": {
      from: "ready",
      input: { body: "as it was", skills: ["a"], workspace_kind: "dir", workspace_path: "/srv" },
      act: (board, id) =>
        editTask(board, id, {
          ...{ title: "New", body: null, priority: 4, tenant: "acme", skills: [], review: true },
          ...{ workspace_kind: "scratch", workspace_path: null, max_runtime_seconds: 60, model: "m" },
        }),
    },
    "a patch of several things": {
      from: "ready",
      act: (board, id) => patchTask(board, id, { status: "archived", title: "New", assignee: "bob", priority: 2 }),
    },
  };

  test.each(Object.entries(acts))("%s leaves the task as it was, and undoing that does it again", (_, given) => {
    const t = testBoard();
    const before = inStatus(t, given.from, given.input);
    t.clock.ms += 60_000;
    given.act(t.board, before.id);
    const after = getTask(t.board, before.id);
    t.clock.ms += 60_000;

    const undone = undoNewest(t.board);
    expect(undone.tasks).toMatchObject([{ id: before.id, status: before.status, run_over: false }]);
    expect(core(getTask(t.board, before.id))).toEqual(core(before));

    undoAct(t.board, undone.act!);
    expect(core(getTask(t.board, before.id))).toEqual(core(after));
  });

  test.each<[string, (board: Board, id: string) => void]>([
    ["a move", (board, id) => moveTask(board, id, "todo")],
    ["an archiving", (board, id) => archiveTask(board, id)],
    ["a completion", (board, id) => completeTask(board, id)],
    ["a stop", (board, id) => stopTask(board, id)],
  ])("%s of a running task makes it ready: its run is over", (_, act) => {
    const t = testBoard();
    const { id } = inStatus(t, "running");
    act(t.board, id);

    expect(undoNewest(t.board).tasks).toMatchObject([{ status: "ready", run_over: true }]);
    expect(showTask(t.board, id).runs.filter(({ ended_at }) => ended_at === null)).toEqual([]);
  });

  test("an approval makes the children wait again that only became ready through it", () => {
    const t = testBoard();
    const { id } = inStatus(t, "review");
    const [waiting, forced] = [t.ready({ parents: [id] }), t.ready({ parents: [id] })];
    moveTask(t.board, forced.id, "ready");
    t.clock.ms += 1_000;
    approveTask(t.board, id);

    const { act } = undoNewest(t.board);
    expect([id, waiting.id, forced.id].map((each) => getTask(t.board, each).status)).toEqual([
      "review",
      "todo",
      "ready",
    ]);
    undoAct(t.board, act!);
    expect([id, waiting.id].map((each) => getTask(t.board, each).status)).toEqual(["done", "ready"]);
  });

  test("a dependency comes and goes, with what waited for it", () => {
    const t = testBoard();
    const [parent, child, forced] = [t.ready(), t.ready(), t.ready()];
    linkTasks(t.board, parent.id, child.id);
    const linked = undoNewest(t.board);
    expect([getTask(t.board, child.id).status, showTask(t.board, child.id).parents.length]).toEqual(["ready", 0]);
    undoAct(t.board, linked.act!);
    expect([getTask(t.board, child.id).status, showTask(t.board, child.id).parents.length]).toEqual(["todo", 1]);

    linkTasks(t.board, parent.id, forced.id);
    moveTask(t.board, forced.id, "ready");
    unlinkTasks(t.board, parent.id, forced.id);
    undoNewest(t.board);
    expect([getTask(t.board, forced.id).status, showTask(t.board, forced.id).parents.length]).toEqual(["ready", 1]);
  });
});

test("an undo that makes a task ready at once, because what it waited for was finished since, can be undone", () => {
  const t = testBoard();
  const parent = t.ready();
  const { id } = t.ready({ parents: [parent.id] });
  moveTask(t.board, id, "triage");
  completeTask(asActor(t.board, "bob"), parent.id);

  const undone = undoNewest(t.board);
  expect(undone.tasks).toMatchObject([{ id, status: "ready" }]);
  undoAct(t.board, undone.act!);
  expect(getTask(t.board, id).status).toBe("triage");
});

test.each([
  ["an hour from now", 3_600_000],
  ["no time", null],
] as const)("an undo of a patch that moved a task and scheduled it for %s can be undone", (_, start) => {
  const t = testBoard();
  const { id } = t.ready({ not_before: t.clock.ms });
  t.clock.ms += start === null ? -2_000 : 2_000; // What was the past is the future again, after a clock was set.
  patchTask(t.board, id, { status: "triage", not_before: start === null ? null : t.clock.ms + start });
  const after = core(getTask(t.board, id));

  const undone = undoNewest(t.board);
  expect(getTask(t.board, id).status).toBe(start === null ? "todo" : "ready");
  undoAct(t.board, undone.act!);
  expect(core(getTask(t.board, id))).toEqual(after);
});

describe("undoAct()", () => {
  test("of many tasks leaves alone what was changed since, and says who did it", () => {
    const t = testBoard();
    const ids = [t.ready().id, t.ready().id, t.ready().id];
    const acting = asOneAct(t.board);
    for (const id of ids) archiveTask(acting, id);
    restoreTask(asActor(t.board, "bob"), ids[1]!);
    t.clock.ms += 125_000;

    const undone = undoNewest(t.board);

    expect(undone.tasks.map(({ id }) => id)).toEqual([ids[0]!, ids[2]!]);
    expect(undone.refused).toEqual([
      { id: ids[1]!, error: expect.stringMatching(/its status must be as that left it, bob restored it 2 min ago$/) },
    ]);
    expect(undoAct(t.board, undone.act!).tasks.map(({ status }) => status)).toEqual(["archived", "archived"]);
  });

  test.each<[what: string, act: (board: Board, id: string) => void, since: (board: Board, id: string) => void, RegExp]>(
    [
      [
        "a move",
        (b, id) => moveTask(b, id, "todo"),
        (b, id) => moveTask(b, id, "triage"),
        /status .* bob moved it to triage/,
      ],
      [
        "a move",
        (b, id) => moveTask(b, id, "todo"),
        (b, id) => completeTask(b, moveTask(b, id, "ready").id),
        /bob completed it/,
      ],
      [
        "a title",
        (b, id) => editTask(b, id, { title: "1" }),
        (b, id) => editTask(b, id, { title: "2" }),
        /title .* bob edited it/,
      ],
      [
        "a priority",
        (b, id) => editTask(b, id, { priority: 1 }),
        (b, id) => editTask(b, id, { priority: 2 }),
        /priority/,
      ],
      [
        "an assignee",
        (b, id) => assignTask(b, id, "x"),
        (b, id) => assignTask(b, id, "y"),
        /assignee .* bob assigned it/,
      ],
      [
        "anything, when archived",
        (b, id) => editTask(b, id, { title: "1" }),
        (b, id) => archiveTask(b, id),
        /unarchived/,
      ],
    ],
  )("of %s is refused when that was changed since", (_, act, since, message) => {
    const t = testBoard();
    const { id } = t.ready();
    act(t.board, id);
    const { id: actId } = newestAct(t.board, {})!;
    since(asActor(t.board, "bob"), id);

    t.refused(() => undoAct(t.board, actId), "conflict", message);
  });

  test("goes on when something else was changed since, or what was changed is undone", () => {
    const t = testBoard();
    const { id } = t.ready({ title: "One" });
    editTask(t.board, id, { title: "Two" });
    const { id: actId } = newestAct(t.board, {})!;
    const bob = asActor(t.board, "bob");
    editTask(bob, id, { priority: 4, title: "Three" });
    t.refused(() => undoAct(t.board, actId), "conflict");
    undoNewest(bob);
    moveTask(bob, id, "todo");

    undoAct(t.board, actId);
    expect(getTask(t.board, id)).toMatchObject({ title: "One", priority: 0, status: "todo" });
  });

  test("is refused after ten minutes, for what is no act, and a second time", () => {
    const t = testBoard();
    const { id, last_event_id: created } = t.ready();
    t.refused(() => undoAct(t.board, created), "not_found", "it is created");
    t.refused(() => undoAct(t.board, 99), "not_found", "there is no such event");
    const { last_event_id: moved } = moveTask(t.board, id, "todo");
    t.clock.ms += 600_001;
    t.refused(() => undoAct(t.board, moved), "refused", "at most 10 minutes old, it is 10 min ago");
    const { last_event_id: again } = moveTask(t.board, id, "ready");
    undoAct(t.board, again);
    t.refused(() => undoAct(t.board, again), "conflict", "ann undid it just now");
  });

  test("is refused for what a worker did, and for what came of an act", () => {
    const t = testBoard();
    const { id } = t.ready();
    const other = t.ready({ parents: [id] });
    const { run } = claimTask(t.board, id, { claimer: "w", may: ["edit"] });
    const worker = asWorker(t.board, "coder");
    const claim = { taskId: id, runId: run.id };
    const edited = underRun(worker, claim, "edit", [other.id], () => editTask(worker, other.id, { title: "its" }));
    t.refused(() => undoAct(t.board, edited.last_event_id), "refused", "it was coder, a worker");
    underRun(worker, claim, "complete", [id], () => completeTask(worker, id, { runId: run.id }));
    const { last_event_id: completed } = getTask(t.board, id);
    t.refused(() => undoAct(t.board, completed), "not_found", "it is completed");
    t.refused(() => undoAct(t.board, getTask(t.board, other.id).last_event_id), "not_found", "it is promoted");
    expect(newestAct(t.board, {})).toBeNull();
  });

  test("of an archiving is refused when another task has its idempotency key", () => {
    const t = testBoard();
    const { id } = t.ready({ idempotency_key: "k" });
    const { last_event_id } = archiveTask(t.board, id);
    createTask(t.board, { title: "another", idempotency_key: "k" });

    t.refused(() => undoAct(t.board, last_event_id), "conflict", "idempotency key must be free");
  });
});

describe("newestAct()", () => {
  test("goes further back each time, passes over others' acts and undos, and takes what was redone", () => {
    const t = testBoard();
    const [a, b] = [t.ready(), t.ready()];
    const first = moveTask(t.board, a.id, "todo").last_event_id;
    const second = editTask(t.board, b.id, { title: "x" }).last_event_id;
    archiveTask(asActor(t.board, "bob"), b.id);

    expect(newestAct(t.board, {})).toEqual({
      id: second,
      by: "ann",
      at: t.clock.ms,
      what: "the edit",
      task_ids: [b.id],
    });
    expect(newestAct(t.board, { taskId: a.id })!.id).toBe(first);
    undoNewest(asActor(t.board, "bob"));
    const { act } = undoNewest(t.board);
    expect(newestAct(t.board, {})!.id).toBe(first);
    undoAct(t.board, act!);
    expect(newestAct(t.board, {})!.id).toBe(second);
    undoNewest(t.board);
    undoNewest(t.board);
    expect(newestAct(t.board, {})).toBeNull();
    t.clock.ms += 600_001;
    expect(newestAct(asActor(t.board, "bob"), {})).toBeNull();
  });

  test("does not count an act whose first transaction was rolled back", () => {
    const t = testBoard();
    const [a, b] = [t.done(), t.ready()];
    const acting = asOneAct(t.board);
    t.refused(
      () => patchTask(acting, a.id, { title: "x", status: "blocked", assignee: "bob", priority: 1 }),
      "conflict",
    );
    const { last_event_id: bobs } = editTask(asActor(t.board, "bob"), b.id, { title: "bob's" });
    const { last_event_id: mine } = archiveTask(acting, a.id);

    expect(undoAct(t.board, mine).tasks.map(({ id }) => id)).toEqual([a.id]);
    expect(undoAct(t.board, bobs).tasks.map(({ id }) => id)).toEqual([b.id]);
  });
});

test("a random sequence of acts is undone step by step to where it began", () => {
  const steps: ((t: TestBoard, ids: string[], n: number) => void)[] = [
    ({ board }, ids, n) => moveTask(board, ids[n % 3]!, (["triage", "todo", "ready"] as const)[n % 3]!),
    ({ board }, ids, n) => completeTask(board, ids[n % 3]!, n % 2 === 0 ? { result: `r${n}` } : {}),
    ({ board }, ids, n) => blockTask(board, ids[n % 3]!, { reason: `q${n}` }),
    ({ board }, ids, n) => unblockTask(board, ids[n % 3]!),
    ({ board }, ids, n) => archiveTask(board, ids[n % 3]!),
    ({ board }, ids, n) => restoreTask(board, ids[n % 3]!),
    ({ board }, ids, n) => assignTask(board, ids[n % 3]!, ["bob", null][n % 2]!),
    ({ board }, ids, n) => editTask(board, ids[n % 3]!, { title: `t${n}`, body: n % 2 === 0 ? `b${n}` : null }),
    ({ board }, ids, n) => editTask(board, ids[n % 3]!, { priority: n, tenant: n % 2 === 0 ? "a" : null }),
    ({ board }, ids, n) => linkTasks(board, ids[n % 2]!, ids[2]!),
    ({ board }, ids, n) => unlinkTasks(board, ids[n % 2]!, ids[2]!),
  ];
  const step = fc.tuple(fc.integer({ min: 0, max: steps.length - 1 }), fc.integer({ min: 0, max: 11 }));
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 12 }), (sequence) => {
      const t = testBoard();
      const ids = [t.ready().id, t.ready().id, t.ready().id];
      const states = () =>
        ids.map((id) => [core(getTask(t.board, id)), showTask(t.board, id).parents.map((parent) => parent.id)]);
      const story: unknown[] = [states()];
      for (const [kind, n] of sequence) {
        t.clock.ms += 1_000;
        const before = t.kinds().length;
        try {
          steps[kind]!(t, ids, n);
        } catch (error) {
          if (!(error instanceof KanbanError)) throw error;
        }
        if (t.kinds().length > before) story.push(states());
      }
      while (story.length > 1) {
        expect(states()).toEqual(story.pop() as never);
        t.clock.ms += 1_000;
        undoNewest(t.board);
      }
      expect(states()).toEqual(story[0] as never);
      expect(newestAct(t.board, {})).toBeNull();
    }),
    { numRuns: 150 },
  );
});
