/**
 * The private folder of a run: what was generated for its start, and what its end will be judged by.
 *
 * It is kept on disk because the dispatcher that sees the end may not be the one that made the start,
 * and the profile may have changed in between.
 *
 * @module
 */
import { lstatSync, mkdirSync, readdirSync, rmSync, watch, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { readSmall } from "../files.ts";
import { exitPath, type Home, runDir } from "../home.ts";
import type { LogMark } from "./logs.ts";
import type { Plan } from "./plan.ts";
import type { Profile } from "./profile.ts";

/** How a run was started, as far as its end depends on it. */
export interface StartRecord {
  readonly agent: string | null;
  readonly complete_on_exit: boolean;
  readonly log: LogMark;
}

const RECORD = "start.json";
const STDIN = "stdin";
/** Far above what a record has. */
const RECORD_BYTES_MAX = 64 * 1024;

/** Writes the generated files of a run. Returns the file to give as stdin, or null. */
export function writeRunFiles(home: Home, runId: number, plan: Plan, profile: Profile, log: LogMark): string | null {
  const dir = runDir(home, runId);
  rmSync(dir, { recursive: true, force: true }); // A restored backup repeats run ids.
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const record: StartRecord = { agent: profile.agent, complete_on_exit: profile.complete_on_exit, log };
  const files = [...plan.files, { name: RECORD, content: JSON.stringify(record) }];
  for (const { name, content } of files) {
    if (basename(name) !== name || name === "" || name === "." || name === "..") {
      throw new TypeError(`Cannot write the file ${JSON.stringify(name)} of run ${runId}: it must be a plain name`);
    }
    writeFileSync(join(dir, name), content, { mode: 0o600 });
  }
  if (plan.stdin === null) return null;
  writeFileSync(join(dir, STDIN), plan.stdin, { mode: 0o600 });
  return join(dir, STDIN);
}

/** How a run was started, or null when that is not known. */
export function readStartRecord(home: Home, runId: number): StartRecord | null {
  try {
    const found: unknown = JSON.parse(readSmall(join(runDir(home, runId), RECORD), RECORD_BYTES_MAX));
    return isStartRecord(found) ? found : null;
  } catch {
    return null; // Its dispatcher died before it was written, or somebody cleared the folder.
  }
}

/** A worker can reach the file: what is no record of ours would keep its run from ever being judged. */
function isStartRecord(found: unknown): found is StartRecord {
  const { agent, complete_on_exit, log } = (found ?? {}) as Partial<Record<keyof StartRecord, unknown>>;
  const { ino, offset } = (log ?? {}) as Partial<Record<keyof LogMark, unknown>>;
  return (
    (agent === null || typeof agent === "string") &&
    typeof complete_on_exit === "boolean" &&
    typeof ino === "number" &&
    Number.isSafeInteger(offset) &&
    (offset as number) >= 0
  );
}

/** Removes everything that was generated for a run. */
export function removeRunFiles(home: Home, runId: number): void {
  rmSync(runDir(home, runId), { recursive: true, force: true });
  rmSync(exitPath(home, runId), { recursive: true, force: true }); // A worker may have put a folder there.
}

/**
 * Removes the files of runs that are dealt with: a dispatcher may have died between telling the board
 * and removing them. Young ones are left alone, another dispatcher may be about to use them.
 */
export function removeOldRunFiles(home: Home, living: ReadonlySet<number>): void {
  const before = Date.now() - 600_000;
  for (const folder of [home.runs, home.exits]) {
    for (const name of readdirSync(folder)) {
      const stat = lstatSync(join(folder, name), { throwIfNoEntry: false });
      if (!/^\d+$/.test(name) || living.has(Number(name)) || (stat?.mtimeMs ?? Infinity) > before) continue;
      rmSync(join(folder, name), { recursive: true, force: true });
    }
  }
}

/** Calls `wake` when a run's exit file appears or changes. Returns the way to stop that. */
export function watchExits({ exits }: Home, wake: () => void): () => void {
  try {
    const watcher = watch(exits, wake);
    return () => watcher.close();
  } catch {
    return () => {}; // Adopted workers are looked at every two seconds in any case.
  }
}
