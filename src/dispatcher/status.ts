/**
 * What a running dispatcher says about itself, for other processes to read.
 *
 * Only its lock says whether one runs, which the operating system releases when it dies; the
 * file only adds what a person wants to know. Its time stamp says when the dispatcher last looked around.
 *
 * @module
 */
import { closeSync, constants, ftruncateSync, lstatSync, lutimesSync, writeSync } from "node:fs";
import { discard, openRegular, readSmall, replaceFile } from "../files.ts";
import type { Home } from "../home.ts";
import { lockHolder } from "../kernel/store/lock.ts";
import type { Board } from "../kernel/mod.ts";
import type { Agents } from "./start/plan.ts";
import { cut } from "../text.ts";

/** A running dispatcher, as it describes itself. */
export interface DispatcherState {
  pid: number;
  /** Where the pid is a number: the host, and its PID namespace where that is not the first one. */
  host: string;
  started_at: number;
  max_workers: number;
  /** The profiles that it is limited to; null means all. */
  assignees: string[] | null;
  /** It starts nothing new and ends when its workers have. */
  draining: boolean;
  /** Work is ready and nothing is started: why, as far as it is known. */
  warning: string | null;
  /** Why it stopped claiming: the disk is full, … */
  trouble: string | null;
  /** The runs whose processes it cannot see, in words. */
  unseen: string | null;
  /** How often it touches the file, in milliseconds; null for an older program, which does not. */
  beat_ms: number | null;
}

export type DispatcherStatus =
  | { running: false }
  | ({
      running: true;
      /** False when its process is there, but stopped or waiting for ever: nothing is started or noticed. */
      answers: boolean;
      /** Since when it does not answer. */
      silent_since: number | null;
    } & DispatcherState);

/**
 * The dispatcher of a board, for any process.
 *
 * @param options.board Lets a dispatcher be judged by its work where its state says nothing.
 */
export function dispatcherStatus(
  home: Home,
  { now = Date.now(), board, agents }: { now?: number; board?: Board; agents?: Agents | undefined } = {},
): DispatcherStatus {
  const holder = lockHolder(home.dispatcherLock);
  if (holder === null) return { running: false };
  const told = readState(home);
  // What an earlier dispatcher left behind says nothing about this one.
  const isIts = told?.pid === holder.pid && told.started_at === holder.started_at;
  const { pid, host, started_at } = holder;
  const state: DispatcherState = { ...BLANK, ...(isIts ? told : {}), pid, host, started_at };
  const { silentSince, startableSince } = require("./answering.ts") as typeof import("./answering.ts");
  const silent_since = silentSince({
    now,
    beat_ms: state.beat_ms,
    beat_at: touchedAt(home),
    startableSince: () => (board === undefined ? null : startableSince({ board, home, agents }, state)),
  });
  return { running: true, answers: silent_since === null, silent_since, ...state };
}

const BLANK = {
  max_workers: 0,
  assignees: null,
  draining: false,
  warning: null,
  trouble: null,
  unseen: null,
  beat_ms: null,
};

/** Keeps what a dispatcher says about itself up to date: written when it changes, touched in between. */
export class Publication {
  #text = "";
  #touchedAt = -Infinity;

  constructor(
    readonly home: Home,
    readonly state: () => DispatcherState,
    readonly monotonic: () => number,
  ) {}

  /** Publishes the state if it changed, else shows when it is time to that its dispatcher looks around. */
  update(): void {
    const state = this.state();
    const text = JSON.stringify(state);
    const changed = text !== this.#text;
    if (!changed && this.monotonic() - this.#touchedAt < (state.beat_ms ?? Infinity)) return;
    // The file may have been removed.
    if (changed || !touchState(this.home)) writeState(this.home, state);
    this.#text = text;
    this.#touchedAt = this.monotonic();
  }

  /** The next update touches the file: the clock was moved that readers compare its time with. */
  touchNext(): void {
    this.#touchedAt = -Infinity;
  }

  /** The next update writes the file: its folder was cleared away. */
  writeNext(): void {
    this.#text = "";
  }
}

/** On a full disk there is room for this file alone, its own old bytes: so it is as long as it will ever be. */
const STATE_BYTES = 4_096;
const STATE_BYTES_MAX = 1024 * 1024;
/** Longest text that is published, in characters. */
const TEXT_MAX = 1_000;

/** Publishes what a dispatcher says about itself. A full disk must not stop it. */
export function writeState(home: Home, state: DispatcherState): void {
  const { warning, trouble, unseen } = state;
  const short = (text: string | null) => text && cut(text, TEXT_MAX);
  const texts = { warning: short(warning), trouble: short(trouble), unseen: short(unseen) };
  const text = JSON.stringify({ ...state, ...texts }).padEnd(STATE_BYTES);
  try {
    replaceFile(home.dispatcherState, text, { flush: false }); // It says nothing about a machine that was restarted.
  } catch {
    overwrite(home.dispatcherState, text);
  }
  touchState(home);
}

/** Shows that the dispatcher looks around. False when its file is not there any more, or something else is. */
function touchState({ dispatcherState }: Home): boolean {
  try {
    if (!lstatSync(dispatcherState).isFile()) return false;
    const now = new Date(); // The clock of this process, which readers compare with.
    lutimesSync(dispatcherState, now, now);
    return true;
  } catch {
    return false;
  }
}

function overwrite(path: string, text: string): void {
  try {
    const fd = openRegular(path, constants.O_RDWR);
    try {
      ftruncateSync(fd, writeSync(fd, text, 0));
    } finally {
      closeSync(fd);
    }
  } catch {
    // The lock still says that it runs.
  }
}

/** Removes what this dispatcher published; that of another one stays, whose pid may be the same elsewhere. */
export function removeState(home: Home, { pid, started_at }: Pick<DispatcherState, "pid" | "started_at">): void {
  const told = readState(home);
  if (told?.pid === pid && told.started_at === started_at) discard(home.dispatcherState);
}

function readState(home: Home): DispatcherState | null {
  try {
    return JSON.parse(readSmall(home.dispatcherState, STATE_BYTES_MAX)) as DispatcherState;
  } catch {
    return null;
  }
}

function touchedAt({ dispatcherState }: Home): number | null {
  return lstatSync(dispatcherState, { throwIfNoEntry: false })?.mtimeMs ?? null;
}
