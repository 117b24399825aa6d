/**
 * Odd workspaces and odd workers, through a real dispatcher pass.
 *
 * @module
 */
import { expect } from "bun:test";
import { existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Run, Task } from "../../src/kernel/mod.ts";
import { until } from "../harness.ts";
import { cli, cliJson, type Place, writeProfile } from "../program.ts";
import type { Scenario } from "./scenario.ts";

interface Shown {
  task: Task;
  runs: Run[];
}

/** Creates a task for a profile, makes one pass, and waits until its run is over. */
async function attempt(place: Place, ...args: string[]): Promise<Shown> {
  const { id } = await cliJson<Task>(place, ["create", "x", ...args]);
  await cliJson(place, ["dispatch"]);
  let shown = await cliJson<Shown>(place, ["show", id]);
  await until(
    async () => {
      // Each look is a pass too: somebody has to notice that the worker ended.
      await cliJson(place, ["dispatch", "--max", "0"]).catch(() => null);
      shown = await cliJson<Shown>(place, ["show", id]);
      return shown.runs.length > 0 && shown.runs[0]!.ended_at !== null;
    },
    `a run of ${args.join(" ")} to end`,
  );
  return shown;
}

const refusedStart = (shown: Shown, words: RegExp) => {
  expect(shown.runs[0]).toMatchObject({ outcome: "spawn_failed", error: expect.stringMatching(words) });
  expect(shown.task.failures).toBe(1);
};

export const workspaceScenarios: readonly Scenario[] = [
  {
    name: "a relative workspace is stored, and refused when it is used",
    async run(stage) {
      refusedStart(
        await attempt(stage.place(), "--assignee", "demo", "--workspace", "dir:some/where"),
        /must be an absolute path/,
      );
    },
  },
  {
    name: "a workspace that is a file, and one below a file",
    async run(stage) {
      const file = join(stage.dir, "file");
      writeFileSync(file, "precious");
      refusedStart(
        await attempt(stage.place(), "--assignee", "demo", "--workspace", `dir:${file}`),
        /workspace|folder|directory/i,
      );
      refusedStart(
        await attempt(stage.place("other"), "--assignee", "demo", "--workspace", `dir:${file}/below`),
        /workspace|folder|directory/i,
      );
    },
  },
  {
    name: "a workspace that does not exist yet is created",
    async run(stage) {
      const path = join(stage.dir, "new folder", "ünder", "it");
      const { task } = await attempt(stage.place(), "--assignee", "demo", "--workspace", `dir:${path}`);

      expect([task.status, task.workspace_path]).toEqual(["done", path]);
      expect(existsSync(path)).toBe(true);
    },
  },
  {
    name: "workspaces that climb: .. in a path, in a scratch folder's name, in an assignee",
    async run(stage) {
      const place = stage.place();
      const { id, workspace_path } = (
        await attempt(place, "--assignee", "demo", "--workspace", `dir:${join(stage.dir, "a")}/../climbed`)
      ).task;
      expect(existsSync(join(stage.dir, "climbed"))).toBe(true);
      writeFileSync(join(stage.dir, "climbed", "precious"), "kept");
      await cliJson(place, ["archive", id]);
      await cliJson(place, ["gc", "--workspace-retention-days", "0"]);
      expect([workspace_path, existsSync(join(stage.dir, "climbed", "precious"))]).toEqual([workspace_path, true]);

      for (const workspace of ["scratch:../../outside", "scratch:..", "dir", "dir:", "../x"]) {
        const { code, stdout } = await cli(place, ["create", "x", "--assignee", "demo", "--workspace", workspace]);
        expect([workspace, code, stdout]).toEqual([workspace, 2, ""]);
      }
      for (const assignee of ["../../profiles/demo", "..", "/bin/sh", "demo/../demo"]) {
        const { id: odd } = await cliJson<Task>(place, ["create", "x", "--assignee", assignee]);
        const { spawned, skipped_no_profile } = await cliJson<{ spawned: unknown[]; skipped_no_profile: string[] }>(
          place,
          ["dispatch"],
        );
        expect([assignee, spawned, skipped_no_profile.includes(odd)]).toEqual([assignee, [], true]);
      }
    },
  },
  {
    name: "a worker that deletes its own workspace: the next attempt gets a new one",
    async run(stage) {
      const place = stage.place();
      writeProfile(place, "remover", {
        command: ["/bin/sh", "-c", 'echo "in $PWD"; rm -rf "$KANBAN_WORKSPACE"; exit 3'],
      });
      const { task } = await attempt(place, "--assignee", "remover");
      await until(async () => {
        await cliJson(place, ["dispatch"]);
        return (await cliJson<Shown>(place, ["show", task.id])).runs[1]?.ended_at != null;
      }, "the second attempt");

      expect((await cliJson<Shown>(place, ["show", task.id])).runs.slice(0, 2)).toMatchObject([
        { outcome: "crashed", exit_code: 3 },
        { outcome: "crashed", exit_code: 3 },
      ]);
    },
  },
  {
    name: "a worktree of a folder that is no repository",
    async run(stage) {
      const place = stage.place();
      const workspace = `worktree:${join(stage.dir, "no-repo", "wt")}`;

      const { code, stdout, stderr } = await cli(
        place,
        ["create", "x", "--assignee", "demo", "--workspace", workspace],
        { cwd: stage.dir }, // In a repository of ours the path would get a worktree of that.
      );

      expect([code, stdout]).toEqual([1, ""]);
      expect(stderr).toMatch(/a worktree needs a git repository/);
      expect(await cliJson<unknown[]>(place, ["list"])).toEqual([]);
    },
  },
  {
    name: "a link planted where a scratch workspace should be leads nowhere",
    async run(stage) {
      const place = stage.place();
      const outside = stage.folder("outside");
      writeFileSync(join(outside, "precious"), "kept");
      const { id } = await cliJson<Task>(place, ["create", "x", "--assignee", "demo"]);
      mkdirSync(place.home.workspaces, { recursive: true });
      symlinkSync(outside, join(place.home.workspaces, id));
      await cliJson(place, ["dispatch"]);
      await until(
        async () => (await cliJson<Shown>(place, ["show", id])).runs.some(({ ended_at }) => ended_at !== null),
        "the run to end",
      );
      await cliJson(place, ["archive", id]).catch(() => null);
      await cli(place, ["gc", "--workspace-retention-days", "0"]);

      expect(readdirSync(outside)).toEqual(["precious"]);
    },
  },
  {
    name: "a profile whose program does not exist",
    async run(stage) {
      const place = stage.place();
      writeProfile(place, "ghost", { command: ["/no/such/program", "{task}"] });
      const { task, runs } = await attempt(place, "--assignee", "ghost");

      // It is what the tasks of the profile share: the task waits behind a hold, and nothing counts against it.
      const why = expect.stringMatching(/no\/such\/program.*not found/);
      expect(runs).toMatchObject([{ outcome: "unavailable", error: why }]);
      expect(task).toMatchObject({ status: "ready", failures: 0 });
      expect(await cliJson(place, ["holds"])).toMatchObject([{ kind: "profile", reason: why }]);
    },
  },
  {
    name: "a worker that prints bytes without end or meaning",
    async run(stage) {
      const place = stage.place();
      writeProfile(place, "noisy", { command: ["/bin/sh", "-c", "head -c 3000000 /dev/urandom; exit 3"] });
      const shown = await attempt(place, "--assignee", "noisy");

      expect(shown.runs[0]).toMatchObject({ outcome: "crashed", exit_code: 3 });
      const log = await cli(place, ["log", shown.task.id, "--tail", "2000"]);
      expect([log.code, log.stderr.includes("    at ")]).toEqual([0, false]);
    },
  },
  {
    name: "a worker whose environment must not leak: nothing but what was promised",
    async run(stage) {
      const place = stage.place("home", { SECRET_OF_THE_DISPATCHER: "hunter2", BASH_ENV: "/tmp/evil", LD_PRELOAD: "" });
      const seen = join(stage.dir, "environment");
      writeProfile(place, "printer", { command: ["/bin/sh", "-c", `env >'${seen}'`], complete_on_exit: true });
      await attempt(place, "--assignee", "printer");
      const names = (await Bun.file(seen).text()).split("\n").map((line) => line.split("=")[0]!);

      expect(names).not.toContain("SECRET_OF_THE_DISPATCHER");
      expect(names).not.toContain("BASH_ENV");
      expect(names).toContain("KANBAN_RUN");
    },
  },
];
