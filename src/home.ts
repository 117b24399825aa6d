/**
 * The home of a board: every path and every environment variable, in one place.
 *
 * A home is one private folder (`KANBAN_HOME`, else `~/.kanban`) that holds the database, the logs,
 * the scratch workspaces, the profiles and what a running dispatcher leaves behind. No other module
 * reads the environment or joins these paths.
 *
 * @module
 */
import { lstatSync, mkdirSync, realpathSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { fileSystemOf } from "./file_system.ts";
import { readSmall, replaceFile } from "./files.ts";
import {
  accountName,
  closeHome,
  NETWORK_ALLOWED,
  pathOfVariable,
  refuseNetwork,
  refuseOpenHome,
  refuseOtherFile,
  refuseReadOnly,
  unmade,
} from "./home_place.ts";
import { ofHome } from "./home_trouble.ts";
import { expandHome } from "./kernel/input.ts";

export { NETWORK_ALLOWED };

/** Where a board keeps its things; all paths are absolute. */
export interface Home {
  readonly dir: string;
  /** The board. No process ever opens it, its `-wal` or its `-shm` with file calls. */
  readonly db: string;
  readonly workspaces: string;
  readonly logs: string;
  readonly profiles: string;
  /** Skills of this home, one folder each, beside the ones that come with the program. */
  readonly skills: string;
  readonly config: string;
  /** Lock, state, exit files: of this database alone, run ids repeat across boards. */
  readonly run: string;
  readonly exits: string;
  /** One private folder per run: what was generated for it, removed when it has ended. */
  readonly runs: string;
  /** Held by the dispatcher of the database, from any home. */
  readonly dispatcherLock: string;
  /** What the running dispatcher says about itself, JSON. */
  readonly dispatcherState: string;
  /** Held by the notifier that serves the targets of the whole board. */
  readonly notifierLock: string;
  /** The last event sent to each of these targets, JSON. */
  readonly notifierState: string;
  /** What the web boards of this database say about themselves while they run, a file each. */
  readonly servers: string;
  /** The script that `KANBAN_BIN` names. */
  readonly launcher: string;
  readonly token: string;
  /** The key of the short hashes that distinguish credentials. */
  readonly markKey: string;
  /** The browser sessions that were signed out before their time, a line each. */
  readonly signedOut: string;
}

export type Env = Readonly<Record<string, string | undefined>>;

/**
 * Paths of the home that `env` names; nothing is created. `db` (a `--board` flag, which may be relative to the
 * current folder) wins over `KANBAN_DB`. A `~` at the beginning is expanded.
 *
 * Links are followed, so that one board has one spelling: workers are found by it, and two dispatchers
 * of one board would end each other's.
 *
 * @throws {KanbanError} `invalid` when a variable holds a relative path.
 */
export function homeOf(env: Env = process.env, db?: string): Home {
  const named = (name: string) => env[name] && pathOfVariable(name, env[name], userHome(env));
  const dir = canonical(resolve(named("KANBAN_HOME") || join(userHome(env), ".kanban")));
  const standard = canonical(join(dir, DB_NAME));
  const file = canonical(resolve(db ? expandHome(db, userHome(env)) : named("KANBAN_DB") || standard));
  const run = file === standard ? join(dir, "run") : join(dir, "run", boardTag(file));
  return {
    dir,
    db: file,
    workspaces: join(dir, "workspaces"),
    logs: join(dir, "logs"),
    profiles: join(dir, "profiles"),
    skills: join(dir, "skills"),
    config: join(dir, "config.yaml"),
    run,
    exits: join(run, "exits"),
    runs: join(run, "runs"),
    dispatcherLock: lockOf(file),
    dispatcherState: join(run, "dispatcher.json"),
    notifierLock: join(run, "notifier.db"),
    notifierState: join(run, "notifier.json"),
    servers: join(run, "servers"),
    launcher: join(run, "kanban"),
    token: join(dir, "run", "token"),
    markKey: join(run, "mark-key"),
    signedOut: join(dir, "run", "signed-out"),
  };
}

/**
 * Creates the home's folders with mode 0700 and sets this process's umask to 077. A home that is refused
 * is left as it was found. Where only a folder for workers cannot be made, the board can still be read and
 * changed: those who need that folder say what is wrong with it.
 *
 * @throws {KanbanError} `refused` for all that `home_place.ts` refuses, and when a folder for the database or
 * its locks cannot be created.
 */
export function prepareHome(home: Home, { env = process.env, look = fileSystemOf } = {}): void {
  process.umask(0o077);
  refuseOpenHome(home.dir);
  refuseOtherFile(home.db);
  refuseReadOnly(home.db);
  if (!env[NETWORK_ALLOWED]) for (const path of new Set([home.dir, dirname(home.db)])) refuseNetwork(path, look);
  const { dir, workspaces, logs, profiles, exits, runs, db, dispatcherLock } = home;
  const needed = new Set([dir, dirname(db), dirname(dispatcherLock)]);
  for (const path of [...needed, workspaces, logs, profiles, exits, runs]) {
    try {
      mkdirSync(path, { recursive: true, mode: 0o700 });
    } catch (error) {
      if (needed.has(path)) throw unmade(path, error);
    }
  }
  closeHome(dir);
}

/** The log of a task's workers. */
export function logPath(home: Home, taskId: string): string {
  return join(home.logs, `${taskId}.log`);
}

/** Where the wrapper of a run writes its exit status. */
export function exitPath(home: Home, runId: number): string {
  return join(home.exits, String(runId));
}

/** The private folder of a run. */
export function runDir(home: Home, runId: number): string {
  return join(home.runs, String(runId));
}

/** In the private folder of a run: the home folder that its agent gets, where it needs one of its own. */
export const AGENT_HOME = "agent-home";

/** There too: what an agent writes about its run beside its output, where it does so. JSON. */
export const AGENT_REPORT = "agent-report.json";

/** The folder of a worker profile; files there persist between tasks. */
export function profileDir(home: Home, name: string): string {
  return join(home.profiles, name);
}

/** The file that defines a worker profile. */
export function profilePath(home: Home, name: string): string {
  return join(home.profiles, name, "config.yaml");
}

const LAUNCHER_BYTES_MAX = 64 * 1024;

/**
 * Writes the script that workers find as `KANBAN_BIN` and returns its path.
 *
 * One path, and not a prefix of words, because a home or an installation may have spaces in its name:
 * `"$KANBAN_BIN" complete …` works from every shell and as argv[0] of every program.
 *
 * @throws {HomeTrouble} when it cannot be written.
 */
export function writeLauncher(home: Home, argv: readonly string[] = ownArgv()): string {
  const quoted = argv.map((word) => `'${word.replaceAll("'", `'\\''`)}'`);
  const script = `#!/bin/sh\nexec ${quoted.join(" ")} "$@"\n`;
  try {
    const found = readSmall(home.launcher, LAUNCHER_BYTES_MAX);
    if (found === script && (lstatSync(home.launcher).mode & 0o777) === 0o700) return home.launcher;
  } catch {
    // Not there yet, or something else is in its place.
  }
  // Not flushed: one that a crash of the machine damaged is written again.
  ofHome(home.launcher, () => replaceFile(home.launcher, script, { mode: 0o700, flush: false }));
  return home.launcher;
}

function ownArgv(): string[] {
  return (require("./program.ts") as typeof import("./program.ts")).cliArgv();
}

/** The whole environment of this process, for the one place that builds a worker's out of it. */
export function environment(): Env {
  return process.env;
}

/**
 * Dies on the spot when `KANBAN_FAILPOINT` names this point. Only the fault tests set it: they need a
 * death between two steps that no signal can hit reliably.
 */
export function failpoint(name: string, env: Env = process.env): void {
  if (env["KANBAN_FAILPOINT"] === name) process.kill(process.pid, "SIGKILL");
}

/** What a worker's environment says about its own run. */
export interface WorkerEnv {
  readonly task: string;
  readonly run: number;
  readonly profile: string | null;
  readonly tenant: string | null;
  readonly workspace: string | null;
}

/** The worker's environment this process lives in, or null outside one. */
export function workerEnv(env: Env = process.env): WorkerEnv | null {
  const task = env["KANBAN_TASK"];
  const run = Number(env["KANBAN_RUN"]);
  if (!task || !Number.isSafeInteger(run) || run <= 0) return null;
  return {
    task,
    run,
    profile: env["KANBAN_PROFILE"] || null,
    tenant: env["KANBAN_TENANT"] || null,
    workspace: env["KANBAN_WORKSPACE"] || null,
  };
}

/** The name a person goes by: the login name; `userInfo` knows it only from the environment. */
export function loginName(env: Env = process.env): string {
  return env["USER"] || env["LOGNAME"] || accountName(process.getuid?.()) || `uid-${process.getuid?.() ?? "unknown"}`;
}

/** The folder that `~` means. */
export function userHome(env: Env = process.env): string {
  return env["HOME"] || os().homedir();
}

/** Who `--mine`, comments and `created_by` mean: the profile inside a worker, else the login name. */
export function whoami(env: Env = process.env): string {
  return env["KANBAN_PROFILE"] || loginName(env);
}

/** The claimer that a process of this machine signs with. */
export function claimerName(who: string): string {
  return `${who}@${os().hostname()}:${process.pid}`;
}

/** Most commands need nothing of it. */
function os(): typeof import("node:os") {
  return require("node:os") as typeof import("node:os");
}

const DB_NAME = "kanban.db";

/** Named after the database alone: it may be used from several homes. */
function lockOf(db: string): string {
  return basename(db) === DB_NAME ? join(dirname(db), "run", "dispatcher.db") : `${db}-dispatcher`;
}

/** Distinguishes the databases of one home. */
function boardTag(db: string): string {
  return new Bun.CryptoHasher("sha256").update(db).digest("hex").slice(0, 12); // node:crypto takes 8 ms to load.
}

/** A path without links. The part of it that is not there yet stays as it is. */
function canonical(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    const parent = dirname(path);
    return parent === path ? path : join(canonical(parent), basename(path));
  }
}
