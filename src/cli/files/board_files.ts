/**
 * Keeps file calls away from the board's own files.
 *
 * A process that opens and closes the database, its log or its shared memory with file calls drops the
 * locks that SQLite holds in it; one that is replaced takes the whole board along. So whatever a person
 * names as a file to read or to replace is looked at first, without being opened.
 *
 * @module
 */
import { realpathSync, type Stats, statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import type { Home } from "../../home.ts";
import { KanbanError } from "../../kernel/mod.ts";
import { oneLine } from "../../text.ts";

/**
 * Refuses a path that leads to one of the board's files, under whatever name.
 *
 * @param act What fails: "export to".
 * @throws {KanbanError} `refused`.
 */
export function refuseBoardFile(home: Home, path: string, act: string): void {
  const [found, place] = [look(path), placeOf(path)];
  for (const own of [home.db, `${home.db}-wal`, `${home.db}-shm`, home.dispatcherLock]) {
    const kept = look(own);
    const isSame = found !== null && kept !== null && kept.dev === found.dev && kept.ino === found.ino;
    // The log is there only while the board is in use.
    if (!isSame && place !== own) continue;
    throw new KanbanError(
      "refused",
      `Cannot ${act} "${oneLine(path)}": it must be a file of its own, it belongs to the board itself`,
      "Name another file; for a copy of the database there is: kanban backup FILE",
    );
  }
}

/** A path whose folder is looked up without links: the file itself may not be there. */
function placeOf(path: string): string {
  try {
    return join(realpathSync(dirname(resolve(path))), basename(path));
  } catch {
    return resolve(path);
  }
}

/** What cannot be looked at is nothing of ours; opening it says what is wrong. */
function look(path: string): Stats | null {
  try {
    return statSync(path);
  } catch {
    return null;
  }
}
