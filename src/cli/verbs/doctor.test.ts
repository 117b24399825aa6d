import { afterEach, beforeEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import { chmodSync, closeSync, mkdirSync, openSync, statSync, utimesSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { claimForWorker, schemaVersion } from "../../kernel/mod.ts";
import { type Cli, testCli } from "../../testing/cli.ts";
import { until } from "../../testing/mod.ts";
import type { Checked } from "../doctor/checkup.ts";

setDefaultTimeout(30_000); // Every call is a process, and the machine may be busy.

let cli: Cli;
beforeEach(() => {
  cli = testCli();
});
afterEach(() => cli.remove());

interface Report {
  ok: boolean;
  errors: number;
  warnings: number;
  findings: Checked[];
}

async function report(...flags: string[]): Promise<Report & { exit: number }> {
  const { exit, stdout } = await cli.run("doctor", "--json", ...flags);
  return { exit, ...(JSON.parse(stdout) as Report) };
}

describe("kanban doctor", () => {
  test("is content with a fresh home, and makes it", async () => {
    const { exit, stdout, stderr } = await cli.run("doctor");

    expect({ exit, stderr }).toEqual({ exit: 0, stderr: "" });
    expect(stdout).toMatch(/^✓ home {11}.* is made at the first use\n✓ file system {4}a local disk, \d+ MiB free\n/);
    expect(stdout).toContain(`\n✓ database       sound, schema ${schemaVersion}, 0 tasks\n`);
    expect(stdout).toEndWith("\n\nAll is well\n");
    expect(statSync(join(cli.dir, "kanban.db")).mode & 0o777).toBe(0o600);
  });

  test("warnings leave the exit status 0, each with the command to try; nothing changes", async () => {
    const id = await cli.create("x", "--assignee", "dmo");
    await cli.run("pause");
    const before = cli.dump();

    const { exit, stdout } = await cli.run("doctor");

    expect(exit).toBe(0);
    expect(stdout).toContain(
      `! tasks          ready, but no profile is named "dmo": ${id}\n                 → kanban assign ${id} PROFILE\n`,
    );
    expect(stdout).toEndWith("\n\n0 errors, 2 warnings\n");
    expect(await report()).toMatchObject({ exit: 0, ok: true, errors: 0, warnings: 2 });
    expect(cli.dump()).toBe(before);
  });

  test("errors make it 1: others may write to the home, and so the board is not opened", async () => {
    await cli.run("init");
    chmodSync(cli.dir, 0o777);

    const found = await report();

    expect(found).toMatchObject({ exit: 1, ok: false, errors: 2 });
    expect(found.findings.at(-1)).toMatchObject({ check: "database", level: "error" });
    expect(found.findings[0]).toMatchObject({ check: "home", level: "error", next: `chmod 700 '${cli.dir}'` });
  });

  test("a database that cannot be opened is one finding; what needs it is left out", async () => {
    await cli.run("init");
    const fd = openSync(join(cli.dir, "kanban.db"), "r+");
    writeSync(fd, Buffer.alloc(200, 0x41), 0, 200, 0);
    closeSync(fd);

    const { exit, findings } = await report();

    expect(exit).toBe(1);
    expect(findings.map(({ check, level }) => [check, level])).toEqual([
      ["home", "ok"],
      ["file system", "ok"],
      ["config", "ok"],
      ["database", "error"],
    ]);
    expect(findings[3]!.message).toEndWith("it must be a kanban board, the file is not a database");
    expect(findings[3]!.next).toContain("restore a backup");
  });

  test("says which git there is, and what a profile that needs one lacks [J2]", async () => {
    await cli.run("init");
    const env = { PATH: join(cli.env["HOME"]!, "empty") };
    const found = async () => {
      const { stdout } = await cli.runWith({ env }, "doctor", "--json");
      return (JSON.parse(stdout) as Report).findings.find(({ check }) => check === "git");
    };

    expect(await found()).toMatchObject({ level: "ok", message: "not installed; only worktrees need it" });
    mkdirSync(join(cli.dir, "profiles", "coder"), { recursive: true });
    writeFileSync(join(cli.dir, "profiles", "coder", "config.yaml"), "command: [/bin/true]\nworkspace: worktree\n");
    expect(await found()).toMatchObject({
      level: "warning",
      message: "no worktree can be made: git is not installed, or not on PATH",
      next: "Install git 2.30 or newer",
    });
    expect(await cli.runWith({ env }, "profile", "test", "coder")).toMatchObject({
      exit: 1,
      stdout: "",
      stderr: expect.stringContaining('Cannot use profile "coder": its tasks need worktrees, git is not installed'),
    });
  });

  test("knows a dispatcher that runs", async () => {
    await cli.create("waits", "--assignee", "demo", "--not-before", "1d");
    const daemon = cli.start(["daemon"]);
    try {
      const found = await until(async () => {
        const one = (await report()).findings.find(({ check }) => check === "dispatcher");
        return one?.message.startsWith("runs as ") && one;
      });
      expect(found).toMatchObject({ level: "ok", message: expect.stringContaining(`runs as pid ${daemon.pid} on `) });
    } finally {
      daemon.kill("SIGINT");
      await daemon.exited;
    }
  });

  test("says that a stopped dispatcher does not answer, as list does [K2]", async () => {
    await cli.create("waits", "--assignee", "demo", "--not-before", "1d");
    const daemon = cli.start(["daemon"]);
    try {
      await until(() => statSync(join(cli.dir, "run", "dispatcher.json"), { throwIfNoEntry: false }));
      daemon.kill("SIGSTOP");
      const minuteAgo = new Date(Date.now() - 60_000);
      utimesSync(join(cli.dir, "run", "dispatcher.json"), minuteAgo, minuteAgo);
      await cli.create("ready", "--assignee", "demo");

      const { exit, findings } = await report();
      const { stderr } = await cli.run("list");

      expect(exit).toBe(1);
      const found = findings.find(({ check }) => check === "dispatcher")!;
      expect(found.level).toBe("error");
      expect(found.message).toMatch(
        /^the dispatcher \(pid \d+ on .*\) does not answer \(silent for 1m 0\ds\): nothing is started, and no end is noticed$/,
      );
      expect(found.next).toStartWith(`If it was stopped: kill -CONT ${daemon.pid}; else `);
      expect(stderr).toMatch(
        /^hint: 1 task is ready, but the dispatcher \(pid \d+ on .*\) does not answer \(silent for 1m \d\ds\); see kanban doctor\n$/,
      );
    } finally {
      daemon.kill("SIGKILL");
      await daemon.exited;
    }
  });

  test("names the runs that nothing here can see, as show and runs do [B1]", async () => {
    const id = await cli.create("elsewhere", "--assignee", "demo");
    const place = { boot_id: "another boot", host: "laptop#0123abcd", pid_namespace: "pid:[1]" };
    const profiles = new Map([["demo", { max_running: null, max_runtime_seconds: null }]]);
    cli.board((board) => claimForWorker(board, { claimer: "dispatcher@laptop:7", ...place, profiles, maxWorkers: 1 }));

    const { exit, findings } = await report();
    const shown = await cli.run("show", id);
    const runs = await cli.run("runs", id);

    expect(exit).toBe(0);
    expect(findings.filter(({ check }) => check === "dispatcher")[0]).toMatchObject({
      level: "warning",
      message: expect.stringContaining(
        `a dispatcher started here cannot see the processes of 1 run, only the leases count: ${id} by demo on laptop, lease until 20`,
      ),
    });
    const line = /· works on laptop, out of sight: only its lease counts, until 20\d\d-.*Z/;
    expect(shown.stdout).toMatch(line);
    expect(runs.stdout).toMatch(line);
  });
});
