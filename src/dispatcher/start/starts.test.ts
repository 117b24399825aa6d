import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { archiveTask, getTask, moveTask, reclaimTask } from "../../kernel/mod.ts";
import { letGo, startedFor, type TestHome, testHome } from "../../testing/dispatcher.ts";
import { until } from "../../testing/mod.ts";
import { systemProcesses } from "../processes/liveness.ts";
import { dispatchOnce, tick } from "../tick.ts";

let t: TestHome;
const PATH = process.env["PATH"];
beforeEach(() => {
  t = testHome();
  // Git as it is when a hook of the repository, or a disk that is far away, never answers.
  mkdirSync(t.path("bin"));
  writeFileSync(
    t.path("bin/git"),
    `#!/bin/sh
echo $$ >>"${t.path("git.pids")}"
until test -e "${t.path("go")}"; do sleep 0.01; done
echo >"${t.path("answered")}"
PATH="${PATH}" exec git "$@"
`,
  );
  chmodSync(t.path("bin/git"), 0o755);
  Bun.spawnSync(["git", "init", "-q", t.path("repo")]);
  Bun.spawnSync(["git", "-C", t.path("repo"), ...AS, "commit", "-q", "--allow-empty", "-m", "first"]);
  process.env["PATH"] = `${t.path("bin")}:${PATH}`;
  t.script("echo up; sleep 300", { workspace: `worktree:${t.path("repo/.worktrees/tree")}`, repo: t.path("repo") });
  t.script("echo up; sleep 300", {}, "quick");
});
afterEach(() => {
  process.env["PATH"] = PATH;
  letGo(t);
  t.close();
});

const AS = ["-c", "user.name=ann", "-c", "user.email=ann@localhost"];
const system = systemProcesses();
const gitIsUp = () => until(() => existsSync(t.path("git.pids")), { what: "git to be asked" });

/** Git has made its worktree after all and has removed its lock, or was ended before it could. */
function gitIsOver(): boolean {
  const entry = t.path("repo/.git/worktrees/tree");
  if (existsSync(t.path("answered"))) return existsSync(`${entry}/index`) && !existsSync(`${entry}/locked`);
  const pids = readFileSync(t.path("git.pids"), "utf8").trim().split("\n");
  return pids.every((pid) => system.look(Number(pid)) === null);
}
const workers = () => startedFor(system, t.home).filter(({ pid }) => system.bears(pid, ["KANBAN_PROFILE=coder"]));

describe("a start that never gets on", () => {
  test("is over after two minutes: it counts as failed, in true words, and its slot is free [A9]", async () => {
    const d = t.dispatcher({ maxWorkers: 1 });
    const { id } = t.ready({ priority: 1 });
    const next = t.ready({ assignee: "quick" });
    await tick(d);
    expect(d.wake.at).toBe(t.clock.ms + 120_000);

    t.advance(119_999);
    await tick(d);
    expect(t.run(id).ended_at).toBeNull();
    t.advance(1);
    await tick(d);

    const error = `not started within 2 min: it still waits for git to make the worktree "${t.path("repo/.worktrees/tree")}"`;
    expect(t.run(id)).toMatchObject({ outcome: "spawn_failed", error, pid: null, process_gone_at: t.clock.ms });
    expect(getTask(t.board, id)).toMatchObject({ status: "ready", failures: 1 });
    await t.logged(next.id, "up");
    expect(t.warnings).toEqual([`cannot start task ${id} as coder: ${error}`]);
  });

  test("starts nothing when what it waited for answers after all, and the next try starts one worker [A9]", async () => {
    const d = t.dispatcher();
    const { id } = t.ready();
    await tick(d);
    await gitIsUp();
    t.advance(120_000);
    await tick(d);
    expect(t.run(id).outcome).toBe("spawn_failed");

    letGo(t);
    await until(gitIsOver, { what: "git to end" });
    await tick(d, { claims: false });

    expect(t.run(id)).toMatchObject({ id: 1, pid: null });
    expect(t.kinds(id)).toEqual(["created", "claimed", "spawn_failed"]);
    t.advance(10_000);
    await t.pass(d);
    await t.logged(id, "up");
    expect(workers().filter(({ pid, group }) => pid === group)).toHaveLength(1);
  });

  test("does not count the time that the machine slept [T: suspend and resume]", async () => {
    const d = t.dispatcher();
    const { id } = t.ready();
    await tick(d);

    t.clock.ms += 3_600_000;
    d.clock.jumps += 3_600_000;
    await tick(d);
    expect(t.run(id).ended_at).toBeNull();
    t.advance(120_000);
    await tick(d);

    expect(t.run(id).outcome).toBe("spawn_failed");
  });

  test.each([
    ["archived", (id: string) => archiveTask(t.board, id)],
    ["moved", (id: string) => moveTask(t.board, id, "todo")],
    ["reclaimed", (id: string) => reclaimTask(t.board, id)],
  ])("frees its slot at once when its task is %s [A9]", async (_, act) => {
    const d = t.dispatcher({ maxWorkers: 1 });
    const { id } = t.ready({ priority: -1 });
    await tick(d);
    await gitIsUp();
    const next = t.ready({ assignee: "quick" });
    act(id);

    await tick(d);

    expect(t.run(id)).toMatchObject({ id: 1, outcome: "reclaimed", pid: null, process_gone_at: t.clock.ms });
    expect(getTask(t.board, id).failures).toBe(0);
    await t.logged(next.id, "up");
    letGo(t);
    await until(gitIsOver, { what: "git to end" });
    expect(workers()).toEqual([]);
  });

  test("does not keep a single pass for ever [A9]", async () => {
    t.close();
    t = testHome({ now: Date.now });
    t.script("echo up; sleep 300", { workspace: `worktree:${t.path("repo/tree")}`, repo: t.path("repo") });
    const { id } = t.ready();
    mkdirSync(t.path("bin"));
    writeFileSync(t.path("bin/git"), "#!/bin/sh\nsleep 300\n", { mode: 0o755 });
    process.env["PATH"] = `${t.path("bin")}:${PATH}`;

    const result = await dispatchOnce(t.board, t.home, t.config, { startMs: 300 });

    expect(result.spawned).toEqual([]);
    expect(t.run(id)).toMatchObject({ outcome: "spawn_failed" });
    expect(t.run(id).error).toStartWith("not started within 0.3 s: it still waits for git");
  });

  test("is given back by a dispatcher that is stopped, and costs its task nothing [A9]", async () => {
    t.close();
    t = testHome({ now: Date.now });
    t.script("echo up; sleep 300", { workspace: `worktree:${t.path("repo/tree")}`, repo: t.path("repo") });
    mkdirSync(t.path("bin"));
    writeFileSync(t.path("bin/git"), "#!/bin/sh\nsleep 300\n", { mode: 0o755 });
    process.env["PATH"] = `${t.path("bin")}:${PATH}`;
    t.start();
    const { id } = t.ready();
    await until(() => t.kinds(id).includes("claimed"));

    await t.stopDaemons();

    expect(t.run(id)).toMatchObject({
      outcome: "reclaimed",
      error: "its dispatcher was stopped before its worker was started",
    });
    expect(getTask(t.board, id)).toMatchObject({ status: "ready", failures: 0 });
  });
});
