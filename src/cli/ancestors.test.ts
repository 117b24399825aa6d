import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { homeOf } from "../home.ts";
import { cliArgv } from "../program.ts";
import { claimForWorker, reclaimTask, recordGone, type Run } from "../kernel/mod.ts";
import { testCli } from "../testing/cli.ts";
import { until } from "../testing/mod.ts";
import { runsAbove, runsInPs } from "./ancestors.ts";

setDefaultTimeout(40_000); // Every call is a process, and the machine may be busy.

const cli = testCli();
afterAll(cli.remove);

const PROFILES = new Map(["coder", "over"].map((name) => [name, { max_running: null, max_runtime_seconds: null }]));

/** A task whose worker a dispatcher claimed for. */
async function claimed(profile: string): Promise<{ id: string; run: Run }> {
  const id = await cli.create("own", "--assignee", profile);
  const claim = { claimer: "d", boot_id: "boot", profiles: PROFILES, maxWorkers: 9 };
  return { id, run: cli.board((board) => claimForWorker(board, claim)!.run) };
}

const envOf = (id: string, run: Run) => ({ KANBAN_TASK: id, KANBAN_RUN: String(run.id), KANBAN_PROFILE: "coder" });

let worker: Record<string, string>;
beforeAll(async () => {
  const { id, run } = await claimed("coder");
  worker = envOf(id, run);
});

describe("a process below a worker [D2]", () => {
  test("is not disturbed on another board", async () => {
    const elsewhere = testCli();
    try {
      const [made] = await elsewhere.batch([["create", "on a board of its own"]], {
        above: { ...worker, KANBAN_HOME: cli.dir },
        env: { KANBAN_HOME: elsewhere.dir },
      });
      expect(made).toMatchObject({ exit: 0 });
    } finally {
      elsewhere.remove();
    }
  });

  test("is not disturbed by one whose home cannot be used", async () => {
    const above = { ...worker, KANBAN_HOME: "relative" };

    const [made] = await cli.batch([["create", "below a worker of no board"]], {
      above,
      env: { KANBAN_HOME: cli.dir },
    });

    expect(made).toMatchObject({ exit: 0 });
  });

  test("is a person's again when the run is over and its processes are gone", async () => {
    const { id, run } = await claimed("over");
    cli.board((board) => {
      reclaimTask(board, id);
      recordGone(board, run.id);
    });

    const [said] = await cli.batch([["comment", id, "from the shell that it left behind"]], { above: envOf(id, run) });

    expect(said).toMatchObject({ exit: 0 });
  });

  test.skipIf(process.platform !== "linux")("is found by its session where its parents ended early", async () => {
    const words = cliArgv()
      .map((word) => `'${word}'`)
      .join(" ");
    // The command waits until it has been given another parent; its session stays that of the worker.
    const parent = '/proc/"$(cut -d " " -f 4 /proc/$$/stat)"/environ';
    const orphan = `while grep -qs KANBAN_RUN= ${parent}; do sleep 0.01; done; ${words} pause; echo "ended $?"`;
    const script = `(env -u KANBAN_TASK -u KANBAN_RUN -u KANBAN_PROFILE sh -c '${orphan.replaceAll("'", `'\\''`)}' 2>&1 &); read _`;
    const child = Bun.spawn(["sh", "-c", script], {
      env: { ...cli.env, ...worker },
      stdin: "pipe",
      stdout: "pipe",
      detached: true,
    });
    let said = "";
    void (async () => {
      for await (const part of child.stdout.pipeThrough(new TextDecoderStream())) said += part;
    })();

    await until(() => said.includes("ended "), { ms: 30_000, what: "the orphan to end" });
    child.stdin.end();
    await child.exited;

    expect(said).toMatch(/Cannot pause the board: this process was started by the worker of run \d+[^]*ended 1/);
  });
});

describe("runsAbove()", () => {
  test("finds nothing above a process that no worker started", () => {
    expect(runsAbove(homeOf({ KANBAN_HOME: cli.dir }))).toEqual([]);
  });
});

describe("runsInPs()", () => {
  const home = homeOf({ KANBAN_HOME: cli.dir });
  const rows = (...variables: string[]) => `/bin/sh -c work KANBAN_HOME=${cli.dir} ${variables.join(" ")} USER=ann`;
  const above = (...lines: string[]) => {
    const asked: number[] = [];
    const parents = new Map([
      [process.ppid, 4_000_001],
      [4_000_001, 4_000_002],
      [4_000_002, 1],
    ]);
    const runs = runsInPs(home, parents, (pids) => (asked.push(...pids), lines.join("\n")));
    return { runs, asked };
  };

  test("asks for every process up to the first, and reads the runs of this board [D2]", () => {
    const { runs, asked } = above(
      rows(`KANBAN_DB=${home.db}`, "KANBAN_RUN=4"),
      rows("KANBAN_RUN=7", "KANBAN_DB=/another/kanban.db"),
      rows(`KANBAN_DB=${home.db}`, "KANBAN_RUN=latest"),
      "-zsh",
    );

    expect(asked).toEqual([process.ppid, 4_000_001, 4_000_002]);
    expect(runs).toEqual([4]);
  });
});
