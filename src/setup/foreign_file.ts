/**
 * Files of other programs: read with care, backed up, and replaced whole or not at all.
 *
 * @module
 */
import { chmodSync, existsSync, lstatSync, mkdirSync, realpathSync, rmdirSync, statSync, unlinkSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { createFile, fileProblem, readBytes, replaceFile } from "../files.ts";
import { KanbanError } from "../kernel/mod.ts";

/** Some programs keep their whole history in their settings. */
const FILE_BYTES_MAX = 64 * 1024 * 1024;

/**
 * The text of a file, or null if it does not exist.
 *
 * @throws {KanbanError} `refused` when it cannot be read, or is not UTF-8.
 */
export function readText(path: string): string | null {
  let bytes: Uint8Array;
  try {
    bytes = readBytes(path, FILE_BYTES_MAX, { links: "follow" });
  } catch (error) {
    const absent = (error as NodeJS.ErrnoException).code === "ENOENT";
    // A dangling link belongs to the user: a file in its place would cut it off from its target.
    if (absent && lstatSync(path, { throwIfNoEntry: false }) === undefined) return null;
    const why = absent ? "it is a link to a file that does not exist" : fileProblem(path, error);
    throw new KanbanError("refused", `Cannot read "${path}": ${why}`, "Nothing was changed");
  }
  try {
    // The mark at the beginning of some files is a part of them.
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new KanbanError("refused", `Cannot change "${path}": it is not UTF-8 text`, "Nothing was changed");
  }
}

/**
 * Replaces the content of a file, keeping its mode and, for a link, the link.
 *
 * @param before What the file held when the new text was made; null for a file that was not there.
 * @param options.backups Folder that gets a copy of the old file.
 * @param options.mode Of a new file.
 * @returns The path of the copy, and the folders that had to be made, outermost first.
 * @throws {KanbanError} `conflict` when the file changed since; `refused` when it cannot be written.
 */
export function replaceText(
  path: string,
  { before, after, backups, mode }: { before: string | null; after: string; backups: string; mode: number },
): { backup: string | null; made: string[] } {
  if (readText(path) !== before) {
    throw new KanbanError(
      "conflict",
      `Cannot change "${path}": another program changed it at the same time`,
      "Try again",
    );
  }
  try {
    const made = makeFolders(dirname(path));
    const real = before === null ? path : realpathSync(path);
    const backup = before === null ? null : keepCopy(real, backups);
    replaceFile(real, after, { mode: before === null ? mode : statSync(real).mode & 0o7777 });
    return { backup, made };
  } catch (error) {
    throw new KanbanError("refused", `Cannot write "${path}": ${(error as Error).message}`);
  }
}

/** Removes a file, and then those of the folders that are empty, innermost first. */
export function removeFile(path: string, folders: readonly string[], backups: string): string {
  const backup = keepCopy(path, backups);
  unlinkSync(path);
  for (const folder of folders.toReversed()) {
    try {
      rmdirSync(folder);
    } catch {
      break; // It has other content now.
    }
  }
  return backup;
}

function makeFolders(path: string): string[] {
  const made: string[] = [];
  for (let folder = path; !existsSync(folder); folder = dirname(folder)) made.unshift(folder);
  for (const folder of made) mkdirSync(folder, { mode: 0o755 });
  for (const folder of made) chmodSync(folder, 0o755);
  return made;
}

function keepCopy(path: string, backups: string): string {
  mkdirSync(backups, { recursive: true, mode: 0o700 });
  const stamp = new Date().toISOString().replace(/[-:]/g, "").replace(/\..*/, "Z");
  const name = basename(path).replace(/^\./, "");
  for (let n = 1; ; n++) {
    const copy = join(backups, n === 1 ? `${stamp}-${name}` : `${stamp}-${n}-${name}`);
    if (existsSync(copy)) continue;
    createFile(copy, readBytes(path, FILE_BYTES_MAX, { links: "follow" }), { flush: true });
    return copy;
  }
}
