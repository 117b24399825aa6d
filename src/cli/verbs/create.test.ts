import { afterAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdirSync, realpathSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { acquireLock, type Task } from "../../kernel/mod.ts";
import { testCli } from "../../testing/cli.ts";
import { git, gitStandIn, newRepository } from "../../testing/git.ts";

setDefaultTimeout(20_000); // Every call is a process, and the machine may be busy.

const cli = testCli();
afterAll(cli.remove);

describe("kanban create", () => {
  test("stores every field that a flag names", async () => {
    const parent = await cli.create("first");
    const task = await cli.json<Task>(
      ...[
        "create",
        " Build it ",
        "--body",
        "All of it",
        "-a",
        "coder",
        "--parent",
        parent.slice(0, 6),
        "--tenant",
        "shop",
      ],
      ...[
        "--priority",
        "high",
        "--workspace",
        "dir:~/work",
        "--review",
        "--max-runtime",
        "30m",
        "--skill",
        "b",
        "--skill",
        "a",
      ],
      ...["--idempotency-key", "k1", "--created-by", "zed", "--workflow-template-id", "w", "--current-step-key", "s"],
    );
    expect(task).toMatchObject({
      title: "Build it",
      body: "All of it",
      assignee: "coder",
      status: "todo",
      tenant: "shop",
      priority: 3,
      workspace_kind: "dir",
      workspace_path: `${cli.env["HOME"]}/work`,
      review: true,
      max_runtime_seconds: 1_800,
      skills: ["b", "a"],
      idempotency_key: "k1",
      created_by: "zed",
      workflow_template_id: "w",
      current_step_key: "s",
    });
  });

  test("says what it made, or the id alone", async () => {
    expect((await cli.run("create", "Say hello")).stdout).toMatch(/^created t_[0-9a-f]{8} \(ready\): Say hello\n$/);
    expect((await cli.run("create", "quiet", "--quiet")).stdout).toMatch(/^t_[0-9a-f]{8}\n$/);
    expect((await cli.run("create", "later", "--not-before", "2h")).stdout).toContain("(todo)");
    expect((await cli.run("create", "idea", "--triage")).stdout).toContain("(triage)");
  });

  test("keeps a title and a body of any bytes", async () => {
    const title = "--help; $(touch x) 'q' \"d\" \x1b[31m \u202e 漢字 👩‍👩‍👧 \t end";
    const body = Array.from({ length: 0x9f }, (_, code) => String.fromCharCode(code + 1)).join("");
    const { stdout } = await cli.runWith({ stdin: body }, "create", "--body-file", "-", "--json", "--", title);
    expect(JSON.parse(stdout)).toMatchObject({ title, body });
  });

  test("takes a body of 1 MiB, and no more", async () => {
    const whole = await cli.runWith({ stdin: "x".repeat(1024 * 1024) }, "create", "big", "--body-file", "-", "--json");
    expect(JSON.parse(whole.stdout).body).toHaveLength(1024 * 1024);
    const before = cli.dump();
    const more = await cli.runWith({ stdin: "x".repeat(1024 * 1024 + 1) }, "create", "big", "--body-file", "-");
    expect(more).toMatchObject({ exit: 2, stdout: "", stderr: expect.stringContaining("must be at most 1 MiB") });
    expect(cli.dump()).toBe(before);
  });

  test("gives back the task that has the key, also when two ask at once", async () => {
    const both = await Promise.all([1, 2, 3].map(() => cli.run("create", "once", "--idempotency-key", "race")));
    const ids = both.map(({ stdout }) => /t_[0-9a-f]{8}/.exec(stdout)![0]);
    expect(new Set(ids).size).toBe(1);
    expect(both.map(({ stdout }) => stdout.split(" ")[0]).sort()).toEqual(["created", "found", "found"]);
  });

  test.each([
    [["  "], 2, "Cannot use title: it must be a text that is not blank"],
    [["x".repeat(501)], 2, "Cannot use title: it must be at most 500 characters"],
    [["x", "--priority", "soon"], 2, "Cannot use --priority"],
    [["x", "--max-runtime", "3x"], 2, "Cannot use --max-runtime"],
    [["x", "--not-before", "later"], 2, "Cannot use --not-before"],
    [["x", "--idempotency-key", ""], 2, "Cannot use --idempotency-key: it must be a text that is not blank"],
    [["x", "--skill", "A b"], 2, "Cannot use skill"],
    [["x", "--workspace", "scratch:/x"], 2, "Cannot use workspace"],
    [["x", "--workspace", "cloud"], 2, "Cannot use workspace"],
    [["x", "--body", "a", "--body-file", import.meta.path], 2, "got --body and --body-file"],
    [["x", "--body", "@/nonexistent"], 2, 'Cannot read --body: there is no file "/nonexistent"'],
    [["x", "--body-file", "/nonexistent"], 2, 'Cannot read --body-file: there is no file "/nonexistent"'],
    [["x", "--parent", "t_ffffffff"], 1, 'task "t_ffffffff": no such task'],
  ])("refuses %j and changes nothing", async (words, exit, message) => {
    const before = cli.dump();
    const ran = await cli.run("create", ...words);
    expect(ran).toMatchObject({ exit, stdout: "", stderr: expect.stringContaining(message) });
    expect(cli.dump()).toBe(before);
  });

  test("stores a worktree in the repository that it was called in, a path in none with that repository [J10]", async () => {
    const repo = join(cli.env["HOME"]!, "my repo");
    newRepository(join(repo, "deep"));
    newRepository(repo);
    const call = async (cwd: string, workspace: string) => {
      const { stdout } = await cli.runWith({ cwd }, "create", "x", "--workspace", workspace, "--json");
      return JSON.parse(stdout) as Task;
    };
    mkdirSync(join(repo, "src"));

    const { id, workspace_path } = await call(join(repo, "src"), "worktree");
    const sibling = join(cli.env["HOME"]!, "sibling");
    const beside = await call(repo, `worktree:${sibling}`);
    const edited = await cli.create("y");
    await cli.runWith({ cwd: repo }, "edit", edited, "--workspace", `worktree:${sibling} 2`);

    expect(workspace_path).toBe(join(realpathSync(repo), ".worktrees", id));
    expect((await cli.run("claim", beside.id)).exit).toBe(0);
    expect((await cli.run("claim", edited)).exit).toBe(0);
    for (const path of [sibling, `${sibling} 2`])
      expect(git(path, "rev-parse", "--git-common-dir")).toBe(join(realpathSync(repo), ".git"));
  });

  test("finds the top of a submodule that it is called in [J7]", async () => {
    const home = realpathSync(cli.env["HOME"]!);
    newRepository(join(home, "lib"));
    newRepository(join(home, "project"));
    git(join(home, "project"), "submodule", "add", "-q", join(home, "lib"), "lib");

    const { stdout } = await cli.runWith(
      { cwd: join(home, "project", "lib") },
      ...["create", "x", "--workspace", "worktree", "--json"],
    );

    const { id, workspace_path } = JSON.parse(stdout) as Task;
    expect(workspace_path).toBe(join(home, "project", "lib", ".worktrees", id));
  });

  test("refuses a worktree that can never be made, in true words, and changes nothing [J2]", async () => {
    const home = realpathSync(cli.env["HOME"]!);
    const repo = newRepository(join(home, "repo"));
    mkdirSync(join(cli.dir, "profiles", "bare"), { recursive: true });
    writeFileSync(join(cli.dir, "profiles", "bare", "config.yaml"), "command: [/bin/true]\n");
    mkdirSync(join(home, "no git"));
    const old = gitStandIn(join(home, "old"), '[ "$verb" = version ] && { echo "git version 2.25.1"; exit; }');
    const unsafe =
      '[ "$verb" = rev-parse ] && { echo "fatal: detected dubious ownership in repository at \'/r\'" >&2; exit 128; }';
    const theirs = gitStandIn(join(home, "theirs"), unsafe);
    const before = cli.dump();

    const refusals = [
      await cli.runWith({ cwd: repo, env: { PATH: join(home, "no git") } }, "create", "x", "--workspace", "worktree"),
      await cli.runWith({ cwd: repo, env: { PATH: old } }, "create", "x", "--workspace", "worktree"),
      await cli.runWith({ cwd: repo, env: { PATH: theirs } }, "create", "x", "--workspace", "worktree"),
      await cli.runWith({ cwd: home }, "create", "x", "--workspace", "worktree", "--assignee", "bare"),
      await cli.runWith({ cwd: home }, "create", "x", "--workspace", `worktree:${home}/wt`, "--assignee", "bare"),
    ];

    expect(refusals.map(({ exit, stdout, stderr }) => [exit, stdout, stderr.split("\n")[0]])).toEqual([
      [1, "", "error: Cannot create a task: git is not installed, or not on PATH"],
      [1, "", "error: Cannot create a task: git 2.25.1 is too old, it must be 2.30 or newer"],
      [1, "", 'error: Cannot create a task: git refuses "/r": it belongs to another user'],
      [1, "", expect.stringContaining('neither this folder is in one nor names profile "bare" one')],
      [1, "", expect.stringContaining('neither this folder is in one nor names profile "bare" one')],
    ]);
    expect(cli.dump()).toBe(before);
  });

  test("hints on stderr that another task works in the same folder, perhaps at the same time, as edit does [J9]", async () => {
    const dir = join(cli.env["HOME"]!, "site");
    const hint = (one: string, other: string) =>
      `hint: ${one} works in "${dir}" too, perhaps at the same time; make one wait for the other with: kanban link ${one} ${other}\n`;
    const first = await cli.create("first", "--workspace", `dir:${dir}`, "--triage");

    const { stdout, stderr } = await cli.run("create", "second", "--workspace", `dir:${dir}/`, "--triage", "--json");
    const { id: second } = JSON.parse(stdout) as Task;
    const third = await cli.run("create", "third", "--workspace", `dir:${dir}`, "--parent", first, "--parent", second);
    const fourth = await cli.create("fourth", "--triage");
    const edited = await cli.run("edit", fourth, "--workspace", `dir:${dir}`);
    const untouched = await cli.run("edit", fourth, "--title", "4th");

    expect(stderr).toContain(hint(first, second));
    expect(third.stderr).not.toContain("works in"); // It waits for both.
    expect(edited.stderr).toContain(hint(first, fourth));
    expect(untouched.stderr).not.toContain("works in");
  });

  test("hints on stderr that nothing starts a task for a name that is no profile", async () => {
    const hint =
      'hint: no profile is named "translater": unless that is a person, make one with: kanban profile add translater --agent AGENT\n';
    expect((await cli.run("create", "typo", "--assignee", "translater")).stderr).toStartWith(hint);
    const id = await cli.create("for a profile", "--assignee", "demo");
    expect((await cli.run("assign", id, "translater")).stderr).toBe(hint);
    for (const name of ["demo", "ann", "none"]) expect((await cli.run("assign", id, name)).stderr).toBe("");
    expect((await cli.run("assign", id, "demmo")).stderr).toBe(
      `hint: no profile is named "demmo": unless that is a person, did you mean "demo"? Then: kanban assign ${id} demo\n`,
    );
    // What no profile can be called is not proposed as the name of one.
    for (const name of ["Bob Smith", "../profiles", "Translater"])
      expect((await cli.run("assign", id, name)).stderr).toBe(
        `hint: no profile is named "${name}": unless that is a person, give it to one with: kanban assign ${id} PROFILE\n`,
      );
  });

  test("hints on a terminal that it is not assigned", async () => {
    const { screen } = await cli.terminal(["create", "whose?"]);
    expect(screen).toMatch(/nothing starts it while it is not assigned: kanban assign t_[0-9a-f]{8} PROFILE/);
  });

  test("hints on stderr when work is ready and no dispatcher runs", async () => {
    // Backlog, and what waits for a person, is no work of a dispatcher.
    expect((await cli.run("create", "backlog")).stderr).toBe("");
    expect((await cli.run("create", "for a person", "--assignee", "ann")).stderr).toBe("");
    const { stdout, stderr } = await cli.run("create", "another", "--assignee", "demo");
    expect(stderr).toMatch(/^hint: \d+ tasks? (is|are) ready and no dispatcher runs; start one with: kanban up\n$/);
    expect(stdout).not.toContain("hint");
    const lock = acquireLock(join(cli.dir, "run", "dispatcher.db"), { pid: process.pid, host: "here", started_at: 1 });
    expect((await cli.run("list")).stderr).toBe("");
    if ("release" in lock) lock.release();
    await cli.run("pause");
    expect((await cli.run("list")).stderr).toContain("but the board is paused; go on with: kanban resume");
    await cli.run("resume");
  });

  test("reads a file named by a path with spaces", async () => {
    const path = join(cli.env["HOME"]!, "a note 📝.md");
    writeFileSync(path, "# Note\n");
    expect(await cli.json("create", "x", "--body", `@${path}`)).toMatchObject({ body: "# Note\n" });
    expect(await cli.json("create", "x", "--body", "@@ann, look")).toMatchObject({ body: "@ann, look" });
    const none = await cli.json<Task>("create", "x", "--assignee", "none");
    expect(none.assignee).toBe(null);
    const { results } = await cli.json<{ results: { task: Task }[] }>("edit", none.id, "--body", `@${path}`);
    expect(results[0]!.task.body).toBe("# Note\n");
    expect(await cli.json("create", "x", "--body-file", path)).toMatchObject({ body: "# Note\n" });
  });
});
