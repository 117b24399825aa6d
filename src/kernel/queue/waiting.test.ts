import { describe, expect, test } from "bun:test";
import { inStatus, plansOf } from "../../testing/kernel.ts";
import { EPOCH, type TestBoard, testBoard } from "../../testing/mod.ts";
import {
  addComment,
  archiveTask,
  asActor,
  assignTask,
  blockTask,
  claimForWorker,
  claimTask,
  endUnavailable,
  explained,
  failRun,
  getTask,
  linkTasks,
  listTasks,
  moveTask,
  type QueueView,
  rateLimitRun,
  recordGone,
  reclaimTask,
  setPaused,
  type Task,
  waitingFor,
} from "../mod.ts";

const FREE = { max_running: null, max_runtime_seconds: null };
const QUEUE: QueueView = {
  names: new Set(["coder", "reviewer"]),
  limits: () => FREE,
  maxWorkers: 4,
  dispatcher: "running",
  trouble: null,
  only: null,
  people: new Set(["ann"]),
};
const wait = ({ board }: TestBoard, id: string, view: Partial<QueueView> = {}) =>
  waitingFor(board, [getTask(board, id)], () => ({ ...QUEUE, ...view })).get(id) ?? null;
const words = (t: TestBoard, id: string, view: Partial<QueueView> = {}) => wait(t, id, view)?.words;

/** Starts workers for the next tasks in line. */
function start({ board }: TestBoard, n: number): Task[] {
  const profiles = new Map([...QUEUE.names].map((name) => [name, FREE]));
  const options = { claimer: "dispatcher", boot_id: "boot-1", profiles, maxWorkers: 100 };
  return Array.from({ length: n }, () => claimForWorker(board, options)!.task);
}

describe("waitingFor()", () => {
  test("leaves out what runs, is finished, or is about to be started", () => {
    const t = testBoard();
    const ids = [t.ready(), inStatus(t, "running"), inStatus(t, "done"), inStatus(t, "archived")].map(({ id }) => id);

    expect(ids.map((id) => wait(t, id))).toEqual([null, null, null, null]);
  });

  test("names what a person has to do: release, approve, answer, move on", () => {
    const t = testBoard();
    const { id: parked } = t.ready();
    moveTask(t.board, parked, "todo");
    const { id: silent } = t.ready();
    blockTask(t.board, silent);

    expect(wait(t, inStatus(t, "triage").id)).toMatchObject({
      kind: "person",
      words: "a person to release it from triage",
    });
    expect(wait(t, inStatus(t, "review").id)).toEqual({ kind: "approval", words: "approval", until: null });
    expect(wait(t, inStatus(t, "blocked").id)).toEqual({ kind: "answer", words: "an answer: which one?", until: null });
    expect(wait(t, parked)).toMatchObject({ kind: "parked", words: "a person to move it: it is parked" });
    expect(wait(t, silent)).toMatchObject({ kind: "person", words: "a person to unblock it" });
  });

  test("distinguishes a question from a task that gave up, by its newest event", () => {
    const t = testBoard();
    const { id } = t.ready();
    const [{ current_run_id: runId }] = [claimTask(t.board, id, { claimer: "w" }).task];
    const failure = { kind: "spawn_failed", error: "no such program\nat all" } as const;
    failRun(t.board, { taskId: id, runId: runId! }, failure, { failureLimit: 1, backoffMs: () => 0 });

    expect(wait(t, id)).toEqual({
      kind: "person",
      words: "a person: it gave up after 1 failure: no such program",
      until: null,
    });
  });

  test("names the unfinished parents, with the question of a blocked one, and that there are more", () => {
    const t = testBoard();
    const { id } = t.ready();
    const parents = [inStatus(t, "running"), t.ready(), t.done(), t.ready(), t.ready()];
    for (const parent of parents) linkTasks(t.board, parent.id, id);
    blockTask(t.board, parents[1]!.id, { reason: "Which key?\nA or B?" });
    archiveTask(t.board, parents[3]!.id);
    const [a, b, , c] = parents.map((parent) => parent.id);

    expect(wait(t, id)).toEqual({
      kind: "parents",
      words: `its parents ${a} (running), ${b} (blocked: Which key?), ${c} (archived unfinished, never releases it) and more`,
      until: null,
    });
  });

  test("says from when on, and what is waited for before", () => {
    const t = testBoard();
    const later = { not_before: EPOCH + 60_000 };
    const parent = t.ready();
    const child = t.ready({ ...later, parents: [parent.id] });
    const alone = t.ready(later);

    expect(wait(t, alone.id)).toEqual({
      kind: "scheduled",
      words: "its start, not before 2026-01-01T00:01:00Z",
      until: EPOCH + 60_000,
    });
    expect(words(t, child.id)).toBe(
      `its parent ${parent.id} (ready); then for its start, not before 2026-01-01T00:01:00Z`,
    );
    t.clock.ms += 60_000;
    expect(words(t, alone.id)).toBe("the dispatcher to make it ready");
    expect(words(t, alone.id, { dispatcher: "none" })).toBe("a dispatcher: none is running");
  });

  test("says who is missing: an assignee, a profile of that name, a person", () => {
    const t = testBoard();
    const { id } = t.ready({ assignee: "revewer" });
    const { id: unusable } = t.ready();
    const limits = () => 'Cannot read "x": agent must be one of claude';

    expect(wait(t, t.ready({ assignee: null }).id)?.kind).toBe("unassigned");
    expect(wait(t, id)).toMatchObject({
      kind: "no_profile",
      words: 'a profile named "revewer" (did you mean "reviewer"?)',
    });
    expect(words(t, unusable, { limits })).toBe(
      'its profile "coder" to be repaired: Cannot read "x": agent must be one of claude',
    );
    expect(wait(t, t.ready({ assignee: "zoe" }).id)).toMatchObject({
      kind: "person",
      words: "zoe to claim it: no profile has this name",
    });
    expect(wait(t, t.ready({ assignee: "ann" }).id)).toMatchObject({ kind: "person", words: "ann to claim it" });
  });

  test("says what keeps the dispatcher from starting it [F4]", () => {
    const t = testBoard();
    const { id } = t.ready();

    expect(words(t, id, { dispatcher: "none" })).toBe("a dispatcher: none is running");
    expect(words(t, id, { dispatcher: "silent" })).toBe("the dispatcher: it does not answer");
    expect(words(t, id, { trouble: "the disk is full" })).toBe("the dispatcher: the disk is full");
    expect(words(t, id, { only: new Set(["reviewer"]) })).toBe(
      "a dispatcher for coder: the running one starts only reviewer",
    );
    setPaused(t.board, true);
    expect(wait(t, id)).toMatchObject({ kind: "paused", words: "the board to be resumed (paused by ann)" });
  });

  test("says when it is tried again, and after what", () => {
    const t = testBoard();
    const [failed, limited] = [t.ready(), t.ready()].map(({ id }) => claimTask(t.board, id, { claimer: "w" }));
    const at = ({ task, run }: typeof failed & {}) => ({ taskId: task.id, runId: run.id });
    const failure = { kind: "spawn_failed", error: "x" } as const;
    failRun(t.board, at(failed!), failure, { failureLimit: 5, backoffMs: () => 12_000 });
    rateLimitRun(t.board, at(limited!), { retryMs: 300_000 });

    expect(wait(t, failed!.task.id)).toEqual({
      kind: "back_off",
      words: "its next try after 1 failure, in 12 s",
      until: EPOCH + 12_000,
    });
    expect(words(t, limited!.task.id)).toBe("its next try, in 5 min");
    t.clock.ms += 12_000;
    expect(wait(t, failed!.task.id)).toBeNull();
  });

  test("names the hold of what its profile needs, and leaves the other profiles alone [F4]", () => {
    const t = testBoard();
    const [mine, other] = [t.ready(), t.ready({ assignee: "reviewer" })];
    const { run } = claimTask(t.board, t.ready().id, { claimer: "coder" });
    const on = { kind: "account", key: "team" } as const;
    const fault = { on, reason: "HTTP 503", profile: "coder", profiles: ["coder"], permanent: false } as const;
    endUnavailable(t.board, { taskId: run.task_id, runId: run.id }, { ...fault, proof: "call" });

    expect(wait(t, mine.id)).toEqual({
      kind: "hold",
      words: 'account "team", which cannot be used: HTTP 503',
      until: EPOCH + 1_000,
    });
    expect(wait(t, other.id)).toBeNull();
    t.clock.ms += 1_000;
    expect(wait(t, mine.id)).toBeNull(); // It may try whether that is over.
  });

  test("names the task that works in its worktree, and its own process of before", () => {
    const t = testBoard();
    const tree = { workspace_kind: "worktree", workspace_path: "/repo/x" } as const;
    const [first, second] = [t.ready(tree), t.ready(tree)];
    const [running] = start(t, 1);

    expect(wait(t, second.id)).toMatchObject({
      kind: "worktree",
      words: `its worktree, which task ${first.id} uses`,
    });
    reclaimTask(t.board, first.id);
    expect(wait(t, first.id)).toMatchObject({
      kind: "previous_process",
      words: `the end of its previous process (run ${running!.current_run_id})`,
    });
    recordGone(t.board, running!.current_run_id!);
    expect([wait(t, first.id), wait(t, second.id)]).toEqual([null, null]);
  });

  test("gives the place in line for a free slot, in the order in which they are claimed [F4]", () => {
    const t = testBoard();
    start(t, t.ready() && 1);
    const late = t.ready({ priority: 1 });
    const [a, b] = [t.ready({ priority: 2 }), t.ready({ priority: 2, assignee: "reviewer" })];
    assignTask(t.board, t.ready({ priority: 9 }).id, "nobody here"); // Not in line: nothing would start it.
    const one = { maxWorkers: 1 };

    expect([a, b, late].map(({ id }) => words(t, id, one))).toEqual([
      "a free slot (1 of 1 busy, 1st in line)",
      "a free slot (1 of 1 busy, 2nd in line)",
      "a free slot (1 of 1 busy, 3rd in line)",
    ]);
    expect(start(t, 3).map(({ id }) => id)).toEqual([a.id, b.id, late.id]);
  });

  test("gives the place among the tasks of a profile that is at its limit", () => {
    const t = testBoard();
    const limits = (name: string) => (name === "coder" ? { ...FREE, max_running: 1 } : FREE);
    start(t, t.ready() && 1);
    const [review, first, second] = [t.ready({ assignee: "reviewer" }), t.ready(), t.ready()];

    expect([first, second].map(({ id }) => wait(t, id, { limits }))).toEqual([
      { kind: "profile_slots", words: "a free slot of coder (1 of 1 busy, 1st in line)", until: null },
      { kind: "profile_slots", words: "a free slot of coder (1 of 1 busy, 2nd in line)", until: null },
    ]);
    expect(wait(t, review.id, { limits })).toBeNull();
  });

  test("does not count places that are far behind", () => {
    const t = testBoard();
    start(t, t.ready() && 1);
    const ids = Array.from({ length: 112 }, () => t.ready().id);
    const tail = (n: number) => words(t, ids[n - 1]!, { maxWorkers: 1 })?.slice("a free slot (1 of 1 busy, ".length);

    expect([11, 21, 100, 101].map(tail)).toEqual([
      "11th in line)",
      "21st in line)",
      "100th in line)",
      "more than 100 before it)",
    ]);
  });

  test("reads a list with as many statements as one task, each through an index", () => {
    const t = testBoard();
    const fill = (n: number) => {
      for (let i = 0; i < n; i++) {
        inStatus(t, "blocked");
        inStatus(t, "todo");
        t.ready({ workspace_kind: "worktree", workspace_path: `/repo/${i}` });
      }
    };
    fill(1);
    start(t, 1);
    const plans = () => {
      const tasks = listTasks(t.board);
      return plansOf(t.board, () => waitingFor(t.board, tasks, () => ({ ...QUEUE, maxWorkers: 1 })));
    };
    const few = plans();
    fill(20);

    expect(plans()).toEqual(few);
    expect(
      few.flat().filter((line) => /SCAN (?![ickl]\b|chain|\(subquery|json_each|board_state|.* USING INDEX)/.test(line)),
    ).toEqual([]);
  });

  test("asks for the queue only when a task depends on it", () => {
    const t = testBoard();
    const tasks = (["triage", "running", "review", "blocked", "done"] as const).map((status) => inStatus(t, status));
    const never = (): QueueView => {
      throw new Error("nobody needs it");
    };

    expect(explained(t.board, tasks, never).map(({ waits_for }) => waits_for?.kind ?? null)).toEqual([
      "person",
      null,
      "approval",
      "answer",
      null,
    ]);
  });
});

describe("people", () => {
  const kind = (t: TestBoard, assignee: string) => wait(t, t.ready({ assignee }).id)?.kind;

  test("are names that created, commented or claimed by themselves", () => {
    const t = testBoard();
    const { id } = t.ready({ created_by: "bob" });
    addComment(t.board, id, { body: "hm", author: "cleo" });
    claimTask(asActor(t.board, "dora"), id, { claimer: "dora@host:1" });

    expect(["bob", "cleo", "dora"].map((name) => kind(t, name))).toEqual(["person", "person", "person"]);
  });

  test("are neither names that agents signed with nor profiles that are gone", () => {
    const t = testBoard();
    const { id } = t.ready();
    addComment(t.board, id, { body: "hm", author: "ceo", via: "coder" });
    t.ready({ created_by: "planner", from_task: id });
    start(t, 1);
    blockTask(t.board, id, { reason: "which?" }); // Its comment is signed by who acts.
    const view = { names: new Set(["reviewer"]) };

    const unknown = (name: string) => words(t, t.ready({ assignee: name }).id);
    expect(["ceo", "planner"].map(unknown)).toEqual([
      "ceo to claim it: no profile has this name",
      "planner to claim it: no profile has this name",
    ]);
    expect(wait(t, t.ready({ assignee: "coder" }).id, view)?.kind).toBe("no_profile");
  });
});
