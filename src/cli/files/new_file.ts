/**
 * Writes a file that is there as a whole or not at all, for its owner alone.
 *
 * @module
 */
import {
  closeSync,
  constants,
  existsSync,
  fsyncSync,
  linkSync,
  lstatSync,
  readdirSync,
  realpathSync,
  renameSync,
  statSync,
  writeSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { discard, openRegular } from "../../files.ts";
import { KanbanError } from "../../kernel/mod.ts";
import { oneLine } from "../../text.ts";

/**
 * Fills a draft beside `path` and puts it in place when it is whole. Whatever fails on the way leaves
 * what was there as it was.
 *
 * @param options.replace A file that is there gives way; where a link leads to it, the link stays.
 * @param options.act What fails: "export to".
 * @throws {KanbanError} `refused`; and what `fill` throws.
 */
export function newFile<T>(
  path: string,
  { replace, act }: { replace: boolean; act: string },
  fill: (write: (text: string) => void) => T,
): T {
  try {
    const target = targetOf(path, { replace, act });
    const draft = join(dirname(target), `.kanban-${crypto.randomUUID()}.draft`);
    sweepDrafts(dirname(target));
    return fillDraft(draft, fill, () => (replace ? renameSync(draft, target) : claimName(draft, target)));
  } catch (error) {
    throw unwritten(path, act, error);
  }
}

/** The user's error for an error of the file system at `path`; any other error as it is. */
function unwritten(path: string, act: string, error: unknown): unknown {
  const { code, message } = error as NodeJS.ErrnoException;
  if (error instanceof KanbanError || code === undefined) return error;
  if (code === "EEXIST") return taken(path, act);
  const why = REASONS[code] ?? oneLine(message);
  return new KanbanError("refused", `Cannot ${act} "${oneLine(path)}": ${why}`, "Make room or name another place");
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: "its folder must exist, it does not",
  ENOTDIR: "its parent is a file, not a folder",
  EACCES: "its folder must be open to this user, it is not",
  EROFS: "its disk is read-only",
  ENOSPC: "its disk is full",
  ENAMETOOLONG: "its name must be shorter",
};

function targetOf(path: string, { replace, act }: { replace: boolean; act: string }): string {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined) return path;
  if (!found.isFile()) {
    const what = found.isDirectory() ? "a folder" : "a pipe or a device";
    const hint = found.isDirectory() ? "Name a file in it" : "Write to the standard output with: -";
    throw new KanbanError("refused", `Cannot ${act} "${oneLine(path)}": it must be a file, it is ${what}`, hint);
  }
  if (!replace) throw taken(path, act);
  return realpathSync(path);
}

/** A draft that has not been written to for so long is abandoned, also if its writer was on another machine. */
const ABANDONED_MS = 3_600_000;

/** Takes away what killed processes left, as far as that goes: each may hold a whole board. */
function sweepDrafts(folder: string): void {
  try {
    for (const name of readdirSync(folder).filter((entry) => /^\.kanban-[\da-f-]+\.draft$/.test(entry))) {
      const path = join(folder, name);
      if (lstatSync(path).mtimeMs < Date.now() - ABANDONED_MS) discard(path);
    }
  } catch {
    // They disturb no later export.
  }
}

function taken(path: string, act: string): KanbanError {
  return new KanbanError(
    "refused",
    `Cannot ${act} "${oneLine(path)}": the file must not exist yet, it does`,
    "Replace it with --force",
  );
}

function fillDraft<T>(draft: string, fill: (write: (text: string) => void) => T, place: () => void): T {
  const fd = openRegular(draft, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL);
  try {
    const result = fill((text) => writeWhole(fd, Buffer.from(text)));
    fsyncSync(fd);
    place();
    return result;
  } finally {
    closeSync(fd);
    discard(draft);
  }
}

/** Gives the draft its name. Unlike a rename, a link never replaces what came there meanwhile. */
function claimName(draft: string, target: string): void {
  try {
    linkSync(draft, target);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // Some disks know no links.
    if (!["EPERM", "ENOSYS", "ENOTSUP", "EOPNOTSUPP", "EMLINK"].includes(code ?? "") || existsSync(target)) throw error;
    renameSync(draft, target);
  }
}

function writeWhole(fd: number, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length;) done += writeSync(fd, bytes, done);
}
