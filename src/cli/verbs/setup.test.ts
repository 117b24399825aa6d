import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Cli, testCli } from "../../testing/cli.ts";
import { SETUP_AGENTS } from "../../setup/setup_places.ts";

let cli: Cli;
let project: string;
beforeEach(() => {
  cli = testCli();
  project = join(cli.env["HOME"]!, "project");
  mkdirSync(project);
});
afterEach(() => cli.remove());

const run = (...words: string[]) => cli.runWith({ cwd: project }, "setup", ...words);

describe("setup", () => {
  test("is checked, done, found to be done, and taken out again", async () => {
    const config = join(cli.env["HOME"]!, ".claude.json");
    writeFileSync(config, '{"numStartups":1}');

    expect(await run("claude", "--check")).toMatchObject({
      exit: 1,
      stdout: expect.stringContaining("the MCP server is missing"),
      stderr: "hint: write it with: kanban setup claude\n",
    });
    expect(existsSync(join(cli.env["HOME"]!, ".claude"))).toBe(false);
    const printed = await run("claude", "--print");
    expect(printed).toMatchObject({ exit: 0, stdout: expect.stringContaining('"kanban"') });
    expect(readFileSync(config, "utf8")).toBe('{"numStartups":1}');

    const done = await run("claude");
    expect(done.exit).toBe(0);
    expect(done.stdout).toMatch(
      /^added to .*\.claude\.json \(as it was: .*backups\/setup\/.*claude\.json\)\nadded to .*CLAUDE\.md\n$/,
    );
    expect(done.stderr).toBe("hint: claude notices when it is started again\n");
    expect((await run("claude", "--check")).exit).toBe(0);
    expect((await run("claude")).stdout).toMatch(/^nothing to do in .*\nnothing to do in .*\n$/);

    expect((await run("claude", "--remove")).exit).toBe(0);
    expect(readFileSync(config, "utf8")).toBe('{"numStartups":1}');
    expect(existsSync(join(cli.env["HOME"]!, ".claude"))).toBe(false);
  });

  test("what it registers is a command that works from anywhere", async () => {
    await run("claude");
    const { kanban } = JSON.parse(readFileSync(join(cli.env["HOME"]!, ".claude.json"), "utf8")).mcpServers;

    const child = Bun.spawn([kanban.command, ...kanban.args], {
      cwd: "/",
      env: { PATH: "/usr/bin:/bin", HOME: cli.env["HOME"]!, ...kanban.env },
      stdin: new Blob([
        '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"kanban_create","arguments":{"title":"From afar"}}}\n',
      ]),
      stdout: "pipe",
    });
    expect(await new Response(child.stdout).text()).toContain('\\"status\\":\\"ready\\"');

    const tasks = await cli.json<{ title: string }[]>("list");
    expect(tasks).toMatchObject([{ title: "From afar" }]);
    const command = /`(.* prime)`/.exec(readFileSync(join(cli.env["HOME"]!, ".claude", "CLAUDE.md"), "utf8"))![1]!;
    const primed = Bun.spawnSync(["/bin/sh", "-c", command], {
      cwd: "/",
      env: { PATH: "/usr/bin:/bin", HOME: cli.env["HOME"]! },
    });
    expect(primed.stdout.toString()).toContain("On the board: 1 ready");
  });

  test("registers itself, and not another program that is called kanban on the PATH", async () => {
    const bin = join(cli.env["HOME"]!, "bin");
    mkdirSync(bin);
    writeFileSync(join(bin, "kanban"), "#!/bin/sh\necho a stranger\n", { mode: 0o755 });
    const env = { PATH: `${bin}:${cli.env["PATH"]}` };

    const { stderr } = await cli.runWith({ cwd: project, env }, "setup", "claude", "--project");
    expect(stderr).toContain(`which must be on PATH; here it is ${bin}/kanban: make sure that this is it\n`);
    expect((await cli.runWith({ cwd: project, env }, "setup", "claude")).exit).toBe(0);
    const { kanban } = JSON.parse(readFileSync(join(cli.env["HOME"]!, ".claude.json"), "utf8")).mcpServers;
    expect(kanban.command).toBe(join(cli.dir, "run", "kanban"));
    expect((await cli.runWith({ env }, "prime")).stdout).toContain(kanban.command);
  });

  test("writes no path of this machine into a project, and says what its files then need [N4]", async () => {
    for (const agent of SETUP_AGENTS) {
      const { exit, stderr } = await run(agent, "--project");
      expect(exit).toBe(0);
      expect(stderr).toContain("the entry reaches this board only where KANBAN_HOME is set as it is here\n");
    }

    const files = readdirSync(project, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    expect(files.length).toBeGreaterThan(6);
    for (const { parentPath, name } of files) {
      const text = readFileSync(join(parentPath, name), "utf8");
      expect(text).not.toContain(cli.env["HOME"]!);
      expect(text).not.toMatch(/KANBAN_HOME|\/run\/kanban/);
    }
    const { kanban } = JSON.parse(readFileSync(join(project, ".mcp.json"), "utf8")).mcpServers;
    expect(kanban).toEqual({ command: "kanban", args: ["mcp", "--orchestrator"] });
    expect((await run("codex", "--project", "--check")).exit).toBe(0);
  });

  test.each([
    [["claude", "--check", "--remove"], "only one of --check and --remove"],
    [["emacs"], "AGENT: it must be one of claude, codex, gemini, opencode, cursor"],
    [[], "missing AGENT"],
  ] as const)("refuses %p", async (words, message) => {
    expect(await run(...words)).toMatchObject({ exit: 2, stdout: "", stderr: expect.stringContaining(message) });
  });
});

describe("prime", () => {
  test("introduces the board to everybody, and nothing of a worker's rules", async () => {
    await cli.create("one");
    const { stdout } = await cli.run("prime");
    expect(stdout).toStartWith("# The kanban board");
    expect(stdout).toContain(
      "On the board: 1 ready, 0 running, 0 review, 0 blocked. Profiles: none yet, so nothing is worked on",
    );
    expect(stdout).not.toMatch(/Six steps|You are a worker|kanban_heartbeat|kanban_complete/);
    expect(stdout.length).toBeLessThan(3_000);
  });

  test("is a first command like any other, and names only profiles that work", async () => {
    const env = { KANBAN_HOME: join(cli.env["HOME"]!, "fresh") };
    expect(await cli.runWith({ env }, "prime")).toMatchObject({ exit: 0, stderr: "" });

    await cli.run("profile", "add", "coder", "--command", "true", "--description", "Fixes code");
    const { stdout } = await cli.run("prime");
    expect(stdout).toContain("Profiles: coder (Fixes code).\n");
  });

  test("gives a worker its instructions, and how to call the tools from its shell", async () => {
    const id = await cli.create("one", "--assignee", "coder");
    const { run } = await cli
      .json<{ run: { id: number } }>("claim", id)
      .then(() => cli.json<{ id: number }[]>("runs", id))
      .then(([first]) => ({ run: first! }));
    const env = { KANBAN_TASK: id, KANBAN_RUN: String(run.id), KANBAN_PROFILE: "coder" };
    const { stdout } = await cli.runWith({ env }, "prime");
    expect(stdout).toContain("There is no profile but yours.");
    expect(stdout).toContain(`You are the worker "coder", at work on task ${id} in run ${run.id}`);
    expect(stdout).toContain(`"$KANBAN_BIN" tool kanban_show '{}'`);
  });
});

describe("tool", () => {
  async function worker() {
    const id = await cli.create("one", "--assignee", "coder");
    await cli.json("claim", id);
    const [run] = await cli.json<{ id: number }[]>("runs", id);
    const env = { KANBAN_TASK: id, KANBAN_RUN: String(run!.id), KANBAN_PROFILE: "coder" };
    return { id, run: run!.id, tool: (...words: string[]) => cli.runWith({ env }, "tool", ...words), env };
  }

  test("lists the tools of a worker, and none elsewhere", async () => {
    const { env } = await worker();
    const { stdout } = await cli.runWith({ env }, "tool", "--json");
    expect((JSON.parse(stdout) as { name: string }[]).map(({ name }) => name)).toHaveLength(7);
    expect(await cli.run("tool")).toMatchObject({
      exit: 0,
      stdout: "",
      stderr: expect.stringContaining("KANBAN_TASK"),
    });
  });

  test("prints the reply as JSON, and exits 1 when it is refused", async () => {
    const { id, run, tool } = await worker();
    const handoff = join(cli.env["HOME"]!, "handoff.json");
    writeFileSync(handoff, '{"summary": "it\'s \\"done\\""}');

    const refused = await tool("kanban_complete", "{}");
    const shown = await tool("kanban_show");
    const done = await tool("kanban_complete", `@${handoff}`);
    const late = await tool("kanban_heartbeat", "{}");

    expect(refused).toMatchObject({ exit: 1, stderr: "" });
    expect(JSON.parse(refused.stdout)).toEqual({
      error: expect.stringContaining("summary or result must say what was done"),
    });
    expect(JSON.parse(shown.stdout)).toMatchObject({ task: { id, current_run_id: run } });
    expect(JSON.parse(done.stdout)).toEqual({ ok: true, task_id: id, run_id: run });
    expect(late.exit).toBe(1);
    expect(await cli.json<object[]>("runs", id)).toMatchObject([{ summary: 'it\'s "done"' }]);
  });

  test("malformed arguments are a usage error", async () => {
    const { tool } = await worker();
    const ran = await tool("kanban_complete", "{summary: done}");
    expect(ran).toMatchObject({
      exit: 2,
      stdout: "",
      stderr: expect.stringContaining("its arguments must be a JSON object"),
    });
  });

  test("outside a worker's environment a tool is refused and nothing changes", async () => {
    const id = await cli.create("one");
    const before = cli.dump();
    const ran = await cli.run("tool", "kanban_complete", `{"task_id": "${id}", "summary": "x"}`);
    expect(ran.exit).toBe(1);
    expect(JSON.parse(ran.stdout)).toEqual({ error: expect.stringContaining("the tools belong to a worker") });
    expect(cli.dump()).toBe(before);
  });
});
