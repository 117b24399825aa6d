/**
 * What a running dispatcher says about itself, for other processes to read.
 *
 * Whether one runs is told by its lock alone, which the operating system releases when it dies; the
 * file only adds what a person wants to know.
 *
 * @module
 */
import {
  closeSync,
  ftruncateSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import type { Home } from "../home.ts";
import { lockHolder } from "../kernel/mod.ts";

/** A running dispatcher, as it describes itself. */
export interface DispatcherState {
  pid: number;
  host: string;
  started_at: number;
  max_workers: number;
  /** The profiles that it is limited to; null means all. */
  assignees: string[] | null;
  /** It starts nothing new and ends when its workers have. */
  draining: boolean;
  /** Work is ready and nothing is started: why, as far as it can tell. */
  warning: string | null;
  /** Why it stopped claiming: the disk is full, … */
  trouble: string | null;
}

export type DispatcherStatus = { running: false } | ({ running: true } & DispatcherState);

/** The dispatcher of a board, whoever asks. */
export function dispatcherStatus(home: Home): DispatcherStatus {
  const holder = lockHolder(home.dispatcherLock);
  if (holder === null) return { running: false };
  const blank = { max_workers: 0, assignees: null, draining: false, warning: null, trouble: null };
  const told = readState(home);
  // What an earlier dispatcher left behind says nothing about this one.
  const known = told?.pid === holder.pid && told.started_at === holder.started_at ? told : {};
  return { running: true, ...blank, ...known, pid: holder.pid, host: holder.host, started_at: holder.started_at };
}

/** On a full disk there is room for this file alone, its own old bytes: so it is as long as it will ever be. */
const STATE_BYTES = 4_096;
/** Longest warning that is published, in characters. */
const WARNING_MAX = 1_000;

/** Publishes what a dispatcher says about itself. A full disk must not stop it. */
export function writeState(home: Home, state: DispatcherState): void {
  const { warning, trouble } = state;
  const text = JSON.stringify({ ...state, warning: shortened(warning), trouble: shortened(trouble) }).padEnd(
    STATE_BYTES,
  );
  const draft = `${home.dispatcherState}.${process.pid}`;
  try {
    writeFileSync(draft, text, { mode: 0o600 });
    renameSync(draft, home.dispatcherState);
  } catch {
    overwrite(home.dispatcherState, text);
    rmSync(draft, { recursive: true, force: true });
  }
}

function overwrite(path: string, text: string): void {
  try {
    const fd = openSync(path, "r+");
    try {
      ftruncateSync(fd, writeSync(fd, text, 0));
    } finally {
      closeSync(fd);
    }
  } catch {
    // Whoever asks still learns from the lock that it runs.
  }
}

function shortened(text: string | null): string | null {
  return text === null || text.length <= WARNING_MAX ? text : `${text.slice(0, WARNING_MAX - 1)}…`;
}

/** Removes what this process published. */
export function removeState(home: Home): void {
  if (readState(home)?.pid === process.pid) rmSync(home.dispatcherState, { force: true });
}

function readState(home: Home): DispatcherState | null {
  try {
    return JSON.parse(readFileSync(home.dispatcherState, "utf8")) as DispatcherState;
  } catch {
    return null;
  }
}
