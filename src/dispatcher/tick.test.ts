import { afterEach, describe, expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { UNTIL_TERM, type TestHome, testHome } from "../testing/dispatcher.ts";
import { dump } from "../testing/mod.ts";
import { systemProcesses } from "./liveness.ts";
import { dispatchOnce } from "./tick.ts";

let t: TestHome;
afterEach(() => t?.close());
const system = systemProcesses();

describe("dispatchOnce()", () => {
  const once = (options: Parameters<typeof dispatchOnce>[3] = {}) => dispatchOnce(t.board, t.home, t.config, options);

  test("makes one pass, tells what it did and leaves its workers running", async () => {
    t = testHome();
    t.script("sleep 300");
    const mine = t.ready();
    const [unassigned, foreign] = [t.ready({ assignee: null }), t.ready({ assignee: "ann" })];

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
    });
    expect(system.look(t.run(mine.id).pid!)).not.toBeNull();
  });

  test("looks after the workers of the pass before it", async () => {
    t = testHome();
    t.script("exit 3");
    const { id } = t.ready();
    await once();
    await t.untilGone(t.run(id).pid!);

    const { crashed, spawned } = await once();

    expect({ crashed, spawned }).toEqual({ crashed: 1, spawned: [] });
    expect(t.run(id)).toMatchObject({ outcome: "crashed", exit_code: 3 });
  });

  test("sees the end of a worker through that it told to end", async () => {
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

  test("with dryRun tells what it would start and changes nothing at all", async () => {
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
