import { afterEach, expect, setDefaultTimeout, test } from "bun:test";
import { chmodSync } from "node:fs";
import { activeHolds, claimForWorker, endUnavailable } from "../../kernel/mod.ts";
import { testCli } from "../../testing/cli.ts";

setDefaultTimeout(20_000); // Every call is a process, and the machine may be busy.

let cli: ReturnType<typeof testCli>;
afterEach(() => cli?.remove());

/** A board with a permanent hold, met by a task of "coder". */
async function held(): Promise<string> {
  cli = testCli();
  const id = await cli.create("Translate README", "--assignee", "coder");
  cli.board((board) => {
    const profiles = new Map([["coder", { max_running: null, max_runtime_seconds: null }]]);
    const { run } = claimForWorker(board, { claimer: "d", boot_id: "b", profiles, maxWorkers: 9 })!;
    const fault = { on: { kind: "account", key: "claude:login" }, reason: "HTTP 401", permanent: true } as const;
    endUnavailable(
      board,
      { taskId: id, runId: run.id },
      { ...fault, proof: "call", profile: "coder", profiles: ["coder"] },
    );
  });
  return id;
}

test("holds: what is held and why, whose work waits, and what ends it; stats says it too", async () => {
  const id = await held();

  const { stdout } = await cli.run("holds");

  const [head, facts] = stdout.split("\n") as [string, string];
  expect(head).toBe("account claude:login: HTTP 401");
  expect(facts).toContain("until its configuration or program changes, or: kanban release claude:login");
  expect(facts).toEndWith(`met by ${id}, for coder`);
  expect(await cli.json("holds")).toMatchObject([
    { kind: "account", key: "claude:login", until: null, probes: 0, task_id: id, profiles: ["coder"] },
  ]);
  expect((await cli.run("stats")).stdout).toContain("nothing is started for account claude:login: HTTP 401\n");
  expect(await cli.json("stats")).toMatchObject({ holds: [{ key: "claude:login" }] });
});

test("release ends it; another name is refused and changes nothing", async () => {
  await held();

  const refused = await cli.run("release", "claude");
  expect(refused).toMatchObject({ exit: 1, stdout: "" });
  expect(refused.stderr).toContain('Cannot release "claude": it must be held, held is claude:login');
  expect(cli.board(activeHolds)).toHaveLength(1);
  expect((await cli.run("release", "account:claude:login")).stdout).toBe("released account claude:login\n");

  expect((await cli.run("holds")).stdout).toBe("Nothing is held.\n");
  expect((await cli.run("release", "claude:login")).stderr).toContain("it must be held, nothing is");
});

test("holds lists trouble of the home with the others", async () => {
  await held();
  const logs = `${cli.dir}/logs`;
  chmodSync(logs, 0o700);
  await Bun.$`rm -rf ${logs} && touch ${logs}`.quiet();

  const holds = await cli.json("holds");

  expect(holds).toMatchObject([{ kind: "home", key: cli.dir }, { kind: "account" }]);
  expect((holds as unknown as { reason: string }[])[0]!.reason).toStartWith(
    `Cannot use "${logs}": it must be a folder`,
  );
});
