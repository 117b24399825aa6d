import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Cli, testCli } from "../../testing/cli.ts";
import { getTask } from "../../kernel/mod.ts";
import { until } from "../../testing/mod.ts";
import { PRESETS } from "../../agents/presets.ts";

let cli: Cli;
beforeEach(() => void (cli = testCli()));
afterEach(() => cli.remove());

const configOf = (name: string) => join(cli.dir, "profiles", name, "config.yaml");
const config = (name: string) => Bun.YAML.parse(readFileSync(configOf(name), "utf8")) as Record<string, unknown>;
const TITLE = "$(touch x); --help";

describe("profile add", () => {
  test("writes an agent's profile with its account's variables, readable by its owner alone", async () => {
    const added = await cli.json(
      "profile",
      "add",
      "coder",
      "--agent",
      "claude",
      "--model",
      "sonnet",
      "--arg=--max-turns",
      "--arg",
      "9",
    );

    expect(added).toMatchObject({ name: "coder", agent: "claude", model: "sonnet", args: ["--max-turns", "9"] });
    expect(config("coder")).toMatchObject({ agent: "claude", env: { ANTHROPIC_API_KEY: null } });
    expect(statSync(configOf("coder")).mode & 0o777).toBe(0o600);
    expect(readdirSync(join(cli.dir, "profiles", "coder"))).toEqual(["config.yaml"]);
  });

  test("says what an agent may do, and shows the command that will be started [D5]", async () => {
    const { stderr } = await cli.run("profile", "add", "coder", "--agent", "claude", "--model", "sonnet");
    const says = "claude starts with --permission-mode bypassPermissions: it may run any command as you";
    expect(stderr.trim().split("\n")[0]).toBe(says);

    const shown = await cli.json<{ argv: string[]; permissions: string }>("profile", "show", "coder");
    expect(shown.permissions).toBe(says);
    expect(shown.argv.join(" ")).toMatch(/^claude -p .*--permission-mode bypassPermissions .*--model sonnet/);
    const page = (await cli.run("profile", "show", "coder")).stdout;
    expect(page).toContain(`permissions       ${says}`);
    expect(page).toMatch(/command +claude -p .*--permission-mode bypassPermissions/);

    await cli.run("profile", "add", "careful", "--agent", "claude", "--arg=--permission-mode", "--arg", "plan");
    expect((await cli.json<{ permissions: string }>("profile", "show", "careful")).permissions).toBe(
      `${says}, unless it lets this profile's --permission-mode plan win`,
    );
    const plain = await cli.run("profile", "add", "plain", "--command", "true");
    expect(plain.stderr).toBe("");
    expect(await cli.json("profile", "show", "plain")).toMatchObject({ argv: ["true"], permissions: null });
  });

  test("keeps every field", async () => {
    await cli.run(
      ...["profile", "add", "x", "--command", "work 'a b'", "--description", "d: #", "--prompt", "Do {task}"],
      ...["--env", "A=1=2", "--env", "B", "--skill", "one", "--max-running", "2", "--max-runtime", "30m"],
      ...["--may", "unblock,approve", "--workspace", "dir:/srv", "--repo", "/r", "--complete-on-exit"],
      ...["--stdin", "prompt", "--", "--flag", "{prompt}"],
    );
    expect(config("x")).toEqual({
      description: "d: #",
      command: ["work", "a b", "--flag", "{prompt}"],
      stdin: "prompt",
      prompt: "Do {task}",
      env: { A: "1=2", B: null },
      skills: ["one"],
      may: ["unblock", "approve"],
      max_running: 2,
      max_runtime: 1_800,
      workspace: "dir:/srv",
      repo: "/r",
      complete_on_exit: true,
    });
  });

  test.each([
    [["x"], 2, "needs either --agent or --command, got neither"],
    [["x", "--agent", "claude", "--command", "y"], 2, "needs either --agent or --command, got both"],
    [["x", "--agent", "claude", "--may", "complete"], 2, "--may: it must be one of link, unlink, edit, "],
    [["x", "--agent", "clod"], 2, "--agent: it must be one of claude, codex"],
    [["x", "--agent", "claude", "--", "y"], 2, "further words belong to --command"],
    [["x", "--command", "y", "--model", "m"], 2, "--model and --arg belong to --agent"],
    [["x", "--command", "a | b"], 2, "started without a shell"],
    [["../x", "--command", "y"], 2, "its name must begin with"],
    [["X", "--command", "y"], 2, "its name must begin with"],
    [["x", "--command", "y", "--env", "KANBAN_HOME=/"], 2, "must leave the KANBAN_ variables"],
    [["x", "--command", "y", "--repo", "relative"], 2, 'Cannot add profile "x": repo must be'],
    [["x", "--command", "y", "--workspace", "attic"], 2, "Cannot use workspace: it must be scratch, dir:PATH"],
    [["x", "--command", ""], 2, "command"],
    [
      ["x", "--command", "sh", "--", "-c", "{prompt}"],
      2,
      'Cannot add profile "x": command must not let sh run {prompt}',
    ],
    [["x", "--agent", "claude", "--stdin", "prompt"], 2, "stdin must be left out when agent is set"],
  ] as const)("refuses %p", async (words, exit, message) => {
    const ran = await cli.run("profile", "add", ...words);
    expect(ran).toMatchObject({ exit, stdout: "" });
    expect(ran.stderr).toContain(message);
    expect(existsSync(join(cli.dir, "profiles")) ? readdirSync(join(cli.dir, "profiles")) : []).toEqual([]);
  });

  test("a program in the current folder is written in full, unless the workspace may have it", async () => {
    const cwd = join(cli.dir, "..");
    writeFileSync(join(cwd, "lint.sh"), "#!/bin/sh\necho clean\n", { mode: 0o755 });
    const add = (...words: string[]) => cli.runWith({ cwd }, "profile", "add", ...words);

    expect(await add("lint", "--command", "./lint.sh {task}", "--complete-on-exit")).toMatchObject({ stderr: "" });
    expect(config("lint")["command"]).toEqual([join(cwd, "lint.sh"), "{task}"]);
    expect((await cli.run("profile", "test", "lint")).stdout).toMatch(/^works: completed .*\n {2}→ clean\n$/);

    expect(await add("inside", "--command", "./lint.sh", "--workspace", `dir:${cwd}`)).toMatchObject({ stderr: "" });
    expect(config("inside")["command"]).toEqual(["./lint.sh"]);
    const { stderr } = await add("gone", "--command", "./build.sh");
    expect(stderr).toBe("! ./build.sh is not here; it is looked for in the workspace of each task\n");
  });

  test("leaves a profile of that name alone, unless --force", async () => {
    await cli.run("profile", "add", "x", "--command", "one");
    const refused = await cli.run("profile", "add", "x", "--command", "two");
    expect(refused).toMatchObject({ exit: 1, stderr: expect.stringContaining("there is one already") });
    expect(config("x")).toEqual({ command: ["one"] });
    expect((await cli.run("profile", "add", "x", "--command", "two", "--force")).exit).toBe(0);
    expect(config("x")).toEqual({ command: ["two"] });
  });

  test("nothing but the argv arrives at a program, whatever the title holds", async () => {
    const script = join(cli.dir, "..", "tell.sh");
    writeFileSync(script, '#!/bin/sh\nprintf "%s\\n" "$#" "$@"\n');
    chmodSync(script, 0o755);
    await cli.run(
      "profile",
      "add",
      "coder",
      "--command",
      `'${script}' {prompt} --task={task}`,
      "--prompt=-x {title}",
      "--complete-on-exit",
    );
    const id = await cli.create(TITLE, "--assignee", "coder");

    const daemon = cli.start(["daemon"]);
    const status = () => cli.board((board) => getTask(board, id).status);
    await until(() => status() === "done", { ms: 15_000, what: "the task to be done" });
    daemon.kill();
    await daemon.exited;

    const [run] = await cli.json<{ summary: string }[]>("runs", id);
    expect(run!.summary.split("\n")).toEqual(["2", ` -x ${TITLE}`, `--task=${id}`]);
    const { workspace_path } = await cli
      .json<{ task: { workspace_path: string } }>("show", id)
      .then((page) => page.task);
    expect(readdirSync(workspace_path)).toEqual([]);
  }, 20_000);
});

describe("profile list", () => {
  test("says which programs are found, and the version of an agent's", async () => {
    const bin = join(cli.dir, "..", "bin");
    mkdirSync(bin);
    writeFileSync(join(bin, "cursor-agent"), "#!/bin/sh\necho; echo '2026.11.1 (test)'\n");
    chmodSync(join(bin, "cursor-agent"), 0o755);
    await cli.run("profile", "add", "there", "--agent", "cursor", "--env", `PATH=${bin}`);
    await cli.run("profile", "add", "gone", "--agent", "droid", "--env", `PATH=${bin}`);

    const began = performance.now();
    const rows = await cli.json<{ name: string; program: string | null; version: string | null }[]>("profile", "list");
    const took = performance.now() - began;

    expect(rows.map(({ name, program, version }) => [name, program !== null, version])).toEqual([
      ["demo", true, null],
      ["gone", false, null],
      ["there", true, "2026.11.1 (test)"],
    ]);
    expect(took).toBeLessThan(3_000); // What an agent is given to answer; this one answers at once.
  });
});

describe("profile show", () => {
  test("says which version of the agent its flags were tried with, or that they were only read about", async () => {
    const shown = async (agent: string) => {
      await cli.run("profile", "add", agent, "--agent", agent);
      const { tried } = await cli.json<{ tried: unknown }>("profile", "show", agent);
      return [tried, /tried with +(.*)/.exec((await cli.run("profile", "show", agent)).stdout)?.[1]];
    };

    expect(await shown("codex")).toEqual([PRESETS.codex.tried, PRESETS.codex.tried]);
    expect(await shown("cursor")).toEqual([null, "no version: its flags were only read about"]);
    expect((await cli.run("profile", "show", "demo")).stdout).not.toContain("tried with");
  });

  test("finds an agent by the other name of its program", async () => {
    const bin = join(cli.dir, "..", "bin");
    mkdirSync(bin, { recursive: true });
    writeFileSync(join(bin, "agent"), "#!/bin/sh\n", { mode: 0o755 });

    await cli.run("profile", "add", "x", "--agent", "cursor", "--env", `PATH=${bin}`);

    expect((await cli.json("profile", "show", "x"))["program"]).toBe(join(bin, "agent"));
  });

  test("names skills that are ignored for their names, as doctor does [A13]", async () => {
    await cli.run("profile", "add", "coder", "--command", "true");
    const dir = join(cli.dir, "profiles", "coder", "skills", "kanban-worker");
    mkdirSync(dir, { recursive: true });
    writeFileSync(join(dir, "SKILL.md"), "# Rules of a worker\n");

    const { stdout } = await cli.run("profile", "show", "coder");
    const asJson = await cli.json("profile", "show", "coder");
    const doctor = await cli.run("doctor");

    expect(stdout).toContain(`  ignored           ${dir}: a skill of that name comes with kanban\n`);
    expect(asJson["ignored_skills"]).toEqual([dir]);
    expect((await cli.json("profile", "show", "demo"))["ignored_skills"]).toEqual([]);
    expect(doctor.stdout).toContain(`! profiles       ${dir} is ignored: a skill of that name comes with kanban`);
  });
});

describe("profile remove", () => {
  test("takes the file, keeps what else is in the folder, and tells of waiting tasks", async () => {
    await cli.run("profile", "add", "x", "--command", "one");
    writeFileSync(join(cli.dir, "profiles", "x", "notes.md"), "mine");
    await cli.create("wait", "--assignee", "x");

    const ran = await cli.run("profile", "remove", "x");

    expect(ran).toMatchObject({ exit: 0, stdout: "removed x\n" });
    expect(ran.stderr).toMatch(/stays, it has 1 other file/);
    expect(ran.stderr).toMatch(/1 unfinished task assigned to x/);
    expect(readdirSync(join(cli.dir, "profiles", "x"))).toEqual(["notes.md"]);
    expect(await cli.run("profile", "remove", "x")).toMatchObject({
      exit: 1,
      stderr: expect.stringContaining("no such profile"),
    });
  });

  test("removes a profile that cannot be read, and no built-in one", async () => {
    await cli.run("profile", "add", "x", "--command", "one");
    writeFileSync(configOf("x"), "{ broken");
    expect((await cli.run("profile", "remove", "x")).exit).toBe(0);
    expect(existsSync(join(cli.dir, "profiles", "x"))).toBe(false);
    expect(await cli.run("profile", "remove", "demo")).toMatchObject({
      exit: 1,
      stderr: expect.stringContaining("it is built in"),
    });
    expect((await cli.run("profile", "remove", "../..")).exit).toBe(2);
  });
});

describe("profile test", () => {
  test("starts the worker for real, in a board of its own", async () => {
    const result = await cli.json<Record<string, unknown>>("profile", "test", "demo");
    expect(result).toMatchObject({ profile: "demo", ok: true, outcome: "completed", error: null, home: null });
    expect(cli.board((board) => board.db.query("SELECT count(*) AS n FROM tasks").get())).toEqual({ n: 0 });
  });

  describe("an agent's", () => {
    /** An agent that does what its profile's DOES says, and always completes. */
    async function agent(does: string): Promise<void> {
      const program = join(cli.dir, "..", "agent.sh");
      const steps = [
        ...["#!/bin/sh", "cat > prompt.txt", 'has() { case "$DOES" in *$1*) return 0;; *) return 1;; esac; }'],
        `has tools && "$KANBAN_BIN" tool kanban_comment "{\\"task_id\\":\\"$KANBAN_TASK\\",\\"body\\":\\"written with a tool\\"}"`,
        'has shell && "$KANBAN_BIN" comment "$KANBAN_TASK" "written from the shell"',
        'has commit && echo works > a.txt && git add a.txt && git commit -m "a commit of a worker"',
        "has sandboxed && echo \"fatal: Unable to create 'x/index.lock': Read-only file system\"",
        '"$KANBAN_BIN" complete --summary "$PWD"',
      ];
      writeFileSync(program, `${steps.join("\n")}\n`, { mode: 0o755 });
      mkdirSync(join(cli.dir, "profiles", "x"), { recursive: true });
      const git = {
        GIT_AUTHOR_NAME: "a",
        GIT_AUTHOR_EMAIL: "a@b",
        GIT_COMMITTER_NAME: "a",
        GIT_COMMITTER_EMAIL: "a@b",
      };
      writeFileSync(
        configOf("x"),
        JSON.stringify({ agent: "claude", options: { program }, env: { DOES: does, ...git } }),
      );
    }

    test("commits in a worktree below the home, uses a tool and reaches the board from its shell [N12]", async () => {
      await agent("tools shell commit");

      const result = await cli.json("profile", "test", "x");

      expect(result).toMatchObject({ ok: true, checks: { tools: true, shell: true, commit: true }, failures: [] });
      const place = join(cli.dir, "run", "profile-tests");
      expect(result["summary"]).toMatch(new RegExp(`^${place}/test-\\w+/repository/.worktrees/test$`));
      expect(readdirSync(place)).toEqual([]);
    });

    test("whose sandbox keeps its shell from the board works by its tools, and that is said", async () => {
      await agent("tools commit");

      const { exit, stdout } = await cli.run("profile", "test", "x");

      expect(exit).toBe(0);
      expect(stdout).toStartWith("works: completed after ");
      expect(stdout).toContain('  ! it reaches the board by its tools alone; in its shell: "$KANBAN_BIN" comment left');
    });

    test("that does none of it is told in words what failed, though it completed [N12]", async () => {
      await agent("sandboxed");

      const { exit, stdout } = await cli.run("profile", "test", "x");

      expect(exit).toBe(1);
      expect(stdout).toStartWith("does not work: completed after ");
      expect(stdout).toContain("✗ no tools: it called none of the MCP server kanban\n");
      expect(stdout).toContain('✗ no board in its shell: "$KANBAN_BIN" comment left no comment\n');
      expect(stdout).toMatch(/✗ no commit in a worktree: fatal: Unable to create .* Read-only file system\n/);
    });
  });

  test("tells why a profile does not work, with the end of its log [C3]", async () => {
    await cli.run("profile", "add", "x", "--command", "sh", "--", "-c", "echo no key; exit 3");
    const { exit, stdout } = await cli.run("profile", "test", "x");
    expect(exit).toBe(1);
    expect(stdout).toStartWith("does not work: crashed after ");
    expect(stdout).toContain("exit code 3: no key");

    await cli.run("profile", "add", "y", "--command", "/nowhere/program");
    const script = join(cli.dir, "..", "worker.sh");
    writeFileSync(script, "#!/bin/sh\n", { mode: 0o644 });
    const added = await cli.run("profile", "add", "z", "--command", `'${script}'`);
    expect(added.stderr).toContain(`its program cannot be started: ${script} exists, but is not executable`);
    const forbidden = await cli.run("profile", "test", "z");
    expect(forbidden).toMatchObject({ exit: 1, stdout: expect.stringContaining("it exists, but is not executable") });
    expect((await cli.run("doctor")).stdout).toContain(`cannot start: ${script} exists, but is not executable`);

    const missing = await cli.run("profile", "test", "y");
    expect(missing).toMatchObject({ exit: 1, stdout: expect.stringContaining('program "/nowhere/program" not found') });
  });

  test("lends the board of the test a program that its profile names relative to the workspace", async () => {
    const folder = join(cli.dir, "..", "project");
    mkdirSync(join(folder, "bin"), { recursive: true });
    writeFileSync(join(folder, "bin", "lint.sh"), "#!/bin/sh\necho none of 3 files; pwd\n", { mode: 0o755 });
    await cli.run(
      ...["profile", "add", "linter", "--command", "./bin/lint.sh", "--complete-on-exit"],
      ...["--workspace", `dir:${folder}`],
    );

    const result = await cli.json<{ summary: string }>("profile", "test", "linter");

    expect(result).toMatchObject({ ok: true, outcome: "completed", program: join(folder, "bin", "lint.sh") });
    expect(result.summary).toMatch(/^none of 3 files\n.*\/workspaces\/test$/); // Not in the project itself.
    expect(readdirSync(folder)).toEqual(["bin"]);
  });

  test("says what to do where the error does not", async () => {
    const hintOf = async (...flags: string[]) => {
      await cli.run("profile", "add", "x", "--force", ...flags);
      const { exit, stderr } = await cli.run("profile", "test", "x", "--timeout", "1s");
      expect(exit).toBe(1);
      return /^hint: (.*)$/m.exec(stderr)?.[1];
    };

    expect(await hintOf("--agent", "droid")).toStartWith("install Factory Droid; if droid is there");
    expect(await hintOf("--command", "sleep 600")).toContain("may have waited for an answer");
    expect(await hintOf("--command", "true")).toContain('"$KANBAN_BIN" complete');
    expect(await hintOf("--command", "sh", "--", "-c", "kanban complete")).toContain(
      'calls the board as "$KANBAN_BIN"',
    );
    expect(await hintOf("--command", "false")).toBeUndefined();
  }, 20_000);

  test("ends a worker that hangs, and leaves nothing behind", async () => {
    await cli.run("profile", "add", "x", "--command", "sleep 600", "--env", "MARK=hang");
    const { exit, stdout } = await cli.run("profile", "test", "x", "--timeout", "1s");
    expect(exit).toBe(1);
    expect(stdout).toContain("ran for 1 s, its time limit is 1 s");
  });

  test("knows no profile that is not there", async () => {
    expect(await cli.run("profile", "test", "nobody")).toMatchObject({
      exit: 1,
      stderr: expect.stringContaining("no such profile"),
    });
  });
});
