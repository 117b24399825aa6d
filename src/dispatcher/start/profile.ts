/**
 * Worker profiles: how a named kind of worker is started, and its limits.
 *
 * A profile is a folder `profiles/<name>/` with a `config.yaml`; other files in that folder are the profile's own and
 * persist between tasks. The assignee of a task is a profile's name. `demo` is built in and needs no file.
 *
 * @module
 */
import { isAbsolute } from "node:path";
import { CONFIG_BYTES_MAX, parseSettings } from "../../config.ts";
import { fileProblem, readSmall, statOrNull } from "../../files.ts";
import { type Home, profileDir, profilePath, userHome } from "../../home.ts";
import { demoArgv } from "../../program.ts";
import { refuseForeign } from "../../home_place.ts";
import {
  expandHome,
  type Grant,
  type JsonObject,
  KanbanError,
  NAME_PATTERN,
  parseSkills,
  parseWorkspace,
  type WorkspaceKind,
} from "../../kernel/mod.ts";
import { profileNames } from "./profile_names.ts";
import { profileSchema } from "./profile_schema.ts";

/** A named kind of worker. */
export interface Profile {
  readonly name: string;
  readonly description: string | null;
  /** A preset that knows an agent's command line; exactly one of `agent` and `command` is set. */
  readonly agent: string | null;
  /** The argv, with placeholders. */
  readonly command: readonly string[] | null;
  /** What it gets as its standard input, with `command`; null means nothing. */
  readonly stdin: "prompt" | null;
  /** The prompt of the worker, with placeholders; null means the standard prompt. */
  readonly prompt: string | null;
  /** Variables for the worker; null copies the dispatcher's own. */
  readonly env: Readonly<Record<string, string | null>>;
  readonly skills: readonly string[];
  readonly max_running: number | null;
  /** What its workers may do beyond what every worker may. What counts is what a run was given at its claim. */
  readonly may: readonly Grant[];
  readonly max_runtime_seconds: number | null;
  /** How long a worker may show no sign of life; 0 means for ever, null leaves it to the settings. */
  readonly stale_after_seconds: number | null;
  /** Where its tasks are worked on, for tasks that name no workspace of their own. */
  readonly workspace: { readonly kind: WorkspaceKind; readonly path: string | null } | null;
  /** The account that its workers use, as a name of the user's; null takes it from the agent and its credential. */
  readonly account: string | null;
  /** The repository of worktrees whose task names none. */
  readonly repo: string | null;
  /** A clean exit completes the task, with the last output as summary. */
  readonly complete_on_exit: boolean;
  /** For the agent's preset: which model, further arguments, anything else it knows. */
  readonly model: string | null;
  readonly args: readonly string[];
  readonly options: JsonObject;
  readonly builtin: boolean;
  /** Its folder. */
  readonly dir: string;
  /** Its file; null for a built-in one. */
  readonly path: string | null;
}

/** A profile that cannot be used, and why. */
export interface ProfileProblem {
  readonly name: string;
  readonly path: string;
  readonly error: string;
}

export interface ProfileList {
  /** By name. */
  readonly profiles: readonly Profile[];
  readonly problems: readonly ProfileProblem[];
}

/**
 * Reads the text of a profile's file.
 *
 * @throws {KanbanError} `invalid` naming the file and the key.
 */
export function parseProfile(home: Home, name: string, path: string, source: string): Profile {
  checkName(name);
  const value = parseSettings(path, source, profileSchema);
  const workspace =
    value.workspace === undefined
      ? null
      : checked(path, "workspace", () => parseWorkspace(value.workspace!, userHome()));
  const repo = value.repo === undefined ? null : expandHome(value.repo, userHome());
  if (repo !== null && !isAbsolute(repo)) {
    throw new KanbanError("invalid", `Cannot read "${path}": repo must be an absolute path, found "${repo}"`);
  }
  return {
    name,
    description: value.description ?? null,
    agent: value.agent ?? null,
    command: value.command ?? null,
    stdin: value.stdin ?? null,
    prompt: value.prompt ?? null,
    env: Object.fromEntries(Object.entries(value.env).map(([key, set]) => [key, set === null ? null : String(set)])),
    skills: checked(path, "skills", () => parseSkills(value.skills)),
    may: [...new Set(value.may)],
    max_running: value.max_running ?? null,
    max_runtime_seconds: value.max_runtime || null,
    stale_after_seconds: value.stale_after ?? null,
    workspace: workspace && { kind: workspace.workspace_kind, path: workspace.workspace_path },
    account: value.account ?? null,
    repo,
    complete_on_exit: value.complete_on_exit,
    model: value.model ?? null,
    args: value.args,
    options: value.options as JsonObject,
    builtin: false,
    dir: profileDir(home, name),
    path,
  };
}

/**
 * The profile of that name.
 *
 * @throws {KanbanError} `not_found`; `invalid` naming the file and the key; `refused` when another user owns its
 * folder or its file and could have its program swapped.
 */
export function loadProfile(home: Home, name: string): Profile {
  checkName(name);
  const path = profilePath(home, name);
  for (const owned of [home.profiles, profileDir(home, name), path]) {
    const stat = statOrNull(owned);
    if (stat !== null) refuseForeign("profile", owned, stat);
    if (stat !== null && owned !== path && !stat.isDirectory()) {
      throw new KanbanError("invalid", `Cannot use profile "${name}": "${owned}" is not a folder`);
    }
  }
  let source: string;
  try {
    source = readSmall(path, CONFIG_BYTES_MAX, { links: "follow" }); // A link is the user's choice.
  } catch (error) {
    const builtin = BUILTIN.find((known) => known.name === name);
    const missing = ["ENOENT", "ENOTDIR"].includes((error as NodeJS.ErrnoException).code ?? "");
    if (missing && builtin) return withFolder(home, builtin);
    if (missing) {
      throw new KanbanError(
        "not_found",
        `Cannot use profile "${name}": no such profile`,
        "List them with: kanban profile list",
      );
    }
    throw new KanbanError("invalid", `Cannot read "${path}": ${fileProblem(path, error)}`);
  }
  return parseProfile(home, name, path, source);
}

/** Every profile of a home, the built-in ones included, and what is wrong with the others. */
export function listProfiles(home: Home, agents?: { names(): readonly string[] }): ProfileList {
  const profiles: Profile[] = [];
  const problems: ProfileProblem[] = [];
  for (const name of profileNames(home)) {
    try {
      const profile = loadProfile(home, name);
      if (profile.agent !== null && agents && !agents.names().includes(profile.agent)) {
        throw new KanbanError(
          "invalid",
          `Cannot read "${profile.path}": agent must be one of ${agents.names().join(", ")}, found "${profile.agent}"`,
        );
      }
      profiles.push(profile);
    } catch (error) {
      // One bad file must never take the others' work away.
      if (!(error instanceof KanbanError)) throw error;
      problems.push({ name, path: profilePath(home, name), error: error.message });
    }
  }
  return { profiles, problems };
}

/** Lists profiles again only when a file of theirs changed. */
export function watchProfiles(home: Home, agents?: { names(): readonly string[] }): () => ProfileList {
  let known = { signature: "", list: { profiles: [], problems: [] } as ProfileList };
  return () => {
    const signature = profileNames(home)
      .map((name) => `${name}:${stamp(home, name)}`)
      .join("\n");
    if (signature !== known.signature) known = { signature, list: listProfiles(home, agents) };
    return known.list;
  };
}

const BUILTIN: readonly Omit<Profile, "dir">[] = [
  {
    name: "demo",
    description: "Scripted worker that obeys the directives in a task's body",
    agent: null,
    command: demoArgv(),
    stdin: null,
    prompt: null,
    env: {},
    skills: [],
    may: [],
    max_running: null,
    max_runtime_seconds: null,
    stale_after_seconds: null,
    workspace: null,
    account: null,
    repo: null,
    complete_on_exit: false,
    model: null,
    args: [],
    options: {},
    builtin: true,
    path: null,
  },
];

function withFolder(home: Home, profile: Omit<Profile, "dir">): Profile {
  return { ...profile, dir: profileDir(home, profile.name) };
}

/** Of the folder no times: a worker may write there all the while. */
function stamp(home: Home, name: string): string {
  const [file, folder] = [statOrNull(profilePath(home, name)), statOrNull(profileDir(home, name))];
  return [file?.ino, file?.size, file?.mtimeMs, file?.uid, folder?.uid, folder?.isDirectory()].join(":");
}

function checkName(name: string): void {
  if (NAME_PATTERN.test(name)) return;
  throw new KanbanError(
    "invalid",
    `Cannot use profile ${JSON.stringify(name.slice(0, 80))}: its name must begin with a lower-case letter or digit and hold only those, dot, dash and underscore`,
  );
}

/** Names the file and the key in an error of a kernel check. */
function checked<T>(path: string, key: string, check: () => T): T {
  try {
    return check();
  } catch (error) {
    if (!(error instanceof KanbanError)) throw error;
    throw new KanbanError("invalid", `Cannot read "${path}": ${key}: ${error.message}`);
  }
}
