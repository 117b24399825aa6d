import { afterEach, describe, expect, test } from "bun:test";
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { profilePath, runDir } from "../../home.ts";
import { BUNDLED_SKILLS } from "../../program.ts";
import { claimTask, type CreateInput } from "../../kernel/mod.ts";
import { type TestHome, testHome } from "../../testing/dispatcher.ts";
import { refusal } from "../../testing/mod.ts";
import { type Agents, planStart } from "./plan.ts";
import { parseProfile } from "./profile.ts";
import { findSkills, ignoredSkills } from "./skills.ts";

let t: TestHome;
afterEach(() => t?.close());

const SHELL = {
  PATH: "/usr/bin:/bin",
  HOME: "/home/ann",
  SECRET: "s3cret",
  LC_ALL: "C",
  https_proxy: "p",
  SSL_CERT_FILE: "/etc/ca.pem",
  NODE_EXTRA_CA_CERTS: "/etc/company.pem",
  KANBAN_RUN: "99",
};

function plan(
  settings: Record<string, unknown>,
  input: Partial<CreateInput> = {},
  more: { environment?: Record<string, string>; agents?: Agents; workspace?: string } = {},
) {
  t = testHome();
  const profile = parseProfile(t.home, "coder", profilePath(t.home, "coder"), JSON.stringify(settings));
  const { task, run } = claimTask(t.board, t.ready(input).id, { claimer: "test" });
  const skills = findSkills(t.home, { names: [...profile.skills, ...task.skills], profileDir: profile.dir });
  const { environment = SHELL, agents = null, workspace = t.home.workspaces } = more;
  return {
    plan: planStart({
      home: t.home,
      profile,
      task,
      run,
      workspace,
      skills,
      roster: [],
      bin: "/bin/kanban",
      environment,
      agents,
    }),
    task,
    run,
  };
}

describe("planStart()", () => {
  test("replaces each placeholder by its value, in whole elements", () => {
    const {
      plan: made,
      task,
      run,
    } = plan(
      {
        command: ["echo", "{task}", "{run}", "{workspace}", "{mcp_config}", "{profile_dir}", "{prompt}"],
        prompt: "{title}|{body}|{task}",
      },
      { title: "; touch x $(y) `z`\n--help", body: "{title} 'quoted'" },
    );

    expect(made.argv).toEqual([
      "/usr/bin/echo",
      task.id,
      String(run.id),
      t.home.workspaces,
      join(runDir(t.home, run.id), "mcp.json"),
      join(t.home.profiles, "coder"),
      `; touch x $(y) \`z\` --help|{title} 'quoted'|${task.id}`,
    ]);
    expect(made.cwd).toBe(t.home.workspaces);
  });

  test("passes the allow-listed environment, the profile's own, the contract, and nothing else [S: environment leakage] [N11]", () => {
    const {
      plan: made,
      task,
      run,
    } = plan(
      { command: ["env"], env: { SECRET: null, MISSING: null, LEVEL: "3", HOME: "/elsewhere" } },
      { tenant: "ops" },
    );

    expect(made.env).toEqual({
      PATH: "/usr/bin:/bin",
      HOME: "/elsewhere",
      LC_ALL: "C",
      https_proxy: "p",
      SSL_CERT_FILE: "/etc/ca.pem",
      NODE_EXTRA_CA_CERTS: "/etc/company.pem",
      SECRET: "s3cret",
      LEVEL: "3",
      KANBAN_TASK: task.id,
      KANBAN_RUN: String(run.id),
      KANBAN_WORKSPACE: t.home.workspaces,
      KANBAN_PROFILE: "coder",
      KANBAN_TENANT: "ops",
      KANBAN_HOME: t.home.dir,
      KANBAN_DB: t.home.db,
      KANBAN_BIN: "/bin/kanban",
      KANBAN_PROFILE_DIR: join(t.home.profiles, "coder"),
    });
  });

  test("leaves variables out that the profile does not name", () => {
    const { plan: made } = plan({ command: ["env"] });

    expect(made.env).not.toHaveProperty("SECRET");
    expect(made.env).not.toHaveProperty("KANBAN_TENANT");
  });

  test("gives the MCP server its run, because agents start it with an empty environment", () => {
    const { plan: made, run } = plan({ command: ["echo", "{mcp_config}"] }, { tenant: "${HOME}" });

    const { mcpServers } = JSON.parse(made.files[0]!.content);

    expect(made.files.map(({ name }) => name)).toEqual(["mcp.json"]);
    expect(mcpServers.kanban).toMatchObject({
      command: "/bin/kanban",
      args: ["mcp"],
      env: { KANBAN_RUN: String(run.id) },
    });
    expect(mcpServers.kanban.env).not.toHaveProperty("HOME");
    expect(made.files[0]!.content).not.toContain("${HOME}"); // Some agents would expand it.
    expect(made.env["KANBAN_TENANT"]).toBe("${HOME}");
  });

  test("gives a program without a prompt of its own the standard one, and cuts a long body with a mark", () => {
    const { plan: made, task } = plan(
      { command: ["echo", "{prompt}"] },
      { title: "--help", body: "x".repeat(1_000_000) },
    );

    const prompt = made.argv[1]!;

    expect(prompt).toMatch(
      new RegExp(`^Work on kanban task ${task.id}:\n\n\\[\\S+ begin task\\]\ntitle: --help\n\nxxx`),
    );
    expect(prompt).toMatch(/\n… 976000 characters omitted …\n\[\S+ end\]\nThe rest: "\$KANBAN_BIN" context/);
    expect(prompt).toContain(`\nThe rest: "$KANBAN_BIN" context ${task.id} --field body --from 24000\n`);
    expect(prompt).toContain(`"$KANBAN_BIN" complete ${task.id}`);
    expect(Buffer.byteLength(prompt)).toBeLessThan(128 * 1024);
  });

  test("gives a prompt as a file or as the standard input [D4]", () => {
    const { plan: made, run } = plan(
      { command: ["sh", "-c", 'agent <"$1"', "x", "{prompt_file}"], prompt: "{title}", stdin: "prompt" },
      { title: "-$(touch x)" },
    );

    expect(made.argv[4]).toBe(join(runDir(t.home, run.id), "prompt.txt"));
    expect(made.files).toEqual([{ name: "prompt.txt", content: "-$(touch x)" }]);
    expect(made.stdin).toBe("-$(touch x)");
  });

  test("finds a relative program in the workspace and a bare one on the worker's PATH", () => {
    t = testHome();
    const work = join(t.home.dir, "work");
    mkdirSync(work);
    writeFileSync(join(work, "run.sh"), "#!/bin/sh\n", { mode: 0o755 });
    t.close();

    const missing = refusal(() => plan({ command: ["./run.sh"] }, {}, { workspace: "/nonexistent" }));
    expect(missing.message).toBe(
      'Cannot start profile "coder": program "./run.sh" not found in /nonexistent, it must be an executable file',
    );
    expect(refusal(() => plan({ command: ["echo"], env: { PATH: "/nonexistent" } })).message).toBe(
      'Cannot start profile "coder": program "echo" not found, it must be on PATH',
    );
  });

  test("takes an agent's argv literally and lets it not change the contract", () => {
    const agents: Agents = {
      names: () => ["echoer"],
      expand: ({ task, prompt, mcp_config }) => ({
        argv: ["echo", "{task}", prompt, mcp_config],
        env: { EXTRA: "1", KANBAN_RUN: "0", KANBAN_TASK: task.id },
        files: [{ name: "settings.json", content: "{}" }],
        stdin: "read me",
      }),
      judge: () => null,
    };

    const { plan: made, run } = plan({ agent: "echoer", prompt: "do {task}" }, {}, { agents });

    expect(made.argv[1]).toBe("{task}");
    expect(made.env).toMatchObject({ EXTRA: "1", KANBAN_RUN: String(run.id) });
    expect(made.files.map(({ name }) => name)).toEqual(["mcp.json", "settings.json"]);
    expect(made.stdin).toBe("read me");
  });

  test("starts an agent by the first name of its program that is found", () => {
    const named = (also: string[]): Agents => ({
      names: () => ["x"],
      expand: () => ({ argv: ["no-such-agent", "a"], also }),
      judge: () => null,
    });

    expect(plan({ agent: "x" }, {}, { agents: named(["no-other", "sh"]) }).plan.argv.slice(1)).toEqual(["a"]);
    t.close();
    expect(() => plan({ agent: "x" }, {}, { agents: named([]) })).toThrow('program "no-such-agent" not found');
  });

  test("refuses an unknown agent", () => {
    expect(refusal(() => plan({ agent: "claude" })).message).toBe(
      'Cannot start profile "coder": there is no preset for agent "claude"',
    );
  });
});

describe("findSkills()", () => {
  test("takes those of the program from the program alone, not from a worker [A13]", () => {
    t = testHome();
    const profileDir = join(t.home.profiles, "coder");
    const other = t.path("more skills");
    const names = readdirSync(BUNDLED_SKILLS);
    for (const folder of [join(profileDir, "skills"), t.home.skills, other]) {
      for (const name of names) {
        mkdirSync(join(folder, name), { recursive: true });
        writeFileSync(join(folder, name, "SKILL.md"), "# Rules of a worker\n");
      }
    }

    const found = findSkills(t.home, { names, profileDir, dirs: [other] });

    expect(found.map(({ name }) => name).sort()).toEqual(names.sort());
    for (const { name, dir } of found) expect(dir).toBe(join(BUNDLED_SKILLS, name));
    expect(ignoredSkills(join(profileDir, "skills")).sort()).toEqual(
      names.map((name) => join(profileDir, "skills", name)),
    );
  });

  test("finds the profile's before the home's, each once, and names one that is missing", () => {
    t = testHome();
    const profileDir = join(t.home.profiles, "coder");
    for (const dir of [join(profileDir, "skills/a"), join(t.home.skills, "a"), join(t.home.skills, "b")]) {
      mkdirSync(dir, { recursive: true });
      writeFileSync(join(dir, "SKILL.md"), "# a\n");
    }

    const found = findSkills(t.home, { names: ["b", "a", "b"], profileDir }).filter(
      ({ name }) => name !== "kanban-worker",
    );

    expect(found).toEqual([
      { name: "b", dir: join(t.home.skills, "b") },
      { name: "a", dir: join(profileDir, "skills/a") },
    ]);
    expect(refusal(() => findSkills(t.home, { names: ["zzz"], profileDir })).message).toStartWith(
      `Cannot load skill "zzz": no folder of that name with a SKILL.md is in ${profileDir}/skills, `,
    );
  });
});
