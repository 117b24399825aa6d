/**
 * The home of a board: every path and every environment variable, in one place.
 *
 * A home is one private folder (`KANBAN_HOME`, else `~/.kanban`) that holds the database, the logs,
 * the scratch workspaces, the profiles and what a running dispatcher leaves behind. No other module
 * reads the environment or joins these paths.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { chmodSync, mkdirSync, realpathSync, statSync } from "node:fs";
import { homedir, hostname, userInfo } from "node:os";
import { dirname, join, resolve } from "node:path";
import { KanbanError } from "./kernel/mod.ts";

/** Where a board keeps its things; all paths are absolute. */
export interface Home {
  readonly dir: string;
  /** The board. No process ever opens it, its `-wal` or its `-shm` with file calls. */
  readonly db: string;
  readonly workspaces: string;
  readonly logs: string;
  readonly profiles: string;
  readonly config: string;
  /** Lock, pid files, exit files: of this database alone, run ids repeat across boards. */
  readonly run: string;
  readonly exits: string;
  readonly dispatcherLock: string;
  readonly token: string;
}

type Env = Readonly<Record<string, string | undefined>>;

/** Paths of the home that `env` names; nothing is created. `db` (a `--board` flag) wins over `KANBAN_DB`. */
export function homeOf(env: Env = process.env, db?: string): Home {
  const dir = resolve(env["KANBAN_HOME"] || join(env["HOME"] || homedir(), ".kanban"));
  const standard = join(dir, "kanban.db");
  const file = resolve(db || env["KANBAN_DB"] || standard);
  const run = file === standard ? join(dir, "run") : join(dir, "run", boardTag(file));
  return {
    dir,
    db: file,
    workspaces: join(dir, "workspaces"),
    logs: join(dir, "logs"),
    profiles: join(dir, "profiles"),
    config: join(dir, "config.yaml"),
    run,
    exits: join(run, "exits"),
    dispatcherLock: join(run, "dispatcher.db"),
    token: join(dir, "run", "token"),
  };
}

/**
 * Creates the home's folders with mode 0700 and sets this process's umask to 077.
 *
 * @throws {KanbanError} `refused` when the home cannot be created, is no folder, or others may write to it.
 */
export function prepareHome(home: Home): void {
  process.umask(0o077);
  try {
    for (const path of [home.dir, home.workspaces, home.logs, home.profiles, home.exits, dirname(home.db)]) {
      mkdirSync(path, { recursive: true, mode: 0o700 });
    }
  } catch (error) {
    throw new KanbanError(
      "refused",
      `Cannot use home "${home.dir}": it must be a folder this user can write to, ${(error as Error).message}`,
      "Set KANBAN_HOME to a folder of your own",
    );
  }
  const { mode, uid } = statSync(home.dir);
  if ((mode & 0o022) === 0) return;
  // Another user who can write here could swap the profiles, and with them the programs we start.
  if (uid !== process.getuid?.()) {
    throw new KanbanError(
      "refused",
      `Cannot use home "${home.dir}": only its owner may write to it, its mode is ${(mode & 0o777).toString(8)}`,
      `Run chmod 700 "${home.dir}"`,
    );
  }
  chmodSync(home.dir, 0o700);
}

/** The log of a task's workers. */
export function logPath(home: Home, taskId: string): string {
  return join(home.logs, `${taskId}.log`);
}

/** Where the wrapper of a run writes its exit status. */
export function exitPath(home: Home, runId: number): string {
  return join(home.exits, String(runId));
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

/** The name a person goes by: the login name. */
export function loginName(env: Env = process.env): string {
  if (env["USER"] || env["LOGNAME"]) return (env["USER"] || env["LOGNAME"])!;
  try {
    return userInfo().username;
  } catch {
    return `uid-${process.getuid?.() ?? "unknown"}`; // A container's user may have no entry.
  }
}

/** Who `--mine`, comments and `created_by` mean: the profile inside a worker, else the login name. */
export function whoami(env: Env = process.env): string {
  return env["KANBAN_PROFILE"] || loginName(env);
}

/** The claimer that a process of this machine signs with. */
export function claimerName(who: string): string {
  return `${who}@${hostname()}:${process.pid}`;
}

/** The same file gets the same tag whatever way it was spelled, as long as its folder exists. */
function boardTag(file: string): string {
  let real = file;
  try {
    real = join(realpathSync(dirname(file)), file.slice(dirname(file).length + 1));
  } catch {
    // A folder that does not exist yet has only one spelling.
  }
  return createHash("sha256").update(real).digest("hex").slice(0, 12);
}
