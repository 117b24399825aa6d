/**
 * The folders of a home that this program fills and empties by itself, and whether they are what it made.
 *
 * A worker runs as the same user. A link that it puts in the place of one of these folders would let the
 * dispatcher write, and remove, somewhere else. So each is checked before anything is claimed or removed:
 * it must be a folder, no link, of this user, on the disk of the home. What is found otherwise is trouble of
 * the home, and then nothing is removed.
 *
 * @module
 */
import { accessSync, constants, lstatSync, mkdirSync, type Stats } from "node:fs";
import { dirname, join } from "node:path";
import type { Home } from "./home.ts";
import { ownerInWords } from "./home_place.ts";
import { HomeTrouble, moveAway, ofHome, shellPath } from "./home_trouble.ts";

/** Where it is noted which scratch folders are ours. */
export function markersDir({ workspaces }: Home): string {
  return join(workspaces, ".made");
}

/** Where scratch folders go before they are removed. */
export function trashDir({ workspaces }: Home): string {
  return join(workspaces, ".trash");
}

/**
 * Looks whether the folders are what this program made; one that is not there yet is in order.
 *
 * @throws {HomeTrouble} naming the first that is not.
 */
export function checkRoots(home: Home): void {
  const own = statAt(home.dir);
  for (const path of [home.dir, ...rootsOf(home), markersDir(home), trashDir(home)]) {
    const found = statAt(path);
    if (found !== undefined && own !== undefined) judge(path, found, own);
  }
}

/**
 * Makes the folders that are missing: one may have been removed while the dispatcher runs.
 *
 * @throws {HomeTrouble} when one cannot be made, or is not what this program made.
 */
export function makeRoots(home: Home): void {
  checkRoots(home);
  for (const path of rootsOf(home)) {
    if (statAt(path) === undefined) ofHome(path, () => mkdirSync(path, { mode: 0o700 }));
  }
}

/** What is wrong with the home's own folders and files, or null. */
export function homeTrouble(home: Home): HomeTrouble | null {
  try {
    checkRoots(home);
    for (const path of [home.dir, ...rootsOf(home)]) checkWritable(path);
    for (const path of [home.launcher, home.dispatcherState]) checkReplaceable(path);
    checkFile(home.dispatcherLock);
    return null;
  } catch (error) {
    if (error instanceof HomeTrouble) return error;
    throw error;
  }
}

/** Outer folders first: the target of a link is not checked. */
function rootsOf({ dir, run, exits, runs, logs, workspaces }: Home): string[] {
  const above = dirname(run) === dir ? [] : [dirname(run)]; // A database of its own has a folder in the one of the home.
  return [...above, run, exits, runs, logs, workspaces];
}

function statAt(path: string): Stats | undefined {
  return ofHome(path, () => lstatSync(path, { throwIfNoEntry: false }));
}

function judge(path: string, found: Stats, own: Stats): void {
  if (!found.isDirectory()) {
    throw new HomeTrouble(path, `it must be a folder, it is ${kindOf(found)}`, moveAway(path));
  }
  if (found.uid !== process.geteuid?.()) {
    const mend = `Give it to this user: chown ${process.geteuid?.()} ${shellPath(path)}`;
    throw new HomeTrouble(path, `it must belong to this user, it belongs to ${ownerInWords(found)}`, mend);
  }
  if (found.dev !== own.dev) {
    const mend = "Unmount it, or move the whole home to that disk and set KANBAN_HOME";
    throw new HomeTrouble(path, "it is on another disk than the home", mend);
  }
}

function kindOf(found: Stats): string {
  if (found.isSymbolicLink()) return "a link";
  if (found.isDirectory()) return "a folder";
  return found.isFile() ? "a file" : "a pipe or a device";
}

function checkWritable(path: string): void {
  if (statAt(path) !== undefined) ofHome(path, () => accessSync(path, constants.W_OK | constants.X_OK));
}

/** SQLite would put anything else down to the disk. */
function checkFile(path: string): void {
  const found = statAt(path);
  if (found === undefined || found.isFile()) return;
  throw new HomeTrouble(path, `it must be a file, it is ${kindOf(found)}`, moveAway(path));
}

/** A write replaces anything that has a file's name, except a folder. */
function checkReplaceable(path: string): void {
  if (statAt(path)?.isDirectory()) checkFile(path);
}
