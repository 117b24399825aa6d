import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { homeOf } from "../home.ts";
import { refusal, tempDir } from "../testing/mod.ts";
import { applySetup, checkSetup, removeSetup, type SetupOptions } from "./setup.ts";
import { placeOf, SETUP_AGENTS, type SetupAgent } from "./setup_places.ts";

let dir: ReturnType<typeof tempDir>;
let user: SetupOptions;
beforeEach(() => {
  dir = tempDir();
  const home = homeOf({ KANBAN_HOME: join(dir.path, "kanban") });
  user = {
    home,
    userHome: join(dir.path, "me"),
    env: {},
    project: null,
    command: ["/opt/my tools/kanban"],
    variables: {},
    spoken: "'/opt/my tools/kanban'",
  };
  mkdirSync(user.userHome);
});
afterEach(() => dir.remove());

const inProject = (): SetupOptions => ({ ...user, project: join(dir.path, "project") });
const put = (path: string, text: string) => {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
};

/** Every file and folder below the user's home and the project, with its content and mode. */
function world(): Record<string, string> {
  const entries: Record<string, string> = {};
  const walk = (path: string) => {
    for (const name of readdirSync(path).sort()) {
      const full = join(path, name);
      const stat = lstatSync(full);
      const content = stat.isDirectory() ? "folder" : readFileSync(full, "utf8");
      entries[full] = `${stat.isSymbolicLink() ? "link " : ""}${(stat.mode & 0o777).toString(8)} ${content}`;
      if (stat.isDirectory()) walk(full);
    }
  };
  for (const name of ["me", "project"]) if (existsSync(join(dir.path, name))) walk(join(dir.path, name));
  return entries;
}

const CONFIGS: Record<string, readonly string[]> = {
  json: [
    "{}",
    '{"theme":"dark"}\n',
    '{\n  // mine\n  "mcpServers": {\n    "other": { "command": "x" },\n  },\n}\n',
    '\ufeff{\r\n\t"mcp": {},\r\n\t"mcpServers": {}\r\n}\r\n',
  ],
  toml: ["", 'model = "m"', '# mine\n[mcp_servers.other]\ncommand = "x"\n', '[profiles.x]\r\nmodel = "y"\r\n'],
};
const INSTRUCTIONS = [null, "", "# Mine", "# Mine\n\n- be kind\n", "# Mine\r\n\r\n"];

describe.each(SETUP_AGENTS.map((agent) => [agent] as const))("setup %s", (agent) => {
  test.each(["user", "project"] as const)("comes and goes without a trace (%s)", (scope) => {
    const options = scope === "user" ? user : inProject();
    const place = placeOf(agent, options);
    for (const [i, config] of [null, ...CONFIGS[place.form.kind]!].entries()) {
      for (const text of [INSTRUCTIONS[i]!, INSTRUCTIONS[(i + 2) % INSTRUCTIONS.length]!]) {
        for (const path of [user.userHome, join(dir.path, "project")]) rmSync(path, { recursive: true, force: true });
        mkdirSync(user.userHome);
        mkdirSync(join(dir.path, "project"));
        if (config !== null) put(place.config, config);
        if (text !== null && place.instructions !== null) put(place.instructions, text);
        const before = world();

        expect(checkSetup(agent, options).map(({ state }) => state)).not.toContain("present");
        const changes = applySetup(agent, options);
        expect(changes.map(({ change }) => change)).toEqual(changes.map(() => "added"));
        expect(checkSetup(agent, options).map(({ state }) => state)).toEqual(changes.map(() => "present"));
        const after = world();
        expect(applySetup(agent, options).map(({ change }) => change)).toEqual(changes.map(() => "kept"));
        expect(world()).toEqual(after);
        removeSetup(agent, options);
        expect(world()).toEqual(before);
        expect(removeSetup(agent, options).map(({ change }) => change)).toEqual(changes.map(() => "kept"));
        expect(world()).toEqual(before);
      }
    }
  });

  test("leaves what was written around it since", () => {
    const place = placeOf(agent, user);
    put(place.config, place.form.kind === "json" ? '{\n  "a": 1\n}\n' : "a = 1\n");
    if (place.instructions) put(place.instructions, "# Mine\n");
    applySetup(agent, user);
    const grow = (path: string, from: string, to: string) =>
      writeFileSync(path, readFileSync(path, "utf8").replace(from, to));
    grow(
      place.config,
      place.form.kind === "json" ? '"a": 1' : "a = 1",
      place.form.kind === "json" ? '"a": 2' : "a = 2",
    );
    if (place.instructions)
      writeFileSync(place.instructions, `${readFileSync(place.instructions, "utf8")}\n- added later\n`);

    removeSetup(agent, user);

    expect(readFileSync(place.config, "utf8")).toBe(place.form.kind === "json" ? '{\n  "a": 2\n}\n' : "a = 2\n");
    if (place.instructions) expect(readFileSync(place.instructions, "utf8")).toBe("# Mine\n\n- added later\n");
  });

  test("refuses an entry of the same name that it did not write, and changes nothing", () => {
    const place = placeOf(agent, user);
    const foreign = {
      toml: '[mcp_servers.kanban]\ncommand = "another"\n',
      json: JSON.stringify({ mcpServers: { kanban: { command: "another" } }, mcp: { kanban: { type: "remote" } } }),
    };
    put(place.config, foreign[place.form.kind]);
    const before = world();

    expect(checkSetup(agent, user)[0]!.state).toBe("foreign");
    const error = refusal(() => applySetup(agent, user));
    removeSetup(agent, user);

    expect(error.message).toBe(
      `Cannot set up "${place.config}": it has an entry named kanban that kanban setup did not write`,
    );
    expect(world()).toEqual(before);
    expect(existsSync(join(user.home.dir, "backups"))).toBe(false);
  });

  test("refuses a configuration that it cannot read, and changes nothing", () => {
    const place = placeOf(agent, user);
    put(place.config, "{ this is [ neither\n");
    const before = world();
    expect(refusal(() => applySetup(agent, user)).message).toStartWith(`Cannot set up "${place.config}": `);
    put(place.config, "");
    writeFileSync(place.config, new Uint8Array([0xff, 0xfe, 0x00]));
    expect(refusal(() => applySetup(agent, user)).message).toContain("it is not UTF-8 text");
    writeFileSync(place.config, "{ this is [ neither\n");
    expect(world()).toEqual(before);
  });

  test("leaves a section alone that has lost its end, and writes one that can be found again", () => {
    const { instructions } = placeOf(agent, inProject());
    if (instructions === null) return;
    applySetup(agent, inProject());
    const damaged = `${readFileSync(instructions, "utf8").split("\n").slice(0, 2).join("\n")}\nmine\n`;
    writeFileSync(instructions, damaged);

    expect(checkSetup(agent, inProject())[1]!.state).toBe("absent");
    applySetup(agent, inProject());
    expect(checkSetup(agent, inProject())[1]!.state).toBe("present");
    removeSetup(agent, inProject());

    expect(readFileSync(instructions, "utf8")).toBe(damaged);
  });

  test("leaves a link alone that leads nowhere, and changes nothing", () => {
    const { config, instructions } = placeOf(agent, user);
    const path = instructions ?? config;
    mkdirSync(dirname(path), { recursive: true });
    symlinkSync(join(dir.path, "unmounted", "file"), path);

    const error = refusal(() => applySetup(agent, user));

    expect(error.message).toBe(`Cannot read "${path}": it is a link to a file that does not exist`);
    expect(lstatSync(path).isSymbolicLink()).toBe(true);
    if (instructions !== null) expect(existsSync(config)).toBe(false);
    expect(existsSync(join(dir.path, "unmounted"))).toBe(false);
  });

  test("takes its entry along when the program moved", () => {
    const place = placeOf(agent, user);
    put(place.config, place.form.kind === "json" ? '{"a": 1}' : "a = 1\n");
    const before = world();
    applySetup(agent, user);
    const moved = { ...user, command: ["/elsewhere/kanban"], variables: { KANBAN_HOME: "/h" } };

    expect(checkSetup(agent, moved)[0]!.state).toBe("outdated");
    expect(applySetup(agent, moved)[0]!.change).toBe("updated");

    expect(readFileSync(place.config, "utf8")).toContain("/elsewhere/kanban");
    expect(readFileSync(place.config, "utf8")).not.toContain("/opt/my tools");
    removeSetup(agent, moved);
    expect(world()).toEqual(before);
  });
});

describe("setup", () => {
  const rewrite = (path: string, change: (value: any) => void = () => {}) => {
    const value = JSON.parse(readFileSync(path, "utf8"));
    change(value);
    writeFileSync(path, JSON.stringify(value, null, 4));
  };

  test("writes what the agent reads", () => {
    const options = {
      ...inProject(),
      command: ["kanban"],
      variables: { KANBAN_HOME: "/h" },
      spoken: "KANBAN_HOME=/h kanban",
    };
    for (const agent of SETUP_AGENTS) applySetup(agent, options);
    const json = (...path: string[]) => JSON.parse(readFileSync(join(options.project!, ...path), "utf8"));
    const server = { command: "kanban", args: ["mcp", "--orchestrator"], env: { KANBAN_HOME: "/h" } };
    expect(json(".mcp.json")).toEqual({ mcpServers: { kanban: server } });
    expect(json(".cursor", "mcp.json")).toEqual({ mcpServers: { kanban: server } });
    expect(json(".gemini", "settings.json")).toEqual({ mcpServers: { kanban: server } });
    expect(json("opencode.json")).toEqual({
      mcp: {
        kanban: {
          type: "local",
          command: ["kanban", "mcp", "--orchestrator"],
          environment: { KANBAN_HOME: "/h" },
          enabled: true,
        },
      },
    });
    const toml = Bun.TOML.parse(readFileSync(join(options.project!, ".codex", "config.toml"), "utf8"));
    expect(toml).toEqual({ mcp_servers: { kanban: server } });
    const section = readFileSync(join(options.project!, "CLAUDE.md"), "utf8");
    expect(section.trimEnd().split("\n")).toHaveLength(4);
    expect(section).toContain("`KANBAN_HOME=/h kanban prime`");
  });

  test("finds the files where the agent's own variables put them", () => {
    const at = (agent: SetupAgent, env: Record<string, string>) => placeOf(agent, { ...user, env, userHome: "/me" });
    expect(at("claude", { CLAUDE_CONFIG_DIR: "/c" })).toMatchObject({
      config: "/c/.claude.json",
      instructions: "/c/CLAUDE.md",
    });
    expect(at("claude", {})).toMatchObject({ config: "/me/.claude.json", instructions: "/me/.claude/CLAUDE.md" });
    expect(at("codex", { CODEX_HOME: "/x" })).toMatchObject({ config: "/x/config.toml", instructions: "/x/AGENTS.md" });
    expect(at("opencode", { XDG_CONFIG_HOME: "/o" })).toMatchObject({ config: "/o/opencode/opencode.json" });
    expect(at("cursor", {})).toMatchObject({ config: "/me/.cursor/mcp.json", instructions: null });
  });

  test("an instruction file that several agents share keeps its section until the last one leaves", () => {
    const options = inProject();
    const shared = join(options.project!, "AGENTS.md");
    put(shared, "# Ours\n");
    for (const agent of ["codex", "opencode", "cursor"] as const) applySetup(agent, options);
    const text = readFileSync(shared, "utf8");
    expect(text.match(/kanban:begin/g)).toHaveLength(1);

    removeSetup("codex", options);
    removeSetup("opencode", options);
    expect(readFileSync(shared, "utf8")).toBe(text);
    removeSetup("cursor", options);
    expect(readFileSync(shared, "utf8")).toBe("# Ours\n");
  });

  test("takes its entry out of a file that the agent has rewritten", () => {
    const path = placeOf("claude", user).config;
    put(path, '{"numStartups":1}');
    applySetup("claude", user);
    rewrite(path, (value) => void (value.numStartups = 2));

    expect(checkSetup("claude", user)[0]!.state).toBe("present");
    removeSetup("claude", user);

    expect(JSON.parse(readFileSync(path, "utf8"))).toEqual({ numStartups: 2 });
  });

  test.each([
    ["beside it", "{\n}\n", "\n}\n$", ',\n  "theme": "dark"\n}\n', { theme: "dark" }],
    ["beside it in its object", '{"mcpServers":{\n}}', "\n}}$", ',\n"b": {}\n}}', { mcpServers: { b: {} } }],
  ])("leaves a file that can be read where something was added behind it, %s", (_, text, end, added, left) => {
    const path = placeOf("gemini", user).config;
    put(path, text);
    applySetup("gemini", user);
    writeFileSync(path, readFileSync(path, "utf8").replace(new RegExp(end), added));
    expect(JSON.parse(readFileSync(path, "utf8"))).toMatchObject(left);

    const moved = { ...user, command: ["/elsewhere/kanban"] };
    expect(applySetup("gemini", moved)[0]!.change).toBe("updated");
    expect(JSON.parse(readFileSync(path, "utf8"))).toMatchObject(left);
    removeSetup("gemini", moved);

    expect(JSON.parse(readFileSync(path, "utf8"))).toEqual(left);
  });

  test("refuses a file whose layout has no place for it, and changes nothing", () => {
    put(placeOf("codex", user).config, 'mcp_servers = { other = { command = "x" } }\n');
    const before = world();

    const error = refusal(() => applySetup("codex", user));

    expect(error.message).toStartWith(`Cannot set up "${placeOf("codex", user).config}": `);
    expect(error.message).toContain("Cannot extend inline table");
    expect(world()).toEqual(before);
  });

  test("leaves an entry that its owner has changed", () => {
    const path = placeOf("claude", user).config;
    put(path, "{}");
    applySetup("claude", user);
    rewrite(path, (value) => void (value.mcpServers.kanban.args = ["mine"]));
    const before = readFileSync(path, "utf8");

    expect(checkSetup("claude", user)[0]!.state).toBe("foreign");
    expect(removeSetup("claude", user)[0]!.change).toBe("kept");

    expect(readFileSync(path, "utf8")).toBe(before);
  });

  test("leaves an equal entry that the user wrote", () => {
    const path = placeOf("claude", user).config;
    const own = { mcpServers: { kanban: { command: "/opt/my tools/kanban", args: ["mcp", "--orchestrator"] } } };
    put(path, JSON.stringify(own));
    const before = world();
    expect(applySetup("claude", user)[0]!.change).toBe("kept");
    removeSetup("claude", user);
    expect(world()).toEqual(before);
  });

  test("keeps links, modes, and a copy of each changed file", () => {
    const path = placeOf("gemini", user).config;
    const real = join(dir.path, "me", "dotfiles", "gemini.json");
    put(real, '{"a":1}');
    chmodSync(real, 0o640);
    mkdirSync(dirname(path));
    symlinkSync(real, path);
    const [change] = applySetup("gemini", user);

    expect(lstatSync(path).isSymbolicLink()).toBe(true);
    expect(statSync(real).mode & 0o777).toBe(0o640);
    expect(JSON.parse(readFileSync(real, "utf8")).mcpServers.kanban).toBeDefined();
    expect(readFileSync(change!.backup!, "utf8")).toBe('{"a":1}');
    expect(statSync(change!.backup!).mode & 0o777).toBe(0o600);
    removeSetup("gemini", user);
    expect(readFileSync(real, "utf8")).toBe('{"a":1}');
  });

  test("a file that has other content since stays, though we made it", () => {
    applySetup("cursor", user);
    const path = placeOf("cursor", user).config;
    rewrite(path, (value) => void (value.mcpServers.other = { command: "x" }));
    removeSetup("cursor", user);
    expect(JSON.parse(readFileSync(path, "utf8"))).toEqual({ mcpServers: { other: { command: "x" } } });
  });
});
