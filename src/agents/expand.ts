/**
 * Turns a preset and a run into a command line: arguments, environment, generated files, prompt.
 *
 * Every text of a user or an agent becomes a whole argument or goes through standard input; nothing is ever joined
 * into a line for a shell. The MCP configuration is in the run's private folder and is removed with it.
 *
 * @module
 */
import { join } from "node:path";
import { fileProblem, readSmall } from "../files.ts";
import { commitFolders } from "../git_link.ts";
import { AGENT_REPORT, type WorkerEnv } from "../home.ts";
import { type JsonObject, KanbanError, type Run, type Task } from "../kernel/mod.ts";
import { assigneesText, type RosterEntry, workerGuidance } from "../worker/guidance.ts";
import { fill, type GeneratedFile, type HomeFolder, placeMcp, serverName } from "./placement.ts";
import type { Preset } from "./preset.ts";
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
  /** The private folder of this run; the files of the plan are created in it. */
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
  /** Other names of its program, for where the one in `argv` cannot be found. */
  also: readonly string[];
  env: Record<string, string>;
  files: GeneratedFile[];
  /** Folders of a home that is made for this run. */
  home: HomeFolder[];
  stdin: string;
}

/** Together, in characters: a model's patience has an end. */
const SKILLS_MAX = 24_000;
const SKILL_BYTES_MAX = 1024 * 1024;

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
  const { profile, workspace } = request;
  return {
    argv: argvOf(preset, profile, {
      mcp: mcp.args,
      skills: request.skills,
      repository: foldersFor(preset.repository, commitFolders(workspace)),
      report: join(request.dir, AGENT_REPORT),
      workspace,
    }),
    also: textOption(profile.options, "program") === null ? (preset.also ?? []) : [],
    env: { ...preset.env, ...mcp.env },
    files: mcp.files,
    home: mcp.home,
    stdin: promptFor(preset, request),
  };
}

/** A profile as far as its command line depends on it. */
export interface ProfileLine {
  readonly skills: readonly string[];
  /** Where its tasks are worked on; null: where each says. */
  readonly workspace: { readonly kind: string; readonly path?: string | null } | null;
}

/**
 * The command line of an agent's profile as a person reads it: what differs from run to run is named in braces.
 * Null for an agent that has no preset.
 */
export function commandLine(profile: StartRequest["profile"] & ProfileLine): string[] | null {
  const preset = presetOf(profile.agent ?? "");
  if (preset === null) return null;
  const { kind, path } = profile.workspace ?? {};
  const mcp = placeMcp(preset.mcp, { mcp_config: "{mcp_config}", dir: "{run_dir}", bin: "{kanban}", env: {} });
  const folders = kind === "worktree" ? WORKTREE_FOLDERS : kind === "dir" && path ? commitFolders(path) : [];
  return argvOf(preset, profile, {
    mcp: mcp.args,
    skills: profile.skills.map((name) => ({ name, dir: `{skill ${name}}` })),
    repository: foldersFor(preset.repository, folders),
    report: "{report}",
    workspace: "{workspace}",
  });
}

const WORKTREE_FOLDERS = ["{repository}", "{repository}/worktrees/{task}"];

/** What differs from run to run in the arguments of a preset. */
interface RunValues {
  readonly mcp: readonly string[];
  readonly skills: StartRequest["skills"];
  readonly repository: readonly string[];
  readonly report: string;
  readonly workspace: string;
}

function argvOf(preset: Preset, profile: StartRequest["profile"], run: RunValues): string[] {
  const values: Record<string, readonly string[]> = {
    mcp: run.mcp,
    model: profile.model === null ? [] : fill(preset.model, { model: profile.model }),
    args: profile.args,
    skills: run.skills.flatMap(({ name, dir }) => fill(preset.skill ?? [], { skill: name, folder: dir })),
    skill_folders: foldersFor(
      preset.skill_folder,
      // A comma ends a name in a list of folders.
      run.skills.map(({ dir }) => dir).filter((dir) => !dir.includes(",")),
    ),
    repository: run.repository,
    report: [run.report],
    workspace: [run.workspace],
    profile: [textOption(profile.options, "profile") ?? profile.name],
  };
  const argv = preset.argv.flatMap((element) => values[/^\{(\w+)\}$/.exec(element)?.[1] ?? ""] ?? [element]);
  return [textOption(profile.options, "program") ?? preset.program, ...argv];
}

/** Arguments once for each folder. */
function foldersFor(args: readonly string[] | undefined, folders: readonly string[]): string[] {
  return folders.flatMap((folder) => fill(args ?? [], { folder }));
}

function promptFor(preset: Preset, request: StartRequest): string {
  const { task, run, workspace, profile, skills, roster } = request;
  const worker: WorkerEnv = { task: task.id, run: run.id, profile: profile.name, tenant: task.tenant, workspace };
  const tools = preset.mcp.how === "none" ? "shell" : "mcp";
  return [
    workerGuidance(worker, { tools, server: serverName(preset.mcp) }),
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
