import { afterEach, describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import type { Home } from "../../home.ts";
import { getTask } from "../../kernel/mod.ts";
import { type TestHome, testHome } from "../../testing/dispatcher.ts";
import { dump } from "../../testing/mod.ts";
import type { Agents } from "./plan.ts";
import { dispatchOnce } from "../tick.ts";

let t: TestHome;
afterEach(() => t?.close());

describe("trouble of the machine", () => {
  test("costs no task an attempt: nothing is claimed until a file can be written again, soon and then less often [T: disk full]", async () => {
    t = testHome();
    t.profile("coder", { agent: "echoer", complete_on_exit: true });
    let full = true;
    const agents: Agents = {
      names: () => ["echoer"],
      expand() {
        if (full) throw Object.assign(new Error("no space left on device"), { code: "ENOSPC" });
        return { argv: ["/bin/echo", "done"] };
      },
      judge: () => null,
    };
    const d = t.dispatcher({ agents });
    const { id } = t.ready();

    await t.pass(d);
    expect(t.run(id)).toMatchObject({ outcome: "reclaimed", error: "not started: no space left on device" });
    expect(getTask(t.board, id)).toMatchObject({ status: "ready", failures: 0, retry_at: null });
    expect(d.trouble.current?.text).toBe("no space left on device");
    t.advance(999);
    await t.pass(d);
    expect(d.wake.at).toBe(t.clock.ms + 1);
    expect(t.run(id).id).toBe(1);
    t.advance(1);
    await t.pass(d);
    expect(t.run(id).id).toBe(2);
    full = false;
    t.advance(2_000);
    await t.pass(d);
    await t.ended(d, id);

    expect(getTask(t.board, id)).toMatchObject({ status: "done", failures: 0 });
    expect(d.trouble.current).toBeNull();
    expect(t.warnings).toEqual(["nothing is started for now: no space left on device", "workers are started again"]);
  });
});

describe("trouble of the home", () => {
  const cases: [keyof Home, (path: string) => void, string][] = [
    ["logs", (path) => symlinkSync(t.path("away"), path), "it must be a folder, it is a link"],
    ["workspaces", (path) => writeFileSync(path, ""), "it must be a folder, it is a file"],
    ["exits", (path) => Bun.spawnSync(["mkfifo", path]), "it must be a folder, it is a pipe or a device"],
    ["launcher", (path) => mkdirSync(path), "it must be a file, it is a folder"],
  ];
  test.each(cases)(
    "nothing is claimed while %s is something else; it passes by itself [A5]",
    async (name, put, found) => {
      t = testHome();
      t.script("exit 0", { complete_on_exit: true });
      const path = t.home[name];
      const { id } = t.ready();
      const d = t.dispatcher();
      if (existsSync(path)) renameSync(path, t.path("away"));
      put(path);
      const before = dump(t.board);

      await t.pass(d);
      t.advance(1_000);
      await t.pass(d);

      expect(d.trouble.current?.text).toStartWith(
        `Cannot use "${path}": ${found}. Move it away, and a new one is created: mv `,
      );
      expect(t.warnings).toEqual([`nothing is started for now: ${d.trouble.current?.text}`]);
      expect(dump(t.board)).toBe(before);
      rmSync(path, { recursive: true });
      t.advance(2_000);
      await t.pass(d);
      await t.ended(d, id);
      expect(getTask(t.board, id)).toMatchObject({ status: "done", failures: 0 });
      expect(d.trouble.current).toBeNull();
    },
  );

  test("that begins while a worker is being started costs its task no attempt either [A5]", async () => {
    t = testHome();
    t.profile("coder", { agent: "echoer", complete_on_exit: true });
    const agents: Agents = {
      names: () => ["echoer"],
      expand() {
        renameSync(t.home.runs, t.path("away"));
        symlinkSync(t.path("away"), t.home.runs);
        throw new Error("whatever it says");
      },
      judge: () => null,
    };
    const d = t.dispatcher({ agents });
    const { id } = t.ready();

    await t.pass(d);

    expect(t.run(id).outcome).toBe("reclaimed");
    expect(t.run(id).error).toStartWith(`not started: Cannot use "${t.home.runs}"`);
    expect(getTask(t.board, id)).toMatchObject({ status: "ready", failures: 0, retry_at: null });
  });

  test("ends and times out what runs all the same [A3] [A5]", async () => {
    t = testHome();
    t.script("echo up; sleep 300", { max_runtime: 5 });
    const d = t.dispatcher();
    const { id } = t.ready();
    await t.pass(d);
    await t.logged(id, "up");
    for (const path of [t.home.logs, t.home.runs, t.home.exits]) {
      rmSync(path, { recursive: true });
      writeFileSync(path, "");
    }

    t.advance(6_000);
    const run = await t.ended(d, id);

    expect(run).toMatchObject({ outcome: "timed_out" });
  });

  test("a single pass says so and fails [A5]", async () => {
    t = testHome();
    t.script("true");
    t.ready();
    renameSync(t.home.logs, t.path("away"));
    symlinkSync(t.path("away"), t.home.logs);
    const before = dump(t.board);

    await expect(dispatchOnce(t.board, t.home, t.config)).rejects.toThrow(
      `Cannot dispatch: Cannot use "${t.home.logs}"`,
    );

    expect(dump(t.board)).toBe(before);
  });
});
