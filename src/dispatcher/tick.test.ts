import { afterEach, describe, expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { UNTIL_TERM, type TestHome, testHome } from "../testing/dispatcher.ts";
import { closeBoard, getTask, openBoard, taskEvents } from "../kernel/mod.ts";
import { dump, until } from "../testing/mod.ts";
import { systemProcesses } from "./processes/liveness.ts";
import { dispatchOnce, tick } from "./tick.ts";

let t: TestHome;
afterEach(() => t?.close());
const system = systemProcesses();

describe("tick()", () => {
  test("deals with every other run when one of them goes wrong, and says so", async () => {
    t = testHome();
    t.script("exit 3");
    const [one, two] = [t.ready(), t.ready()];
    await t.pass(t.dispatcher());
    const bad = t.run(one.id).pid!;
    await t.untilGone(bad);
    await t.untilGone(t.run(two.id).pid!);
    const look = (pid: number) => {
      if (pid === bad) throw new Error("unexpected");
      return system.look(pid);
    };
    const d = t.dispatcher({ processes: { ...system, look } });

    await until(async () => (await tick(d), t.run(two.id).ended_at !== null));

    expect(t.run(two.id)).toMatchObject({ outcome: "crashed", exit_code: 3 });
    expect(t.run(one.id).outcome).toBeNull();
    expect(d.pass.fault).toMatchObject({ message: "unexpected" });
  });

  test("starts what became due while an earlier pass was under way, or was cut short", async () => {
    t = testHome();
    t.script("sleep 300");
    const d = t.dispatcher();
    const { id } = t.ready({ not_before: t.clock.ms + 60_000 });
    await tick(d);
    t.advance(60_000);
    // A pass that began before the instant and ended after it, and one that failed at its beginning.
    d.wake.at = t.clock.ms + 50;

    await t.pass(d);

    expect(getTask(t.board, id).status).toBe("running");
  });

  test("wakes at an instant that comes while it is under way", async () => {
    t = testHome();
    t.script("sleep 300");
    const board = { ...t.board, now: () => t.clock.ms++ };
    const d = { ...t.dispatcher(), board };
    const { id } = t.ready({ not_before: t.clock.ms + 5_000 });
    await tick(d);
    const at = getTask(t.board, id).not_before!;

    // From here on the clock runs: each reading is a millisecond later.
    t.clock.ms = at - 1;
    await tick(d);

    expect(getTask(t.board, id).status === "running" || d.wake.at === at).toBe(true);
  });

  test("reports once a task that has been ready for ten minutes without a profile of its name", async () => {
    t = testHome();
    t.script("true");
    const { id } = t.ready({ assignee: "codr" });
    const d = t.dispatcher();
    await t.pass(d);
    expect(t.kinds(id)).toEqual(["created"]);

    for (let i = 0; i < 3; i++) {
      t.advance(600_000);
      await t.pass(d);
    }

    expect(t.kinds(id)).toEqual(["created", "stranded"]);
    expect(taskEvents(t.board, id).at(-1)!.payload).toEqual({ assignee: "codr", meant: "coder" });
  });

  test("takes no lock on a board without work", async () => {
    t = testHome();
    t.script("sleep 300");
    const d = t.dispatcher();
    t.ready({ not_before: t.clock.ms + 60_000 });
    const board = openBoard(t.home.db, { busyMs: 0, now: t.board.now });
    t.board.db.run("BEGIN IMMEDIATE");

    await tick({ ...d, board });

    t.board.db.run("ROLLBACK");
    closeBoard(board);
  });
});

describe("dispatchOnce()", () => {
  const once = (options: Parameters<typeof dispatchOnce>[3] = {}) => dispatchOnce(t.board, t.home, t.config, options);

  test("makes one pass, returns what it did and leaves its workers running", async () => {
    t = testHome();
    t.script("sleep 300");
    const mine = t.ready();
    const [unassigned, foreign] = [t.ready({ assignee: null }), t.ready({ assignee: "zoe" })];
    t.ready({ assignee: "ann" }); // Who created them, a person.

    const result = await once();

    expect(result).toEqual({
      reclaimed: 0,
      crashed: 0,
      timed_out: 0,
      auto_blocked: 0,
      promoted: 0,
      spawned: [{ task_id: mine.id, assignee: "coder", workspace: join(t.home.workspaces, mine.id) }],
      skipped_unassigned: [unassigned.id],
      skipped_no_profile: [foreign.id],
      ...{ ready: 0, workers: 1, max_workers: 4 },
    });
    expect(system.look(t.run(mine.id).pid!)).not.toBeNull();
  });

  test("limited to some profiles, it does not call the others missing", async () => {
    t = testHome();
    t.script("sleep 300");
    t.script("sleep 300", {}, "writer");
    t.ready({ assignee: "writer" });
    const foreign = t.ready({ assignee: "zoe" });

    const { skipped_no_profile } = await once({ assignees: ["coder"] });

    expect(skipped_no_profile).toEqual([foreign.id]);
  });

  test("reconciles the workers of the pass before it", async () => {
    t = testHome();
    t.script("exit 3");
    const { id } = t.ready();
    await once();
    await t.untilGone(t.run(id).pid!);

    const { crashed, spawned } = await once();

    expect({ crashed, spawned }).toEqual({ crashed: 1, spawned: [] });
    expect(t.run(id)).toMatchObject({ outcome: "crashed", exit_code: 3 });
  });

  test("completes the end of a worker that it asked to end", async () => {
    t = testHome();
    t.script(UNTIL_TERM, { max_runtime: 1 });
    const { id } = t.ready();
    await once();
    await t.logged(id, "up");
    t.clock.ms += 2_000;

    const { timed_out } = await once();

    expect(timed_out).toBe(1);
    expect(t.run(id)).toMatchObject({ outcome: "timed_out", process_gone_at: t.clock.ms });
  });

  test("with dryRun returns what it would start and changes nothing at all", async () => {
    t = testHome();
    t.script("sleep 300");
    t.script("sleep 300", { max_running: 1 }, "writer");
    const [one, two] = [t.ready(), t.ready({ assignee: "writer" })];
    t.ready({ assignee: "writer" });
    const files = () => readdirSync(t.home.dir, { recursive: true }).sort();
    const before = { rows: dump(t.board), files: files() };

    const { spawned } = await once({ dryRun: true, maxWorkers: 3 });

    expect(spawned.map(({ task_id, workspace }) => [task_id, workspace])).toEqual([
      [one.id, join(t.home.workspaces, one.id)],
      [two.id, join(t.home.workspaces, two.id)],
    ]);
    expect({ rows: dump(t.board), files: files() }).toEqual(before);
  });
});
