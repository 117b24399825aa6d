/**
 * Turns a preset and a run into a command line: arguments, environment, generated files, prompt.
 *
 * Every text of a user or an agent becomes a whole argument or goes through standard input; nothing
 * is ever joined into a line for a shell. The MCP configuration lies in the run's private folder and
 * goes with it.
 *
 * @module
 */
import { join } from "node:path";
import { fileProblem, readSmall } from "../files.ts";
import { gitLinkOf } from "../git_link.ts";
import type { WorkerEnv } from "../home.ts";
import { type JsonObject, KanbanError, type Run, type Task } from "../kernel/mod.ts";
import { assigneesText, type RosterEntry, workerGuidance } from "./guidance.ts";
import type { McpPlacement, Preset } from "./preset.ts";
import { presetOf } from "./presets.ts";

/** What is known of a run when its agent is about to be started. */
export interface StartRequest {
  readonly profile: {
    readonly name: string;
    readonly agent: string | null;
    /** Null: the profile has no prompt of its own. */
    readonly prompt: string | null;
    readonly model: string | null;
    readonly args: readonly string[];
    readonly options: JsonObject;
  };
  readonly task: Pick<Task, "id" | "title" | "tenant">;
  readonly run: Pick<Run, "id">;
  readonly workspace: string;
  /** The private folder of this run; the files of the plan will lie in it. */
  readonly dir: string;
  /** The program that runs this CLI. */
  readonly bin: string;
  /** A file that registers our server in the common `mcpServers` form; it will be there. */
  readonly mcp_config: string;
  readonly skills: readonly { readonly name: string; readonly dir: string }[];
  /** All profiles of the board. */
  readonly roster: readonly RosterEntry[];
  readonly env: Readonly<Record<string, string>>;
  /** The profile's own prompt with its placeholders filled. */
  readonly prompt: string;
}

export interface AgentPlan {
  argv: string[];
  env: Record<string, string>;
  files: { name: string; content: string }[];
  stdin: string | null;
}

/** Together, in characters: an argument holds 128 KiB of bytes on Linux, and a model's patience less. */
const SKILLS_MAX = 24_000;
const SKILL_BYTES_MAX = 1024 * 1024;
const MCP_FILE = "agent-mcp.json";

/**
 * The command line of a run of an agent.
 *
 * @throws {KanbanError} `refused` when the profile's agent has no preset, or a skill cannot be read.
 */
export function expand(request: StartRequest): AgentPlan {
  const preset = presetOf(request.profile.agent ?? "");
  if (preset === null) {
    throw new KanbanError(
      "refused",
      `Cannot start profile "${request.profile.name}": no preset for agent "${request.profile.agent}"`,
    );
  }
  const mcp = placeMcp(preset.mcp, request);
  const prompt = promptFor(preset, request);
  const { profile, workspace } = request;
  const skills = request.skills.map(({ name }) => name);
  return {
    argv: argvOf(preset, profile, {
      mcp: mcp.args,
      skills,
      repository: openedFor(preset, workspace),
      prompt,
      workspace,
    }),
    env: { ...preset.env, ...mcp.env },
    files: mcp.files,
    stdin: preset.prompt === "stdin" ? prompt : null,
  };
}

/**
 * The command line of an agent's profile as a person reads it: what differs from run to run is named in braces.
 * Null for an agent that has no preset.
 */
export function commandLine(
  profile: StartRequest["profile"] & { readonly skills: readonly string[] },
  { worktree }: { worktree: boolean },
): string[] | null {
  const preset = presetOf(profile.agent ?? "");
  if (preset === null) return null;
  const mcp = placeMcp(preset.mcp, { mcp_config: "{mcp_config}", dir: "{run_dir}", bin: "{kanban}", env: {} });
  const repository = worktree ? fill(preset.repository ?? [], { folder: "{repository}" }) : [];
  const run = { mcp: mcp.args, skills: profile.skills, repository, prompt: "{prompt}", workspace: "{workspace}" };
  return argvOf(preset, profile, run);
}

/** What differs from run to run in the arguments of a preset. */
interface RunValues {
  readonly mcp: readonly string[];
  readonly skills: readonly string[];
  readonly repository: readonly string[];
  readonly prompt: string;
  readonly workspace: string;
}

function argvOf(preset: Preset, profile: StartRequest["profile"], run: RunValues): string[] {
  const values: Record<string, readonly string[]> = {
    mcp: run.mcp,
    model: profile.model === null ? [] : fill(preset.model, { model: profile.model }),
    args: profile.args,
    skills: preset.skill === null ? [] : run.skills.flatMap((skill) => fill(preset.skill!, { skill })),
    repository: run.repository,
    prompt: [run.prompt],
    workspace: [run.workspace],
    profile: [textOption(profile.options, "profile") ?? profile.name],
  };
  const argv = preset.argv.flatMap((element) => values[/^\{(\w+)\}$/.exec(element)?.[1] ?? ""] ?? [element]);
  return [textOption(profile.options, "program") ?? preset.program, ...argv];
}

/** A commit in a worktree is written into its repository, which lies outside of what an agent's sandbox opens. */
function openedFor({ repository }: Preset, workspace: string): string[] {
  if (repository === undefined) return [];
  const link = gitLinkOf(workspace);
  return link.kind === "linked" ? fill(repository, { folder: link.repository }) : [];
}

/** Fills `{name}` inside arguments, in one pass. */
function fill(args: readonly string[], values: Readonly<Record<string, string>>): string[] {
  return args.map((arg) => arg.replace(/\{(\w+)\}/g, (whole, name: string) => values[name] ?? whole));
}

interface Placed {
  args: readonly string[];
  env: Record<string, string>;
  files: AgentPlan["files"];
}

function placeMcp(placement: McpPlacement, request: Pick<StartRequest, "mcp_config" | "dir" | "bin" | "env">): Placed {
  const server = { command: request.bin, args: ["mcp"], env: contractOf(request.env) };
  const path = join(request.dir, MCP_FILE);
  const file = (content: object) => [{ name: MCP_FILE, content: `${JSON.stringify(content, null, 2)}\n` }];
  switch (placement.how) {
    case "none":
      return { args: [], env: {}, files: [] };
    case "flag": {
      if (placement.form === "standard")
        return { args: fill(placement.args, { mcp: request.mcp_config }), env: {}, files: [] };
      const local = { type: "local", ...server, tools: ["*"] };
      const content = placement.form === "bare" ? { kanban: server } : { mcpServers: { kanban: local } };
      return { args: fill(placement.args, { mcp: path }), env: {}, files: file(content) };
    }
    case "variable": {
      const content =
        placement.form === "settings"
          ? { mcpServers: { kanban: { ...server, trust: true } } }
          : {
              mcp: {
                kanban: {
                  type: "local",
                  command: [server.command, ...server.args],
                  environment: server.env,
                  enabled: true,
                },
              },
              // These two would ask. With nobody there the answer is no, and the session ends in silence.
              permission: { external_directory: "allow", doom_loop: "allow" },
            };
      return { args: [], env: { [placement.name]: path }, files: file(content) };
    }
    case "overrides":
      return { args: overrides(server), env: {}, files: [] };
  }
}

/** Codex starts its servers with an almost empty environment, and asks nobody in a run without a person. */
function overrides(server: {
  command: string;
  args: readonly string[];
  env: Readonly<Record<string, string>>;
}): string[] {
  const env = Object.entries(server.env).map(([name, value]) => `${name}=${toml(value)}`);
  const settings = {
    command: toml(server.command),
    args: `[${server.args.map(toml).join(",")}]`,
    env: `{${env.join(",")}}`,
    default_tools_approval_mode: toml("approve"),
  };
  return Object.entries(settings).flatMap(([key, value]) => ["-c", `mcp_servers.kanban.${key}=${value}`]);
}

/** A JSON string is a TOML string, but for one character. */
function toml(text: string): string {
  return JSON.stringify(text).replaceAll("\x7f", "\\u007f");
}

/**
 * The variables that the server needs. The tenant is not among them: it is free text, and several
 * agents put the values of variables in place of `$NAME` in such a file; the board knows it anyway.
 */
function contractOf(env: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).filter(([name]) => name.startsWith("KANBAN_") && name !== "KANBAN_TENANT"),
  );
}

function promptFor(preset: Preset, request: StartRequest): string {
  const { task, run, workspace, profile, skills, roster } = request;
  const worker: WorkerEnv = { task: task.id, run: run.id, profile: profile.name, tenant: task.tenant, workspace };
  const tools = preset.mcp.how === "none" ? "shell" : "mcp";
  return [
    workerGuidance(worker, { tools }),
    assigneesText(worker, roster),
    ...(preset.skill === null && skills.length > 0 ? [skillTexts(skills)] : []),
    profile.prompt === null ? `Now work on kanban task ${task.id}. Begin with kanban_show.` : request.prompt,
  ].join("\n\n");
}

/** The texts of the skills, as far as there is room; the folder of each is named in any case. */
function skillTexts(skills: StartRequest["skills"]): string {
  let room = SKILLS_MAX;
  const parts = skills.map(({ name, dir }) => {
    const path = join(dir, "SKILL.md");
    const text = bodyOf(readSkill(name, path));
    const head = `### Skill ${name} (its files are in ${dir})`;
    if (text.length > room) return `${head}\n\nRead ${path} before you begin.`;
    room -= text.length;
    return `${head}\n\n${text}`;
  });
  return ["## Skills", ...parts].join("\n\n");
}

function readSkill(name: string, path: string): string {
  try {
    return readSmall(path, SKILL_BYTES_MAX, { links: "follow" });
  } catch (error) {
    throw new KanbanError("refused", `Cannot load skill "${name}": ${path}: ${fileProblem(path, error)}`);
  }
}

/** Without the front matter, which is for a program that chooses among skills. */
function bodyOf(text: string): string {
  return text
    .replace(/^---\r?\n[\s\S]*?\r?\n---\r?\n/, "")
    .replaceAll("\0", "")
    .trim();
}

function textOption(options: JsonObject, name: string): string | null {
  const value = options[name];
  return typeof value === "string" && value !== "" ? value : null;
}
