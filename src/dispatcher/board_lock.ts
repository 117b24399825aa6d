/**
 * The dispatcher's hold on its board: the lock that makes it the only one, kept for as long as it runs.
 *
 * The lock is bound to its file. If its folder is deleted, the next starter would find no file, create another, and
 * there would be two dispatchers: so the holder looks whether the file is still the one it locked, and takes the new
 * one as well.
 *
 * @module
 */
import { statSync } from "node:fs";
import { type Home, prepareHome } from "../home.ts";
import { homeTrouble } from "../home_roots.ts";
import { acquireLock, KanbanError, type Lock, type LockHolder } from "../kernel/mod.ts";
import { type Place, placeName } from "./processes/process_place.ts";

/** A board that is held. */
export class Hold {
  #lock: Lock;
  #file: string | null;

  /** @throws {KanbanError} `refused` when another dispatcher has the board, naming its pid. */
  constructor(
    readonly home: Home,
    readonly startedAt: number,
    readonly place: Place,
  ) {
    const lock = this.#take();
    if (!("release" in lock)) {
      throw new KanbanError(
        "refused",
        `Cannot start the dispatcher of "${home.db}": the board has one already: ${named(lock.heldBy)}`,
        "One dispatcher serves all profiles: repeat --assignee in that one instead. Or stop it first, or make a single pass with: kanban dispatch",
      );
    }
    this.#lock = lock;
    this.#file = fileAt(home.dispatcherLock);
  }

  /** Looks whether the hold is still one, and renews it; it is lost when another dispatcher was quicker. */
  keep(warn: (line: string) => void): "kept" | "renewed" | "lost" {
    const path = this.home.dispatcherLock;
    if (fileAt(path) === this.#file) return "kept";
    prepareHome(this.home);
    const lock = this.#take();
    if (!("release" in lock)) {
      warn(`the lock "${path}" was removed, and ${named(lock.heldBy)} dispatches the board now; this one ends`);
      return "lost";
    }
    this.#lock.release();
    this.#lock = lock;
    this.#file = fileAt(path);
    warn(`the lock "${path}" was removed, and is acquired again`);
    return "renewed";
  }

  release(): void {
    this.#lock.release();
  }

  #take() {
    const holder: LockHolder = { pid: process.pid, host: placeName(this.place), started_at: this.startedAt };
    try {
      return acquireLock(this.home.dispatcherLock, holder);
    } catch (error) {
      throw homeTrouble(this.home) ?? error;
    }
  }
}

function named(holder: LockHolder | null): string {
  return holder === null ? "another process" : `pid ${holder.pid} on ${holder.host}`;
}

function fileAt(path: string): string | null {
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat === undefined ? null : `${stat.dev}:${stat.ino}`;
}
