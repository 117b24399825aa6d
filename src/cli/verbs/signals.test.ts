import { afterEach, beforeEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { closeBoard, getTask, listRuns, openBoard } from "../../kernel/mod.ts";
import { type Cli, MAIN, testCli } from "../../testing/cli.ts";
import { until } from "../../testing/mod.ts";

setDefaultTimeout(60_000);

const STAYING = [[["daemon"]], [["up", "--port", "0", "--no-open"]]];
let cli: Cli;
let started: Bun.Subprocess<"ignore", "pipe", "pipe">[];
beforeEach(() => {
  cli = testCli();
  started = [];
});
afterEach(async () => {
  writeFileSync(join(cli.env["HOME"]!, "go"), "");
  for (const child of started) child.kill("SIGKILL");
  cli.remove();
});

/** A home where the start of a "coder" never gets on: git hangs, and something in the background holds its output. */
async function hangingStart(): Promise<{ id: string; path: string }> {
  const home = cli.env["HOME"]!;
  const bin = join(home, "bin");
  mkdirSync(bin);
  const wait = `until test -e "${home}/go"; do sleep 0.05; done`;
  writeFileSync(join(bin, "git"), `#!/bin/sh\n(trap '' TERM; ${wait}) &\necho >"${home}/asked"\n${wait}\n`, {
    mode: 0o755,
  });
  await cli.run("init");
  mkdirSync(join(cli.dir, "profiles", "coder"), { recursive: true });
  const profile = { command: ["true"], workspace: `worktree:${home}/tree`, repo: home };
  writeFileSync(join(cli.dir, "profiles", "coder", "config.yaml"), JSON.stringify(profile));
  return { id: await cli.create("hangs", "--assignee", "coder"), path: `${bin}:${cli.env["PATH"]}` };
}

function start(words: string[], path: string) {
  const child = cli.start(words, { env: { PATH: path } });
  started.push(child);
  return child;
}

/** How long a process took to end after a SIGTERM, in milliseconds. */
async function endedAfter(child: Bun.Subprocess): Promise<number> {
  const began = performance.now();
  child.kill("SIGTERM");
  await child.exited;
  return performance.now() - began;
}

/** Starts a verb as `nohup` does, and waits until it is up. */
async function startUnderNohup(words: string[]) {
  const argv = ["sh", "-c", `trap '' HUP; exec "$@"`, "sh", process.execPath, MAIN, ...words];
  const child = Bun.spawn(argv, {
    cwd: cli.env["HOME"]!,
    env: cli.env,
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  started.push(child);
  await child.stderr.getReader().read();
  return child;
}

describe("nohup", () => {
  test.each(STAYING)("lets %j outlive its terminal: a SIGHUP changes nothing, SIGTERM ends it [K3]", async (words) => {
    await cli.run("init");
    const child = await startUnderNohup(words);

    child.kill("SIGHUP");
    const id = await cli.create("after the terminal", "--assignee", "demo", "--body", "complete fine");
    await until(() => cli.board((board) => getTask(board, id).status) === "done", { what: "the work", ms: 20_000 });

    child.kill("SIGTERM");
    expect(await child.exited).toBe(0);
  });
});

describe("SIGTERM", () => {
  test.each(STAYING)(
    "ends %j within seconds while a start hangs and holds its pipes, and the task is given back [A9]",
    async (words) => {
      const { id, path } = await hangingStart();
      const child = start(words, path);
      await until(() => existsSync(join(cli.env["HOME"]!, "asked")), { what: "git to be asked", ms: 20_000 });

      const tookMs = await endedAfter(child);

      expect(child.exitCode).toBe(0);
      expect(tookMs).toBeLessThan(10_000); // It takes 1.1 s; never, before starts had a clock.
      expect(cli.board((board) => getTask(board, id).status)).toBe("ready");
      expect(cli.board((board) => listRuns(board, id))).toMatchObject([{ outcome: "reclaimed" }]);
      expect(await child.stderr.text()).toEndWith("stopped\n");
    },
  );

  test("ends up while browsers hold streams open and another process holds the board [A9]", async () => {
    await cli.run("init");
    const child = start(["up", "--port", "0", "--no-open", "--json"], cli.env["PATH"]!);
    const { value } = await child.stdout.getReader().read();
    const { port } = JSON.parse(new TextDecoder().decode(value)) as { port: number };
    const token = readFileSync(join(cli.dir, "run", "token"), "utf8").trim();
    const streams = await Promise.all(
      Array.from({ length: 5 }, () =>
        fetch(`http://127.0.0.1:${port}/api/events`, { headers: { authorization: `Bearer ${token}` } }),
      ),
    );
    expect(streams.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
    await cli.create("work", "--assignee", "demo");

    const board = openBoard(join(cli.dir, "kanban.db"));
    board.db.run("BEGIN IMMEDIATE");
    const tookMs = await endedAfter(child);
    board.db.run("ROLLBACK");
    closeBoard(board);

    expect(child.exitCode).toBe(0);
    expect(tookMs).toBeLessThan(10_000); // It takes 2 s.
  });
});
