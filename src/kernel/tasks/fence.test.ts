import { describe, expect, test } from "bun:test";
import { testBoard } from "../../testing/mod.ts";
import { type Act, ACTS, checkAct, type Grant, GRANTS, underRun } from "./fence.ts";
import {
  addComment,
  asWorker,
  claimForWorker,
  claimTask,
  completeTask,
  createTask,
  getTask,
  listComments,
  reclaimTask,
} from "../mod.ts";

const ALL = Object.keys(ACTS) as Act[];
/** What every worker may do, with any profile: a decision, not to be read off the table. */
const EVERY_WORKER: readonly Act[] = ["create", "comment", "heartbeat", "complete", "block", "link"];
const NO_WORKER: readonly Act[] = [
  "claim",
  "undo",
  "plan",
  "release",
  "dispatch",
  "serve",
  "profile",
  "setup",
  "import",
  "mentions",
  "views",
];

/** A worker at its task, a task that it created, one of another worker, and one without a creator among workers. */
function atWork({ may = [] as readonly Grant[] } = {}) {
  const t = testBoard("coder");
  const { id } = t.ready();
  const profiles = new Map([["coder", { max_running: null, max_runtime_seconds: null, may }]]);
  const { run } = claimForWorker(t.board, { claimer: "d", boot_id: "b", profiles, maxWorkers: 9 })!;
  const me = { taskId: id, runId: run.id };
  const created = createTask(t.board, { title: "Follow-up", from_task: id }).task.id;
  const other = t.ready({ title: "Somebody else's" }).id;
  const theirs = claimTask(t.board, other, { claimer: "w" }).run;
  const far = t.ready({ title: "Idle" }).id;
  const act = (kind: Act, targets: readonly string[], claim = me) =>
    underRun(t.board, claim, kind, targets, () => addComment(t.board, far, { body: kind }));
  return { ...t, id, run, me, created, other, theirs, far, act };
}

test("the closed list says of every act who may do it", () => {
  expect([...EVERY_WORKER, ...NO_WORKER, ...GRANTS.filter((act) => act !== "link")].toSorted()).toEqual(ALL.toSorted());
  expect(GRANTS).toContain("unblock");
});

describe("underRun() of a worker without a grant", () => {
  test.each(ALL.filter((act) => !EVERY_WORKER.includes(act)))("refuses to %s, on any task [D1]", (kind) => {
    const t = atWork();
    const words = NO_WORKER.includes(kind)
      ? "only a person may do it, and this is the environment of a worker (run 1)"
      : `the profile of run 1 must have allowed it with may: [${kind}], it allowed nothing`;

    for (const target of [t.id, t.created, t.other])
      t.refused(() => t.act(kind, [target]), "refused", `Cannot ${ACTS[kind].says}: ${words}`);
  });

  test.each(["heartbeat", "complete", "block"] as const)("lets it %s its own task alone [D1]", (kind) => {
    const t = atWork();

    for (const target of [t.created, t.other]) {
      t.refused(
        () => t.act(kind, [t.id, target]),
        "refused",
        `Cannot ${kind} task "${target}": a worker may ${kind} only its own task, which is "${t.id}"`,
      );
    }
    t.act(kind, [t.id]);

    expect(listComments(t.board, t.far)).toHaveLength(1);
  });

  test("lets it comment on any task and create one [D1]", () => {
    const t = atWork();

    t.act("comment", [t.other]);
    t.act("create", []);

    expect(listComments(t.board, t.far)).toHaveLength(2);
  });

  test("lets it link its own task and those created under it, also by an earlier run [D1]", () => {
    const t = atWork();
    const pairs: (readonly [string, string])[] = [
      [t.id, t.far],
      [t.far, t.id],
      [t.created, t.far],
      [t.far, t.created],
    ];

    for (const pair of pairs) t.act("link", pair);
    reclaimTask(t.board, t.id);
    const { run } = claimTask(t.board, t.id, { claimer: "again" });
    t.act("link", [t.created, t.far], { taskId: t.id, runId: run.id });

    expect(listComments(t.board, t.far)).toHaveLength(5);
  });

  test("refuses to link two tasks of others, also one that waits for its own [D1]", () => {
    const t = atWork();
    createTask(t.board, { title: "Child of its own, made by a person", parents: [t.id] });
    const child = createTask(t.board, { title: "Child", parents: [t.id] }).task.id;

    for (const pair of [
      [t.far, t.other],
      [child, t.far],
    ])
      t.refused(() => t.act("link", pair), "refused", `one end must be your own task, "${t.id}", or one that was cr`);
  });
});

describe("underRun() with a grant", () => {
  test.each(GRANTS)("lets it %s tasks of others, and nothing else [D1]", (kind) => {
    const t = atWork({ may: [kind] });

    t.act(kind, [t.other, t.far]);

    expect(listComments(t.board, t.far)).toHaveLength(1);
    const another = GRANTS.find((grant) => grant !== kind && grant !== "link")!;
    t.refused(
      () => t.act(another, [t.other]),
      "refused",
      `must have allowed it with may: [${another}], it allowed may: [`,
    );
    t.refused(() => t.act("complete", [t.other]), "refused", "only its own task");
  });

  test.each(["approve", "request-changes"] as const)("never covers the worker's own work: %s [D1]", (kind) => {
    const t = atWork({ may: [kind] });

    t.refused(() => t.act(kind, [t.other, t.id]), "refused", `the work of another task than your own, "${t.id}"`);
  });

  test("counts as it was stored at the claim, and a person's claim has none", () => {
    const t = atWork({ may: ["unblock", "approve"] });

    expect(checkAct(t.board, t.me, "unblock").may).toEqual(["unblock", "approve"]);
    expect(claimTask(t.board, t.far, { claimer: "ann" }).run.may).toEqual([]);
  });
});

describe("underRun() of a run that is not the open one of its task", () => {
  const SOME = ALL.filter((act) => !NO_WORKER.includes(act));

  test.each(SOME)("refuses to %s under another task's run, own task or not [D3]", (kind) => {
    const t = atWork({ may: GRANTS });
    const forged = { taskId: t.id, runId: t.theirs.id };

    for (const target of [t.id, t.other]) {
      t.refused(
        () => t.act(kind, [target], forged),
        "conflict",
        `your run ${t.theirs.id} must be open, there is no run ${t.theirs.id} of task "${t.id}"`,
      );
    }
  });

  test.each(SOME)("refuses to %s after a reclaim, and says what became of the run [D3]", (kind) => {
    const t = atWork({ may: GRANTS });
    reclaimTask(t.board, t.id, { reason: "lease ran out" });
    const late = "your run 1 must be open, run 1 ended as reclaimed (lease ran out), the task is";

    t.refused(() => t.act(kind, [t.id]), "conflict", `Cannot ${ACTS[kind].says}: ${late} ready`);
    claimTask(t.board, t.id, { claimer: "second" });
    t.refused(() => t.act(kind, [t.id]), "conflict", `Cannot ${ACTS[kind].says}: ${late} running`);
  });

  test("refuses a run that never was", () => {
    const t = atWork();
    t.refused(
      () => t.act("comment", [t.id], { taskId: t.id, runId: 99 }),
      "not_found",
      "Cannot comment: no such run, 99",
    );
  });

  test("a run without a task means its own task [D3]", () => {
    const t = atWork();
    const alone = (kind: Act, target: string) =>
      underRun(t.board, { runId: t.run.id }, kind, [target], () => completeTask(t.board, target));

    t.refused(() => alone("complete", t.other), "refused", "only its own task");
    alone("complete", t.id);

    expect(getTask(t.board, t.id).status).toBe("done");
  });
});

test("a person is not checked, and gets no run", () => {
  const { board, ready } = testBoard();
  const { id } = ready();

  const run = underRun(board, null, "approve", [id], (found) => {
    completeTask(board, id);
    return found;
  });

  expect([run, getTask(board, id).status]).toEqual([null, "done"]);
});

test("leaves nothing of a write that fails half way", () => {
  const t = atWork();
  t.refused(
    () =>
      underRun(t.board, t.me, "comment", [t.id], () => {
        addComment(t.board, t.id, { body: "first" });
        completeTask(t.board, "t_ffffffff");
      }),
    "not_found",
  );
});

test("a worker's board cannot be written to past the fence [D3]", () => {
  const t = atWork();
  const board = asWorker(t.board, "coder");
  const before = t.dump();

  expect(() => addComment(board, t.id, { body: "past it" })).toThrow("a worker's board is written to under its run");
  expect(() => underRun(board, null, "comment", [t.id], () => {})).toThrow(TypeError);
  expect(t.dump()).toBe(before);

  underRun(board, t.me, "comment", [t.id], () => addComment(board, t.id, { body: "under it" }));
  expect(listComments(t.board, t.id)).toMatchObject([{ author: "coder", body: "under it" }]);
  expect(() => addComment(board, t.id, { body: "and again" })).toThrow(TypeError);
});
