/**
 * The private folder of a run: what was generated for its start, and what its end will be judged by.
 *
 * It is kept on disk because the dispatcher that sees the end may not be the one that made the start,
 * and the profile may have changed in between.
 *
 * @module
 */
import { lstatSync, mkdirSync, readdirSync, symlinkSync, watch } from "node:fs";
import { basename, join } from "node:path";
import { createFile, discard, fileProblem, readSmall } from "../../files.ts";
import { AGENT_HOME, AGENT_REPORT, exitPath, type Home, runDir } from "../../home.ts";
import { checkRoots } from "../../home_roots.ts";
import { HomeTrouble, ofHome } from "../../home_trouble.ts";
import { type JsonObject, KanbanError } from "../../kernel/mod.ts";
import type { LogMark } from "./logs.ts";
import type { GeneratedFile, HomeFolder, Plan } from "../start/plan.ts";
import type { Profile } from "../start/profile.ts";
import { STATUS_BYTES_MAX } from "../start/spawn.ts";

/** How a run was started, as far as its end depends on it. */
export interface StartRecord {
  readonly agent: string | null;
  readonly complete_on_exit: boolean;
  /** How long the worker may be silent; 0 for ever, null as long as the dispatcher's settings say. */
  readonly stale_after_seconds: number | null;
  /** The worker was given our tools. Records of older programs do not say. */
  readonly tools?: boolean;
  readonly log: LogMark;
}

const RECORD = "start.json";
const STDIN = "stdin";
/** Far above what a record has. */
const RECORD_BYTES_MAX = 64 * 1024;

/**
 * Writes the generated files of a run. Returns the file to give as stdin, or null.
 *
 * @throws {HomeTrouble} when they cannot be written.
 */
export function writeRunFiles(home: Home, runId: number, plan: Plan, profile: Profile, log: LogMark): string | null {
  const dir = runDir(home, runId);
  checkRoots(home);
  discard(dir); // A restored backup repeats run ids.
  ofHome(dir, () => mkdirSync(dir, { mode: 0o700 }));
  // A program that was given no tools has to send no heartbeat.
  const stale_after_seconds = profile.stale_after_seconds ?? (plan.tools ? null : 0);
  const { agent, complete_on_exit } = profile;
  const record: StartRecord = { agent, complete_on_exit, stale_after_seconds, tools: plan.tools, log };
  const files = [...plan.files, { name: RECORD, content: JSON.stringify(record) }];
  writeAll(dir, files);
  if (plan.home.length > 0) makeHome(join(dir, AGENT_HOME), plan.home);
  if (plan.stdin === null) return null;
  write(join(dir, STDIN), plan.stdin);
  return join(dir, STDIN);
}

/**
 * Makes an agent's home folder: its files are ours, all else in it is the user's by links. So an agent that writes
 * a token into the file that it read writes the user's; what it adds goes with the run.
 *
 * @throws {KanbanError} `refused` when a folder of the user is there and cannot be read.
 */
function makeHome(dir: string, folders: readonly HomeFolder[]): void {
  ofHome(dir, () => mkdirSync(dir, { mode: 0o700 }));
  for (const { name, of, files } of folders) {
    const folder = join(dir, plainName(name));
    ofHome(folder, () => mkdirSync(folder, { mode: 0o700 }));
    const own = new Set(files.map((file) => file.name));
    for (const entry of of === null ? [] : entriesOf(of)) {
      if (!own.has(entry)) ofHome(folder, () => symlinkSync(join(of!, entry), join(folder, entry)));
    }
    writeAll(folder, files);
  }
}

function entriesOf(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") return [];
    throw new KanbanError("refused", `Cannot give the agent "${folder}": it must be a readable folder, ${message}`);
  }
}

function writeAll(dir: string, files: readonly GeneratedFile[]): void {
  for (const { name, content } of files) write(join(dir, plainName(name)), content);
}

function plainName(name: string): string {
  if (basename(name) === name && name !== "" && name !== "." && name !== "..") return name;
  throw new TypeError(`Cannot write the file ${JSON.stringify(name)} of a run: it must be a file name without folders`);
}

function write(path: string, content: string): void {
  ofHome(path, () => createFile(path, content));
}

/** How a run was started, or null when that is not known. */
export function readStartRecord(home: Home, runId: number): StartRecord | null {
  try {
    const found: unknown = JSON.parse(readSmall(join(runDir(home, runId), RECORD), RECORD_BYTES_MAX));
    return isStartRecord(found) ? found : null;
  } catch {
    return null; // Its dispatcher died before it was written, or the folder was cleared.
  }
}

/** Longest report of an agent, in bytes: it has a few numbers for each model and each changed file. */
const REPORT_BYTES_MAX = 1024 * 1024;

/** What an agent wrote about its run beside its output, or null; it may have written anything there. */
export function readAgentReport(home: Home, runId: number): JsonObject | null {
  try {
    const found: unknown = JSON.parse(readSmall(join(runDir(home, runId), AGENT_REPORT), REPORT_BYTES_MAX));
    return typeof found === "object" && found !== null && !Array.isArray(found) ? (found as JsonObject) : null;
  } catch {
    return null;
  }
}

/** A worker can reach the file: what is no record of ours would keep its run from ever being judged. */
function isStartRecord(found: unknown): found is StartRecord {
  const { agent, complete_on_exit, stale_after_seconds, tools, log } = (found ?? {}) as Partial<
    Record<keyof StartRecord, unknown>
  >;
  const { ino, offset } = (log ?? {}) as Partial<Record<keyof LogMark, unknown>>;
  return (
    (agent === null || typeof agent === "string") &&
    typeof complete_on_exit === "boolean" &&
    ((stale_after_seconds ?? null) === null || isCount(stale_after_seconds)) && // Older records have none.
    (tools === undefined || typeof tools === "boolean") &&
    typeof ino === "number" &&
    isCount(offset)
  );
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/** Removes everything that was generated for a run. What cannot be removed now, a later start of the dispatcher removes. */
export function removeRunFiles(home: Home, runId: number): void {
  try {
    checkRoots(home);
  } catch (error) {
    if (error instanceof HomeTrouble) return; // It is said where work is started.
    throw error;
  }
  discard(runDir(home, runId));
  discard(exitPath(home, runId)); // A worker may have put a folder there.
}

/**
 * Removes the files of runs that are dealt with: a dispatcher may have died between its report to the board and their
 * removal. Young ones are left alone, another dispatcher may be about to use them.
 *
 * @throws {HomeTrouble} when the folders are not those that this program made; then nothing is removed.
 */
export function removeOldRunFiles(home: Home, living: ReadonlySet<number>): void {
  checkRoots(home);
  const before = Date.now() - 600_000;
  for (const folder of [home.runs, home.exits]) {
    for (const name of ofHome(folder, () => readdirSync(folder))) {
      const stat = lstatSync(join(folder, name), { throwIfNoEntry: false });
      if (!/^\d+$/.test(name) || living.has(Number(name)) || (stat?.mtimeMs ?? Infinity) > before) continue;
      discard(join(folder, name));
    }
  }
}

/** The largest that this program writes are prompts. */
const RUN_FILE_BYTES_MAX = 16 * 1024 * 1024;

/** Files of runs, and those beside them, that are not what this program writes: pipes, links, gigabytes. */
export function oddRunFiles(home: Home): { path: string; problem: string }[] {
  // What an agent keeps in a home of its own, the dispatcher never reads.
  const inRuns = namesIn(home.runs).flatMap((run) =>
    namesIn(join(home.runs, run)).flatMap((name) => (name === AGENT_HOME ? [] : [join(home.runs, run, name)])),
  );
  const files = [
    ...[home.launcher, home.dispatcherState, home.notifierState, home.token, home.signedOut, ...inRuns].map(
      (path) => [path, RUN_FILE_BYTES_MAX] as const,
    ),
    ...namesIn(home.servers).map((name) => [join(home.servers, name), RUN_FILE_BYTES_MAX] as const),
    ...namesIn(home.exits).map((name) => [join(home.exits, name), STATUS_BYTES_MAX] as const),
  ];
  return files.flatMap(([path, bytesMax]) => {
    try {
      readSmall(path, bytesMax);
      return [];
    } catch (error) {
      const gone = (error as NodeJS.ErrnoException).code === "ENOENT"; // Its run has ended, or it was never made.
      return gone ? [] : [{ path, problem: fileProblem(path, error) }];
    }
  });
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return []; // None yet, or no folder: then the home is in trouble, which is said elsewhere.
  }
}

/** Calls `wake` when a run's exit file appears or changes. Returns the way to stop that. */
export function watchExits({ exits }: Home, wake: () => void): () => void {
  try {
    const watcher = watch(exits, wake);
    return () => watcher.close();
  } catch {
    return () => {}; // Adopted workers are checked every two seconds in any case.
  }
}
