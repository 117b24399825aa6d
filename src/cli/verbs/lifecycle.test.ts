import { afterAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { getTask, listComments, type Run, type Task } from "../../kernel/mod.ts";
import { testCli } from "../../testing/cli.ts";

setDefaultTimeout(20_000); // Every call is a process, and the machine may be busy.

const cli = testCli();
afterAll(cli.remove);

const taskOf = (id: string) => cli.board((board) => getTask(board, id));
const commentsOf = (id: string) =>
  cli.board((board) => listComments(board, id)).map(({ author, body }) => [author, body]);
const runsOf = (id: string) => cli.json<Run[]>("runs", id);

/** Expects a refusal that leaves every row as it was. */
async function refused(words: string[], exit: number, message: string): Promise<void> {
  const before = cli.dump();
  const ran = await cli.run(...words);
  expect(ran).toMatchObject({ exit, stderr: expect.stringContaining(message) });
  expect(cli.dump()).toBe(before);
}

describe("kanban claim", () => {
  test("by a person holds for a day, in a workspace that exists", async () => {
    const id = await cli.create("mine");
    const { stdout } = await cli.run("claim", id);
    const task = taskOf(id);
    expect(task.workspace_path).toBe(join(cli.dir, "workspaces", id));
    expect(statSync(task.workspace_path!).mode & 0o777).toBe(0o700);
    expect(stdout).toContain(`claimed ${id} (running): mine\n`);
    expect(stdout).toContain(`  run        ${task.current_run_id}\n`);
    expect(stdout).toContain(`  workspace  ${task.workspace_path}\n`);
    expect(stdout).toMatch(/ {2}lease {6}ends \d{4}-.*Z, in 1d\n/);
    expect(await runsOf(id)).toMatchObject([{ ttl_seconds: 86_400, pid: null, boot_id: null }]);
    await refused(["claim", id], 1, `it must be ready, it is running under run ${task.current_run_id}`);
  });

  test("holds for --ttl", async () => {
    const task = await cli.json<Task>("claim", await cli.create("short"), "--ttl", "90");
    expect(await runsOf(task.id)).toMatchObject([{ ttl_seconds: 90 }]);
  });

  test("is refused where there can be no workspace, or while the board is paused", async () => {
    const relative = await cli.create("relative", "--workspace", "dir:some/where");
    await refused(["claim", relative], 1, "it must be an absolute path");
    const id = await cli.create("later");
    await cli.run("pause");
    await refused(["claim", id], 1, "the board must be running, it was paused by ann");
    await refused(["next", "--claim"], 1, "it was paused by ann");
    expect(existsSync(join(cli.dir, "workspaces", id))).toBe(false);
    expect((await cli.run("resume")).stdout).toBe("resumed\n");
    await cli.run("archive", id, relative);
  });
});

describe("kanban next", () => {
  test("shows the most urgent one, and with --claim takes it", async () => {
    const low = await cli.create("low", "--assignee", "q", "--priority", "low");
    const high = await cli.create("high", "--assignee", "q", "--priority", "high");
    expect((await cli.run("next", "--assignee", "q")).stdout).toBe(`${high} (P1, q): high\n`);
    expect((await cli.json<Task>("ready", "--assignee", "q", "--claim")).id).toBe(high);
    expect(await cli.json<Task>("next", "--assignee", "q", "--claim")).toMatchObject({ id: low, status: "running" });
    await refused(["next", "--assignee", "q"], 1, "Cannot find a next task: nothing is ready for q");
  });

  test("gives each of several at once a task of its own", async () => {
    for (let n = 0; n < 4; n++) await cli.create(`race ${n}`, "--assignee", "racer");
    const all = await Promise.all(
      [1, 2, 3, 4, 5].map(() => cli.run("next", "--claim", "--assignee", "racer", "--json")),
    );
    const won = all.filter(({ exit }) => exit === 0).map(({ stdout }) => JSON.parse(stdout).id);
    expect(new Set(won).size).toBe(4);
    expect(all.filter(({ exit }) => exit === 1)).toHaveLength(1);
  });
});

describe("kanban complete", () => {
  test("leaves the handoff on the run and promotes the children", async () => {
    const id = await cli.create("parent");
    const child = await cli.create("child", "--parent", id);
    const { current_run_id: run } = await cli.json<Task>("claim", id);
    const { stdout } = await cli.run(
      "done",
      id,
      "--run",
      String(run),
      "--summary",
      "two tables",
      "--metadata",
      '{"n":2}',
      "--result",
      "@@r",
    );
    expect(stdout).toBe(`completed ${id} (done): parent\n`);
    expect(await runsOf(id)).toMatchObject([{ outcome: "completed", summary: "two tables", metadata: { n: 2 } }]);
    expect(taskOf(id).result).toBe("@r");
    expect(taskOf(child).status).toBe("ready");
  });

  test("refuses a blank handoff, once, before it looks at any task", async () => {
    const [a, b] = [await cli.create("a"), await cli.create("b")];
    for (const text of ["", " \n"]) {
      await refused(["complete", a, "--summary", text], 2, "Cannot use --summary: it must be a text that is not blank");
      await refused(["complete", a, "--summary", text, "--result", "r"], 2, "Cannot use --summary");
      await refused(["complete", a, "--result", text], 2, "Cannot use --result: it must be a text that is not blank");
    }
    const { stderr } = await cli.run("complete", a, b, "--result", "");
    expect(stderr.match(/Cannot use --result/g)).toHaveLength(1);
  });

  test("of several acts on each, reports each, and fails if one failed", async () => {
    const [a, b] = [await cli.create("a"), await cli.create("b")];
    const { exit, stdout, stderr } = await cli.run("close", a, "t_ffffffff", b, a, "--result", "same");
    expect(exit).toBe(1);
    expect(stdout).toBe(`completed ${a} (done): a\ncompleted ${b} (done): b\n`);
    expect(stderr).toBe('error: Cannot find task "t_ffffffff": no such task\nhint: List the tasks with: kanban list\n');
    expect([taskOf(a).result, taskOf(b).result]).toEqual(["same", "same"]);
  });

  test("in JSON answers for each task, whatever their number", async () => {
    const [a, b] = [await cli.create("a"), await cli.create("b")];
    const { stdout, stderr } = await cli.run("complete", a, "t_ffffffff", b, "t_eeeeeeee", "--json");
    expect(JSON.parse(stdout).results).toMatchObject([
      { id: a, ok: true, task: { id: a, status: "done" } },
      { id: "t_ffffffff", ok: false, error: { code: "not_found" } },
      { id: b, ok: true, task: { status: "done" } },
      { id: "t_eeeeeeee", ok: false, error: { code: "not_found" } },
    ]);
    expect(stderr).toBe("");
    const one = await cli.create("one");
    expect(await cli.json("complete", one)).toMatchObject({ results: [{ id: one, ok: true, task: { id: one } }] });
    expect((await cli.run("approve", one, "--json")).exit).toBe(1);
  });

  test("refuses one handoff for several, other runs and malformed metadata", async () => {
    const [a, b] = [await cli.create("a"), await cli.create("b")];
    await refused(["complete", a, b, "--summary", "x"], 2, "Cannot complete 2 tasks with one --summary");
    await refused(["complete", a, b, "--metadata", "{}"], 2, "Cannot complete 2 tasks with one --metadata");
    await refused(["complete", a, "--metadata", "{x"], 2, "Cannot use --metadata: it must be a JSON object");
    await refused(["complete", a, "--run", "999"], 1, "it must be running under run 999, it is ready");
    await refused(["complete", a, "--run", "x"], 2, "Cannot use --run");
  });

  test("of a task with --review waits for a person", async () => {
    const id = await cli.create("careful", "--review");
    const { current_run_id: run } = await cli.json<Task>("claim", id);
    expect((await cli.run("complete", id, "--run", String(run))).stdout).toBe(
      `completed ${id} (review): careful, a person has to approve it\n`,
    );
    expect((await cli.run("request-changes", id, "no header")).stdout).toBe(`sent back ${id} (ready): careful\n`);
    const { current_run_id: second } = await cli.json<Task>("claim", id);
    await cli.run("complete", id, "--run", String(second));
    expect((await cli.run("approve", id)).stdout).toBe(`approved ${id} (done): careful\n`);
    expect(commentsOf(id)).toEqual([["ann", "CHANGES REQUESTED: no header"]]);
    await refused(["approve", id], 1, "it must be in review, it is done");
  });
});

describe("kanban block and unblock", () => {
  test("ask and answer", async () => {
    const id = await cli.create("prices");
    expect((await cli.run("block", id, "Which currency?")).stdout).toBe(`blocked ${id} (blocked): prices\n`);
    await refused(["unblock", id, "--comment", ""], 2, "Cannot use --comment: it must be a text that is not blank");
    expect((await cli.runWith({ stdin: "EUR" }, "unblock", id, "--comment", "-")).stdout).toBe(
      `unblocked ${id} (ready): prices\n`,
    );
    expect(commentsOf(id)).toEqual([
      ["ann", "BLOCKED: Which currency?"],
      ["ann", "EUR"],
    ]);
  });

  test("block takes more tasks after --ids, in every spelling", async () => {
    const ids = await Promise.all(["a", "b", "c", "d"].map((title) => cli.create(title)));
    const { exit } = await cli.run(
      "block",
      ids[0]!,
      "why",
      "--ids",
      ids[1]!,
      ids[2]!,
      "--ids",
      `${ids[3]!},t_ffffffff`,
    );
    expect(exit).toBe(1);
    expect(ids.map((id) => taskOf(id).status)).toEqual(["blocked", "blocked", "blocked", "blocked"]);
    await refused(["block", ids[0]!, "two", "words"], 2, 'one word too many, "words"');
    await refused(["block", ids[0]!, " "], 2, "it must be a text that is not blank");
    await refused(["block", ids[0]!], 2, "missing REASON");
    await refused(["block", ids[0]!, "again"], 1, "it must be running or ready, it is blocked");
  });
});

describe("the other verbs", () => {
  test("edit changes what is named and nothing else", async () => {
    const id = await cli.create("old", "--body", "text", "--skill", "a", "--max-runtime", "1h");
    await cli.run("edit", id, "--title", "new", "--skill", "", "--max-runtime", "none", "--priority", "2");
    expect(taskOf(id)).toMatchObject({
      title: "new",
      body: "text",
      skills: [],
      max_runtime_seconds: null,
      priority: 2,
    });
    await refused(["edit", id], 2, "it must be told what to change");
    await refused(["edit", id, "--title", " "], 2, "not blank");
    await refused(["edit", id, "--review", "--no-review"], 2, "exclude each other");
  });

  test("assign, link, unlink, move, reclaim, archive", async () => {
    const [a, b] = [await cli.create("a"), await cli.create("b")];
    expect((await cli.run("assign", a, "coder")).stdout).toBe(`assigned ${a} (ready): a → coder\n`);
    expect(await cli.json("assign", a, "none")).toMatchObject({ results: [{ task: { assignee: null } }] });
    expect((await cli.run("link", a, b)).stdout).toBe(`linked ${a} → ${b} (todo)\n`);
    expect((await cli.run("link", a, b)).stdout).toBe(`already linked ${a} → ${b} (todo)\n`);
    await refused(["link", b, a], 1, "must not form a cycle");
    await refused(["link", a, a], 1, "it is itself");
    expect((await cli.run("unlink", a, b)).stdout).toBe(`unlinked ${a} → ${b} (ready)\n`);
    expect((await cli.run("move", a, "todo")).stdout).toBe(`moved ${a} (todo): a\n`);
    await refused(["move", a, "running"], 1, "it must be ready, it is todo");
    await refused(["move", a, "done"], 2, `Use: kanban complete ${a}`);
    await refused(["move", a, "blocked"], 2, `Use: kanban block ${a} REASON\n`);
    await refused(["move", a, "elsewhere"], 2, "Cannot use STATUS");
    await cli.run("move", a, "ready");
    expect((await cli.run("move", a, "running")).stdout).toStartWith(`claimed ${a} (running): a\n  run `);
    expect((await cli.run("reclaim", a, "--reason", "wrong branch")).stdout).toBe(`reclaimed ${a} (ready): a\n`);
    expect(await runsOf(a)).toMatchObject([{ outcome: "reclaimed", error: "wrong branch" }]);
    const { exit, stdout } = await cli.run("archive", a, b);
    expect({ exit, stdout }).toEqual({ exit: 0, stdout: `archived ${a} (archived): a\narchived ${b} (archived): b\n` });
    await refused(["assign", a, "coder"], 1, "it is archived");
  });

  test("several at once, also from what list prints in a pipe", async () => {
    const [a, b] = [await cli.create("a", "--tenant", "many"), await cli.create("b", "--tenant", "many")];
    expect((await cli.run("assign", a, b, "coder")).stdout).toBe(
      `assigned ${a} (ready): a → coder\nassigned ${b} (ready): b → coder\n`,
    );
    const { stdout: listed } = await cli.run("list", "--tenant", "many");
    const ran = await cli.runWith({ stdin: listed }, "edit", "-", "--priority", "high");
    expect(ran).toMatchObject({ exit: 0, stdout: `edited ${a} (ready): a\nedited ${b} (ready): b\n`, stderr: "" });
    expect((await cli.runWith({ stdin: `${b}\n${a}\n` }, "move", "-", "todo")).stdout).toBe(
      `moved ${b} (todo): b\nmoved ${a} (todo): a\n`,
    );
    expect((await cli.run("comment", a, b, "see the brief")).stdout).toBe(`commented on ${a}\ncommented on ${b}\n`);
    expect([taskOf(a).priority, taskOf(b).priority]).toEqual([3, 3]);

    const before = cli.dump();
    const stray = await cli.runWith({ stdin: "ID TITLE\n" }, "archive", "-");
    expect([stray.exit, stray.stderr]).toEqual([
      2,
      expect.stringContaining("the id of a task at the beginning of each line"),
    ]);
    await refused(
      ["edit", a, b, "--title", "x", "--if-unchanged", "1"],
      2,
      "Cannot edit 2 tasks with one --if-unchanged",
    );
    await refused(["move", a, b, "running"], 2, "a person claims one at a time");
    await refused(["comment", a, b, "x", "--run", "1"], 2, "a run belongs to one task");
    expect(cli.dump()).toBe(before);
    await cli.run("archive", a, b);
  });

  test("stop holds what it ends and names the way back; --retry does not hold it", async () => {
    const [a, b] = [await cli.create("one"), await cli.create("two")];
    await cli.run("move", a, "running");
    await cli.run("move", b, "running");
    const { exit, stdout, stderr } = await cli.run("stop", a, b, "--reason", "wrong branch");
    expect({ exit, stdout }).toEqual({ exit: 0, stdout: `stopped ${a} (todo): one\nstopped ${b} (todo): two\n` });
    expect(stderr).toContain(`kanban move ${a} ready`);
    expect(await runsOf(a)).toMatchObject([{ outcome: "reclaimed", error: "stopped by ann: wrong branch" }]);
    expect((await cli.run("show", a)).stdout).toContain("a person to start it again: stopped by ann");
    await refused(["stop", a], 1, `Cannot stop task "${a}": it must be running, it is todo`);

    await cli.run("move", a, "ready");
    await cli.run("move", a, "running");
    expect(await cli.json("stop", a, "--retry")).toMatchObject({
      results: [{ task: { status: "ready", held: false } }],
    });
    await cli.run("archive", a, b);
  });

  test("comment signs, and keeps who really wrote it", async () => {
    const id = await cli.create("talk");
    const comment = { task_id: id, author: "zed", via: "ann", body: "@bob hello" };
    expect(await cli.json("comment", id, "@@bob hello", "--author", "zed")).toMatchObject({ results: [{ comment }] });
    await refused(["comment", id, "two", "words"], 2, 'one word too many, "two"');
    await refused(["comment", id, "x", "--run", "999"], 1, "no such run, 999");
    await refused(["comment", id, " "], 2, "Cannot use TEXT");
  });

  test("heartbeat holds the claim for its full time again", async () => {
    const id = await cli.create("slow");
    const { claim_expires_at: before } = await cli.json<Task>("claim", id, "--ttl", "1h");
    const { stdout } = await cli.run("heartbeat", id, "--note", "half");
    expect(stdout).toMatch(new RegExp(`^heartbeat of ${id}, the claim holds until \\d{4}-.*Z\n$`));
    expect(taskOf(id).claim_expires_at!).toBeGreaterThan(before!);
    await refused(["heartbeat", id, "--run", "999"], 1, "it must be running under run 999");
    await refused(["heartbeat", await cli.create("idle")], 1, "it must be running, it is ready");
  });
});
