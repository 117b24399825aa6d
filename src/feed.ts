/**
 * The one poller of a process: notices commits of any process and hands out their events.
 *
 * A file watch on the folder of the database says that the WAL was written; `PRAGMA data_version` says whether a
 * commit became visible. The watch fires before that, so the version is read after 0, 2, 8 and 30 ms, and once a
 * second in case the watch missed something. The feed has a connection of its own, so commits of its own process
 * count like any other.
 *
 * ```ts
 * const feed = openFeed(home.db);
 * for await (const events of feed.follow({ after: 0 })) console.log(events.length);
 * ```
 *
 * @module
 */
import { type FSWatcher, realpathSync, type Stats, statSync, watch } from "node:fs";
import { basename, dirname } from "node:path";
import {
  type Board,
  closeBoard,
  dataVersion,
  type Event,
  type EventFilter,
  eventsAfter,
  latestEventId,
  openBoard,
} from "./kernel/mod.ts";

/** When to read after the watch fired, in milliseconds. */
const LOOKS_MS = [0, 2, 8, 30];
/** Events read at once: a reader that is far behind gets them in pages. */
const PAGE = 500;

export interface Feed {
  /** The id of the newest event handed out. */
  readonly latest: number;
  /** Looks now. After an own commit it spares the wait for the file watch. */
  poke(): void;
  /** Calls `listener` after commits of any process, several at once if they come quickly. Returns the way to stop that. */
  onCommit(listener: () => void): () => void;
  /** Calls `listener` with new events, in order, the same array for every listener. Returns the way to stop that. */
  onEvents(listener: (events: readonly Event[]) => void): () => void;
  /** Events after `after` (default: from now), first those there are, then each as it comes. */
  follow(options?: EventFilter & { after?: number; signal?: AbortSignal }): AsyncGenerator<Event[]>;
  /** False when the database or its WAL is another file than the one opened: writing to it would be lost. */
  intact(): boolean;
  /** Calls `listener` once when the database was replaced. Returns the way to stop that. */
  onLost(listener: () => void): () => void;
  close(): void;
}

export interface FeedOptions {
  /** How often to read without a signal; default 1,000 ms, or 25 ms where files cannot be watched. */
  fallbackMs?: number;
  /** False on a file system that reports no changes. */
  watch?: boolean;
  /** Receives errors of reads and of listeners; the feed continues. */
  onError?(error: unknown): void;
}

/** Opens the feed of the board at `path`. Close it, or the process does not end by itself. */
export function openFeed(path: string, options: FeedOptions = {}): Feed {
  return new BoardFeed(openBoard(path, { busyMs: 50, actor: "feed" }), options);
}

const WATCHED_MS = 1_000;
const UNWATCHED_MS = 25;

class BoardFeed implements Feed {
  latest: number;
  readonly #path: string;
  readonly #onError: (error: unknown) => void;
  #version: number;
  readonly #file: Stats;
  #wal: Stats | null;
  readonly #commits = new Set<() => void>();
  readonly #events = new Set<(events: readonly Event[]) => void>();
  readonly #losses = new Set<() => void>();
  readonly #watcher: FSWatcher | null;
  readonly #fallback: Timer;
  #look: Timer | null = null;
  #step = 0;
  #lost = false;
  #closed = false;

  constructor(
    readonly board: Board,
    { fallbackMs, watch: watches = true, onError = () => {} }: FeedOptions,
  ) {
    this.#onError = onError;
    this.#path = realpathSync(board.path); // SQLite follows a link too, and keeps the WAL beside the file itself.
    this.#version = dataVersion(board);
    this.latest = latestEventId(board);
    this.#file = statSync(this.#path);
    this.#wal = this.#statWal();
    this.#watcher = watches ? this.#watch() : null;
    const everyMs = fallbackMs ?? (this.#watcher === null ? UNWATCHED_MS : WATCHED_MS);
    this.#fallback = setInterval(() => this.#check(), everyMs);
  }

  poke(): void {
    // A read that is due at once sees every commit up to now; a later one is scheduled again.
    if (this.#look !== null && this.#step === 0) return;
    this.#step = 0;
    this.#schedule();
  }

  onCommit(listener: () => void): () => void {
    return added(this.#commits, listener);
  }

  onEvents(listener: (events: readonly Event[]) => void): () => void {
    return added(this.#events, listener);
  }

  onLost(listener: () => void): () => void {
    return added(this.#losses, listener);
  }

  follow(options: EventFilter & { after?: number; signal?: AbortSignal } = {}): AsyncGenerator<Event[]> {
    const { after, signal, ...filter } = options;
    // "From now" means from this call, not from whenever the first event is asked for.
    return this.#follow(after ?? latestEventId(this.board), filter, signal);
  }

  async *#follow(after: number, filter: EventFilter, signal: AbortSignal | undefined): AsyncGenerator<Event[]> {
    let cursor = after;
    let wake = () => {};
    const stop = this.onCommit(() => wake());
    const abort = () => wake();
    signal?.addEventListener("abort", abort);
    try {
      while (!this.#closed && !signal?.aborted) {
        const changed = new Promise<void>((done) => (wake = done));
        // The newest id comes first: with a filter, a page may be empty and the cursor must move on.
        const newest = latestEventId(this.board);
        const events = eventsAfter(this.board, cursor, { ...filter, limit: PAGE });
        cursor = events.length === PAGE ? events.at(-1)!.id : Math.max(cursor, newest, events.at(-1)?.id ?? 0);
        if (events.length > 0) yield events;
        if (events.length < PAGE && !signal?.aborted) await changed;
      }
    } finally {
      stop();
      signal?.removeEventListener("abort", abort);
    }
  }

  intact(): boolean {
    if (this.#lost) return false;
    const file = statSync(this.#path, { throwIfNoEntry: false });
    const wal = this.#statWal();
    // The WAL appears with the first read. Once there, no process may replace it while we have it open.
    const walChanged = this.#wal !== null && !sameFile(this.#wal, wal);
    this.#wal ??= wal;
    if (sameFile(this.#file, file ?? null) && !walChanged) return true;
    this.#lost = true;
    this.#tell(this.#losses);
    return false;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    clearInterval(this.#fallback);
    if (this.#look !== null) clearTimeout(this.#look);
    this.#watcher?.close();
    this.#tell(this.#commits); // Followers see that it is over.
    closeBoard(this.board);
  }

  #watch(): FSWatcher | null {
    const name = basename(this.#path);
    try {
      // The folder, not the file: the watch then survives a WAL that is created again.
      const watcher = watch(dirname(this.#path), (_, changed) => {
        if (changed === null || changed === `${name}-wal` || changed === name) this.poke();
      });
      watcher.on("error", this.#onError);
      return watcher;
    } catch (error) {
      this.#onError(error);
      return null;
    }
  }

  #schedule(): void {
    if (this.#closed) return;
    if (this.#look !== null) clearTimeout(this.#look);
    this.#look = setTimeout(
      () => {
        this.#look = null;
        const found = this.#check();
        // Another commit may be on its way right behind the one that was found.
        this.#step = found ? 1 : this.#step + 1;
        if (this.#step < LOOKS_MS.length) this.#schedule();
      },
      LOOKS_MS[this.#step]! - (LOOKS_MS[this.#step - 1] ?? 0),
    );
  }

  /** Whether something was committed since the last read; if so, notifies all listeners. */
  #check(): boolean {
    if (this.#closed) return false;
    try {
      if (!this.intact()) return false;
      const version = dataVersion(this.board);
      if (version === this.#version) return false;
      this.#handOut();
      this.#version = version; // Not before: what could not be read is asked for again.
      return true;
    } catch (error) {
      this.#onError(error);
      return false;
    }
  }

  #handOut(): void {
    this.#tell(this.#commits);
    if (this.#events.size === 0) {
      this.latest = latestEventId(this.board);
      return;
    }
    for (;;) {
      const events = eventsAfter(this.board, this.latest, { limit: PAGE });
      if (events.length === 0) return;
      this.latest = events.at(-1)!.id;
      this.#tell(this.#events, events);
      if (events.length < PAGE) return;
    }
  }

  /** Calls every listener: what goes wrong in one is not the others' loss. */
  #tell<A extends readonly unknown[]>(listeners: ReadonlySet<(...args: A) => void>, ...args: A): void {
    for (const listener of listeners) {
      try {
        listener(...args);
      } catch (error) {
        this.#onError(error);
      }
    }
  }

  #statWal(): Stats | null {
    return statSync(`${this.#path}-wal`, { throwIfNoEntry: false }) ?? null;
  }
}

function sameFile(one: Stats, other: Stats | null): boolean {
  return other !== null && one.ino === other.ino && one.dev === other.dev;
}

function added<T>(set: Set<T>, item: T): () => void {
  set.add(item);
  return () => void set.delete(item);
}
