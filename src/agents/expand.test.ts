import { afterAll, describe, expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { tempDir } from "../testing/mod.ts";
import { commandLine, expand, type StartRequest } from "./expand.ts";
import { AGENTS, PRESETS } from "./presets.ts";

const dir = tempDir();
const skill = (name: string, text: string) => {
  const folder = join(dir.path, name);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "SKILL.md"), `---\nname: ${name}\ndescription: x\n---\n\n${text}`);
  return { name, dir: folder };
};

afterAll(() => dir.remove());

function request(
  agent: string,
  more: { profile?: Partial<StartRequest["profile"]> } & Partial<Omit<StartRequest, "profile">> = {},
): StartRequest {
  return {
    task: { id: "t_00000001", title: "$(touch x); --help", tenant: "ops" },
    run: { id: 7 },
    workspace: "/w",
    dir: "/run",
    bin: "/home/a b/kanban",
    mcp_config: "/run/mcp.json",
    skills: [],
    roster: [],
    env: {
      PATH: "/bin",
      KANBAN_TASK: "t_00000001",
      KANBAN_RUN: "7",
      KANBAN_TENANT: "${SECRET}",
      KANBAN_HOME: '/h "q"',
    },
    prompt: "Do it well",
    ...more,
    profile: { name: "coder", agent, prompt: null, model: null, args: [], options: {}, ...more.profile },
  };
}

describe("expand()", () => {
  test.each(AGENTS)("%s: the title, the model's absence and placeholders leave no trace", (agent) => {
    const { argv, env, files, stdin } = expand(request(agent));
    const everything = JSON.stringify({ argv, env, files, stdin });
    expect(everything).not.toContain("touch x");
    expect(argv.join(" ")).not.toMatch(/\{\w+\}/);
    expect(argv).not.toContain(PRESETS[agent].model[0]);
    expect(everything).not.toContain("${SECRET}");
    expect(stdin).toContain("Now work on kanban task t_00000001. Begin with kanban_show.");
  });

  test.each(AGENTS)("%s: the profile's arguments stay whole", (agent) => {
    const { argv } = expand(request(agent, { profile: { args: ["--flag", "a b; $(c)"] } }));
    const at = argv.indexOf("--flag");
    expect(at).toBeGreaterThan(0);
    expect(argv[at + 1]).toBe("a b; $(c)");
  });

  test("registers the server for one run where the agent looks for it [N2]", () => {
    const env = { KANBAN_TASK: "t_00000001", KANBAN_RUN: "7", KANBAN_HOME: '/h "q"' };
    const server = { command: "/home/a b/kanban", args: ["mcp"], env };
    const file = (agent: string) => JSON.parse(expand(request(agent)).files[0]!.content);

    expect(expand(request("claude")).argv.join(" ")).toContain("--mcp-config /run/mcp.json --strict-mcp-config");
    expect(expand(request("claude")).files).toEqual([]);
    expect(file("amp")).toEqual({ kanban: server });
    expect(file("copilot")).toEqual({ mcpServers: { kanban: { type: "local", ...server, tools: ["*"] } } });
    expect(expand(request("qwen")).argv.join(" ")).toContain("--mcp-config /run/agent-mcp.json");
    expect(file("qwen")).toEqual({
      mcpServers: { kanban: { ...server, trust: true, discoveryTimeoutMs: 60_000, alwaysLoadTools: true } },
    });
    const overrides = expand(request("codex")).argv.filter((word) => word.startsWith("mcp_servers."));
    expect(Bun.TOML.parse(overrides.join("\n"))).toEqual({
      mcp_servers: {
        kanban: { ...server, default_tools_approval_mode: "approve", required: true, startup_timeout_sec: 60 },
      },
    });
  });

  test("opencode is given its settings in a variable, beside what the profile puts there [N4] [N5]", () => {
    const settings = (own?: string) => {
      const env = { KANBAN_RUN: "7", ...(own !== undefined && { OPENCODE_CONFIG_CONTENT: own }) };
      return JSON.parse(expand(request("opencode", { env })).env["OPENCODE_CONFIG_CONTENT"]!);
    };

    const { mcp, permission } = settings();
    expect(mcp.kanban).toEqual({
      ...{ type: "local", command: ["/home/a b/kanban", "mcp"], environment: { KANBAN_RUN: "7" }, enabled: true },
      timeout: 60_000,
    });
    // A project's rule for one of these wins over one for all, so each has its own.
    for (const key of ["*", "bash", "edit", "external_directory", "doom_loop"]) expect(permission[key]).toBe("allow");

    const merged = settings(`{ "theme": "x", /* mine */ "mcp": {"other": {}}, "permission": {"bash": "deny"}, }`);
    expect(merged).toMatchObject({ theme: "x", mcp: { other: {}, kanban: {} }, permission: { bash: "deny" } });
    expect(() => settings("[1]")).toThrow("OPENCODE_CONFIG_CONTENT does not hold a JSON object");
  });

  test("Gemini gets a home folder with the user's settings and our server under a name that no project has [N4]", () => {
    const user = join(dir.path, "ann");
    mkdirSync(join(user, ".gemini"), { recursive: true });
    const file = join(user, ".gemini", "settings.json");
    const planned = () => expand(request("gemini", { env: { HOME: user, KANBAN_RUN: "7" } }));
    const settings = () => JSON.parse(planned().home[0]!.files[0]!.content);
    const server = { command: "/home/a b/kanban", args: ["mcp"], env: { KANBAN_RUN: "7" }, trust: true };

    expect(settings()).toEqual({ mcpServers: { kanban_run: server } });
    writeFileSync(file, `{ "ui": {"theme": "x"}, // mine\n "mcp": {"allowed": ["a"]}, "mcpServers": {"a": {}}, }`);
    expect(settings()).toEqual({
      ...{ ui: { theme: "x" }, mcp: { allowed: ["a", "kanban_run"] }, mcpServers: { a: {}, kanban_run: server } },
    });

    const { env, home, stdin } = planned();
    expect(env["GEMINI_CLI_HOME"]).toBe("/run/agent-home");
    expect(home.map(({ name, of }) => [name, of])).toEqual([
      [".gemini", join(user, ".gemini")],
      [".agents", join(user, ".agents")],
    ]);
    expect(stdin).toContain("by the MCP server kanban_run;");
    // A home that the profile chose is the user's, too.
    const other = expand(request("gemini", { env: { HOME: user, GEMINI_CLI_HOME: "/srv/gemini" } }));
    expect(other.home[0]!.of).toBe("/srv/gemini/.gemini");

    for (const env of [{}, { HOME: "ann" }]) expect(expand(request("gemini", { env })).home[0]!.of).toBeNull();

    writeFileSync(file, "{ broken");
    expect(planned).toThrow(`${file} does not hold a JSON object`);
  });

  test("Gemini's shell hides the user's git configuration; it is given back, for its name and address", () => {
    const { env } = expand(request("gemini"));
    const home = join(dir.path, "committer");
    mkdirSync(home);
    writeFileSync(join(home, ".gitconfig"), "[user]\nemail = ann@example.org\n");
    // As that shell does it; what it adds follows the variables that were there.
    const hidden = { GIT_CONFIG_GLOBAL: "/dev/null", GIT_CONFIG_SYSTEM: "/dev/null", GIT_CONFIG_NOSYSTEM: "1" };
    const email = (more: object) => {
      const ran = Bun.spawnSync(["git", "config", "user.email"], {
        cwd: home,
        env: { PATH: process.env["PATH"]!, HOME: home, ...hidden, ...more },
      });
      return ran.stdout.toString();
    };

    expect(email({})).toBe("");
    expect(email(env)).toBe("ann@example.org\n");
  });

  test("Gemini may read the folders of its skills [N10]", () => {
    const skills = [skill("one", "a"), skill("a,b", "c")];
    const { argv } = expand(request("gemini", { skills }));
    expect(argv.filter((_, at) => argv[at - 1] === "--include-directories")).toEqual([join(dir.path, "one")]);
  });

  test("no worker replaces the program that it runs in [N10]", () => {
    for (const [agent, name] of [
      ["claude", "DISABLE_AUTOUPDATER"],
      ["opencode", "OPENCODE_DISABLE_AUTOUPDATE"],
    ] as const)
      expect(expand(request(agent)).env[name]).toBe("1");
    expect(expand(request("copilot")).argv).toContain("--no-auto-update");
    expect(expand(request("claude")).env["MCP_TIMEOUT"]).toBe("60000");
  });

  test("the prompt of an agent without a server of one run says how to call the tools from its shell", () => {
    const prompts = (agent: string) => expand(request(agent)).stdin;
    for (const agent of ["cursor", "droid", "hermes", "pi"])
      expect(prompts(agent)).toContain(`"$KANBAN_BIN" tool kanban_show '{}'`);
    for (const agent of ["claude", "codex", "gemini", "kilo"])
      expect(prompts(agent)).toContain("Use the tools, and not the shell");
  });

  test("says whom follow-ups can be given to: not to itself, not to the scripted worker, not to a guess", () => {
    const entry = (name: string, description: string | null = null) => ({
      name,
      description,
      builtin: name === "demo",
    });
    const said = (...roster: StartRequest["roster"]) => expand(request("claude", { roster })).stdin;
    expect(said(entry("coder"), entry("demo"), entry("reviewer", "Judges\n\n## Never"), entry("writer"))).toContain(
      "Profiles that kanban_create can assign to: reviewer (Judges ## Never), writer. Any other name",
    );
    expect(said(entry("coder"), entry("demo"))).toContain("There is no profile but yours.");
    const many = said(...Array.from({ length: 500 }, (_, n) => entry(`p${n}`, "x".repeat(500))));
    expect(many).toContain("and 460 more");
    expect(many.length).toBeLessThan(12_000);
  });

  test("the profile's own prompt follows the rules of a worker", () => {
    const { stdin } = expand(request("claude", { profile: { prompt: "…" } }));
    expect(stdin).toStartWith("# You are a worker of a kanban board");
    expect(stdin).toEndWith("Do it well");
  });

  test("skills are part of the prompt, without their front matter, as far as there is room", () => {
    const skills = [skill("small", "Be kind."), skill("large", "x".repeat(30_000)), skill("last", "Be brief.")];
    const { stdin } = expand(request("claude", { skills }));
    expect(stdin).toContain(`### Skill small (its files are in ${join(dir.path, "small")})\n\nBe kind.`);
    expect(stdin).toContain(`Read ${join(dir.path, "large", "SKILL.md")} before you begin.`);
    expect(stdin).toContain("Be brief.");
    expect(stdin).not.toContain("description: x");
    expect(stdin.length).toBeLessThan(20_000);
  });

  test("Hermes loads skills by its own flag, under its own profile; pi is given their folders", () => {
    const skills = [skill("kanban-worker", "a"), skill("extra", "b")];
    const { argv } = expand(request("hermes", { skills, profile: { model: "m", options: { profile: "researcher" } } }));
    expect(argv).toEqual([
      ...["hermes", "-p", "researcher", "chat", "--format", "stream-json", "--yolo"],
      ...["--skills", "kanban-worker", "--skills", "extra", "--model", "m", "--query-file", "-"],
    ]);
    const pi = expand(request("pi", { skills }));
    expect(pi.argv.slice(-4)).toEqual(["--skill", join(dir.path, "kanban-worker"), "--skill", join(dir.path, "extra")]);
    expect(pi.stdin).not.toContain("### Skill");
  });

  test("Copilot writes its usage into a file of the run [N10]", () => {
    expect(expand(request("copilot")).argv.join(" ")).toContain("--usage-output-file /run/agent-report.json");
  });

  test("Cursor's program has two names, and one that the profile names has no other [N10]", () => {
    expect(expand(request("cursor"))).toMatchObject({ also: ["agent"] });
    expect(expand(request("cursor", { profile: { options: { program: "/opt/cursor" } } }))).toMatchObject({
      also: [],
    });
  });

  test("a skill that is gone fails the start by name", () => {
    const gone = { name: "gone", dir: join(dir.path, "gone") };
    expect(() => expand(request("claude", { skills: [gone] }))).toThrow('Cannot load skill "gone"');
  });

  test("a model that looks like a placeholder or a flag stays one argument", () => {
    const { argv } = expand(request("codex", { profile: { model: "{mcp} --yolo $(x)" } }));
    expect(argv[argv.indexOf("-m") + 1]).toBe("{mcp} --yolo $(x)");
  });

  test("an agent without a preset is refused by name", () => {
    expect(() => expand(request("toString"))).toThrow('no preset for agent "toString"');
  });
});

test.each(AGENTS)("%s: where it keeps its sign-in is a place that the dispatcher finds", (agent) => {
  const places = PRESETS[agent].credential_files;

  expect(places.length).toBeGreaterThan(0);
  for (const place of places) expect(place).toMatch(/^(?:~|\$\{[A-Z_]+:-~(?:\/[\w.-]+)+\})(?:\/[\w.-]+)*$/);
});

describe("what an agent may do", () => {
  // What a flag about permissions has in its name, among all that is known.
  const PERMISSION = /permission|bypass|yolo|danger|allow-all|approval|sandbox|^--auto$|trust/i;

  test.each(AGENTS)("%s: each argument about it is named by its preset [D5]", (agent) => {
    const { permissions, argv } = PRESETS[agent];
    const { by, may } = permissions;

    expect(argv.join("\n")).toContain(by.join("\n"));
    const flags = argv.filter((arg) => !arg.startsWith("{") && PERMISSION.test(arg));
    expect(flags.filter((arg) => !(by as readonly string[]).includes(arg))).toEqual([]);
    expect(may).toMatch(/^it(s \S+ settings)? .*commands? .*as you|^its own settings say/);
  });

  test.each(AGENTS)("%s: the command line for people is that of a run [D5]", (agent) => {
    const profile = { model: "m", args: ["--flag"], options: {}, skills: [] };
    const run = request(agent, { profile, env: {}, workspace: "{workspace}", dir: "{run_dir}", bin: "{kanban}" });
    const { argv } = expand({ ...run, mcp_config: "{mcp_config}" });

    const line = commandLine({ ...run.profile, skills: [], workspace: null })!.map((arg) =>
      arg === "{report}" ? "{run_dir}/agent-report.json" : arg,
    );

    expect(line).toEqual(argv);
  });

  test("names the folders that a worktree opens, and no command of an agent that is not known [D5]", () => {
    const profile = { ...request("codex").profile, skills: [], workspace: { kind: "worktree" } };

    expect(commandLine(profile)!.join(" ")).toContain(
      "--add-dir {repository} --add-dir {repository}/worktrees/{task} -c",
    );
    expect(commandLine({ ...profile, agent: "nope" })).toBeNull();
  });
});
