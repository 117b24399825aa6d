import { afterAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { renameSync } from "node:fs";
import { join } from "node:path";
import type { Event } from "../../kernel/mod.ts";
import { MAIN, testCli } from "../../testing/cli.ts";

setDefaultTimeout(20_000); // Every call is a process, and the machine may be busy.

const cli = testCli();
afterAll(cli.remove);

/** Collects the lines of a process that goes on, until there are `n`. */
async function lines(child: { stdout: ReadableStream<Uint8Array> }, n: number): Promise<string[]> {
  let text = "";
  for await (const bytes of child.stdout) {
    text += Buffer.from(bytes).toString();
    if (text.split("\n").length > n) break;
  }
  return text.split("\n").slice(0, n);
}

/** Reads the lines of a process that goes on, some at a time. */
function reader(child: { stdout: ReadableStream<Uint8Array> }): (n: number) => Promise<string[]> {
  const chunks = child.stdout[Symbol.asyncIterator]();
  let text = "";
  return async (n) => {
    while (text.split("\n").length <= n) {
      const { value, done } = await chunks.next();
      if (done) break;
      text += Buffer.from(value as Uint8Array).toString();
    }
    const all = text.split("\n");
    text = all.slice(n).join("\n");
    return all.slice(0, n);
  };
}

describe("kanban watch", () => {
  test("prints what was there since, then what comes, and ends with Ctrl-C", async () => {
    const id = await cli.create("seen", "--tenant", "shop", "--assignee", "coder");
    const child = cli.start(["watch", "--since", "0", "--json", "--project", "shop"]);
    const reading = lines(child, 3);
    await cli.create("unseen");
    await cli.run("comment", id, "hello");
    await cli.run("assign", id, "none");

    const events = (await reading).map((line) => JSON.parse(line) as Event);
    child.kill("SIGINT");

    expect(events.map(({ kind, task_id }) => [kind, task_id])).toEqual([
      ["created", id],
      ["commented", id],
      ["assigned", id],
    ]);
    expect(await child.exited).toBe(0);
    expect(await child.stderr.text()).toBe("");
  });

  test("begins now, or with a time that has passed", async () => {
    const now = cli.start(["watch", "--json"]);
    const past = cli.start(["watch", "--json", "--since", "1h"]);
    expect(JSON.parse((await lines(past, 1))[0]!).id).toBe(1);
    past.kill("SIGTERM");
    const reading = lines(now, 1);
    // It has begun when an event that is later than its start arrives.
    let seen = false;
    void reading.then(() => (seen = true));
    for (let n = 0; !seen && n < 50; n++) await cli.create(`later ${n}`);
    expect(JSON.parse((await reading)[0]!)).toMatchObject({ kind: "created" });
    expect(JSON.parse((await reading)[0]!).id).toBeGreaterThan(3);
    now.kill("SIGTERM");
    expect([await now.exited, await past.exited]).toEqual([0, 0]);
  });

  test("takes kinds and whole clusters", async () => {
    const child = cli.start(["watch", "--json", "--since", "0", "--kinds", "edits,blocked"]);
    const [first] = await lines(child, 1);
    child.kill();
    expect(JSON.parse(first!).kind).toBe("commented");
    await child.exited;
  });

  test("ends in silence when its reader goes away", async () => {
    const command = `"$0" "$1" watch --since 0 | head -1`;
    const { exitCode, stdout, stderr } = Bun.spawnSync(["bash", "-c", command, process.execPath, MAIN], {
      env: cli.env,
      timeout: 10_000,
    });
    expect({ exitCode, stderr: stderr.toString() }).toEqual({ exitCode: 0, stderr: "" });
    expect(stdout.toString()).toMatch(
      /^\d{4}-.*T.*Z {2}t_\w{8} {2}seen {24} {2}created {21}ready, for coder \(ann\)\n$/,
    );
  });

  test.each([
    [["--kinds", "complet"], "Did you mean: completed"],
    [["--since", "yesterday"], "Cannot use --since: it must be an event's id, a time ago such as 10m"],
  ])("refuses %j", async (flags, message) => {
    const { exit, stdout, stderr } = await cli.run("watch", ...flags);
    expect({ exit, stdout }).toEqual({ exit: 2, stdout: "" });
    expect(stderr).toContain(message);
  });
});

test("kanban tail follows one task, from its last events", async () => {
  const id = await cli.create("followed");
  for (const n of [1, 2, 3]) await cli.run("comment", id, `comment ${n}`);
  const child = cli.start(["tail", id, "--last", "2", "--json"]);
  const read = reader(child);
  const last = await read(2); // From now on it follows: an event before that would be one of the last two.
  await cli.create("another");
  await cli.run("block", id, "why?");

  const kinds = [...last, ...(await read(1))].map((line) => (JSON.parse(line) as Event).kind);
  child.kill("SIGINT");

  expect(kinds).toEqual(["commented", "commented", "blocked"]);
  expect(await child.exited).toBe(0);
});

test("kanban watch ends with an error when the board is replaced under it [T: database or WAL]", async () => {
  const other = testCli();
  await other.create("old");
  const child = other.start(["watch", "--since", "0"]);
  await lines(child, 1);
  const file = join(other.dir, "kanban.db");
  renameSync(file, `${file}.old`);

  const [exit, stderr] = await Promise.all([child.exited, child.stderr.text()]);

  expect(exit).toBe(1);
  expect(stderr).toContain("it must stay the file that was opened, it was moved, removed or replaced");
  other.remove();
});
