import { afterEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import { getTask, type QueueView, waitingFor } from "../kernel/mod.ts";
import { type TestHome, testHome } from "../testing/dispatcher.ts";
import { until } from "../testing/mod.ts";
import { watchQueue } from "./queue_view.ts";

setDefaultTimeout(20_000);

let t: TestHome;
afterEach(async () => {
  await t.stopDaemons();
  t.close();
});

const look = (): QueueView => watchQueue(t.home, () => undefined)(t.board);
const words = (id: string) => waitingFor(t.board, [getTask(t.board, id)], look).get(id)?.words ?? null;

describe("watchQueue()", () => {
  test("knows the profiles by name, their limits when asked, and what is wrong with one", () => {
    t = testHome();
    t.script("true", { max_running: 2 });
    t.profile("broken", { command: [] });

    const view = look();

    expect(view).toMatchObject({ dispatcher: "none", trouble: null, only: null });
    expect([...view.names]).toEqual(["broken", "coder", "demo"]);
    expect(view.limits("coder")).toMatchObject({ max_running: 2 });
    expect(view.limits("broken")).toContain("command must name a program");
    expect(view.limits("elsewhere")).toBe("it is gone");
  });

  test("sees a profile that was changed or removed since", () => {
    t = testHome();
    t.script("true", { max_running: 2 });
    const watch = watchQueue(t.home, () => undefined);
    expect(watch(t.board).limits("coder")).toMatchObject({ max_running: 2 });

    t.script("true", { max_running: 11 });
    expect(watch(t.board).limits("coder")).toMatchObject({ max_running: 11 });
  });

  test("shows the order of waiting tasks while real workers run", async () => {
    t = testHome({ now: Date.now });
    t.script("exec sleep 60");
    t.script("exec sleep 60", { max_running: 1 }, "reviewer");
    const [first, second] = [t.ready(), t.ready()];
    expect(words(first.id)).toBe("a dispatcher: none is running");

    t.start({ settings: { max_workers: 1 } });
    await until(() => getTask(t.board, first.id).status === "running", { ms: 10_000 });
    expect(words(second.id)).toBe("a free slot (1 of 1 busy, 1st in line)");
    await t.stopDaemons();

    t.start({ settings: { max_workers: 9 } });
    const review = t.ready({ assignee: "reviewer" });
    await until(() => getTask(t.board, review.id).status === "running", { ms: 10_000 });
    const next = t.ready({ assignee: "reviewer" });
    expect(words(next.id)).toBe("a free slot of reviewer (1 of 1 busy, 1st in line)");
  });

  test("loads nothing that reads settings until a limit is asked for", () => {
    t = testHome();
    t.script("true");
    const source = `
      const { watchQueue } = await import(${JSON.stringify(`${import.meta.dir}/queue_view.ts`)});
      const { homeOf } = await import(${JSON.stringify(`${import.meta.dir}/../home.ts`)});
      const { openBoard } = await import(${JSON.stringify(`${import.meta.dir}/../kernel/mod.ts`)});
      const home = homeOf({ KANBAN_HOME: process.argv.at(-1) });
      const view = watchQueue(home, () => undefined)(openBoard(home.db));
      const zod = () => Object.keys(require.cache).some((path) => path.includes("/zod/"));
      const before = zod();
      view.limits("coder");
      console.log(JSON.stringify([[...view.names], before, zod()]));`;

    const { stdout, stderr } = Bun.spawnSync([process.execPath, "-e", source, t.home.dir]);

    expect(stderr.toString()).toBe("");
    expect(JSON.parse(stdout.toString())).toEqual([["coder", "demo"], false, true]);
  });
});
