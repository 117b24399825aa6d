/**
 * Worker output: one file per task that its runs append to, with one old generation.
 *
 * @module
 */
import { closeSync, constants, fstatSync, lstatSync, readSync, renameSync, watch } from "node:fs";
import { openRegular } from "../../files.ts";
import { type Home, logPath } from "../../home.ts";
import { checkRoots } from "../../home_roots.ts";
import { ofHome } from "../../home_trouble.ts";
import { isTaskId, KanbanError } from "../../kernel/mod.ts";
import { machineTrouble } from "../breaker.ts";
import { LogPlace } from "./log_place.ts";

/** Size at which a log is put aside when the next worker starts. */
export const LOG_BYTES_MAX = 2 * 1024 * 1024;

/** Where in a log the output of a run begins; `ino` finds it again after a rotation. */
export interface LogMark {
  readonly ino: number;
  readonly offset: number;
}

/** An open log for a worker that is about to start. The caller closes `fd` after the start. */
export function openLog(home: Home, taskId: string): { fd: number; mark: LogMark } {
  const path = logPath(home, taskId);
  if ((lstatSync(path, { throwIfNoEntry: false })?.size ?? 0) >= LOG_BYTES_MAX) putAside(path);
  const fd = openLogFile("write", path, constants.O_WRONLY | constants.O_CREAT | constants.O_APPEND);
  const { ino, size } = fstatSync(fd);
  return { fd, mark: { ino, offset: size } };
}

/** The end of a task's log, as the web and the CLI show it. */
export interface LogTail {
  task_id: string;
  path: string;
  exists: boolean;
  size_bytes: number;
  content: string;
  /** There is more before it. */
  truncated: boolean;
}

/**
 * The last `bytes` of a task's log, from the beginning of a line if there is one.
 *
 * @throws {KanbanError} `not_found` when `taskId` is no id: paths are built from ids alone.
 * @throws {HomeTrouble} when the folder of the logs is not ours.
 */
export function tailLog(home: Home, taskId: string, bytes: number): LogTail {
  const path = pathOf(home, taskId);
  checkRoots(home);
  const part = readEnd(path, 0, bytes);
  const { content, size, truncated } = part ?? { content: "", size: 0, truncated: false };
  return { task_id: taskId, path, exists: part !== null, size_bytes: size, content, truncated };
}

/** The end of what one run printed, up to `bytes`, from the beginning of a line if there is one. */
export function outputSince(home: Home, taskId: string, mark: LogMark, bytes: number): string {
  const file = logOf(home, taskId, mark);
  return (file === null ? null : readEnd(file, mark.offset, bytes))?.content ?? "";
}

/** The file that has the output of a run; null when it is gone. */
export function logOf(home: Home, taskId: string, { ino }: LogMark): string | null {
  const path = pathOf(home, taskId);
  return [path, `${path}.1`].find((name) => lstatSync(name, { throwIfNoEntry: false })?.ino === ino) ?? null;
}

/** The last lines of an output that are not blank, at most `max` characters: what a failure is explained with. */
export function lastLines(output: string, max: number): string {
  const text = output.trimEnd();
  if (text.length <= max) return text.trimStart();
  const end = text.slice(-max);
  const newline = end.indexOf("\n");
  return (newline === -1 ? end.replace(/^[\udc00-\udfff]/, "") : end.slice(newline + 1)).trimStart();
}

/**
 * What is appended to a task's log from now on, or from byte `from`, until `signal` aborts. It continues over a
 * rotation and over a cut, and waits for a log that is not there yet.
 */
export async function* followLog(
  home: Home,
  taskId: string,
  { from, signal }: { from?: number; signal?: AbortSignal } = {},
): AsyncGenerator<string> {
  const path = pathOf(home, taskId);
  const name = `${taskId}.log`;
  checkRoots(home);
  let wake = () => {};
  // Where files cannot be watched, the look once a second remains.
  const watcher = ofHome(home.logs, () => watch(home.logs, (_, file) => (file === null || file === name) && wake()));
  signal?.addEventListener("abort", () => wake());
  let open = openForReading(path, from ?? lstatSync(path, { throwIfNoEntry: false })?.size ?? 0);
  try {
    while (!signal?.aborted) {
      let woken = false;
      const change = new Promise<void>((done) => {
        wake = () => done(void (woken = true));
      });
      open ??= openForReading(path, 0);
      const text = open === null ? "" : readOn(open);
      if (text !== "") yield text;
      else if (open !== null && lstatSync(path, { throwIfNoEntry: false })?.ino !== open.ino) {
        closeSync(open.fd); // Rotated, and the old file is read to its end.
        open = null;
        if (lstatSync(path, { throwIfNoEntry: false })) continue;
      }
      if (text !== "" || woken || signal?.aborted) continue;
      const timer = setTimeout(wake, 1_000);
      await change;
      clearTimeout(timer);
    }
  } finally {
    watcher.close();
    if (open !== null) closeSync(open.fd);
  }
}

/** Opens a log that is a file: a pipe in its place would hold the whole process up. */
export function openLogFile(act: "read" | "write", path: string, flags: number): number {
  try {
    return openRegular(path, flags);
  } catch (error) {
    if (machineTrouble(error) !== null) throw error;
    throw new KanbanError(
      "refused",
      `Cannot ${act} log "${path}": it must be a file that this user may ${act}, ${(error as Error).message}`,
    );
  }
}

/** Makes a log the old generation, in place of the one before. */
function putAside(path: string): void {
  try {
    renameSync(path, `${path}.1`);
  } catch (error) {
    if (machineTrouble(error) !== null) throw error;
    throw new KanbanError(
      "refused",
      `Cannot put log "${path}" aside: "${path}.1" must be a file or free, ${(error as Error).message}`,
    );
  }
}

interface OpenFile {
  fd: number;
  ino: number;
  place: LogPlace;
  decoder: TextDecoder;
}

/** What a reader gets in the place of output that was cut out before it was read. */
const LOST = "\n… some output was removed from the log before it was read …\n";

function openForReading(path: string, position: number): OpenFile | null {
  try {
    const fd = openLogFile("read", path, constants.O_RDONLY);
    return { fd, ino: fstatSync(fd).ino, place: new LogPlace(fd, position), decoder: new TextDecoder() };
  } catch {
    return null;
  }
}

/** Up to 256 KiB more; a character that is cut at the end comes with the next part. */
function readOn(file: OpenFile): string {
  const bytes = file.place.peek(file.fd, 256 * 1024);
  file.place.take(bytes);
  const text = file.decoder.decode(bytes, { stream: true });
  return file.place.takeLost() ? LOST + text : text;
}

/** The end of a log, at most `bytes` of what comes after `start`. */
interface LogEnd {
  content: string;
  size: number;
  /** Where the content begins in the file. */
  from: number;
  truncated: boolean;
}

/** Null when there is no such file. */
export function readEnd(path: string, start: number, bytes: number): LogEnd | null {
  if (lstatSync(path, { throwIfNoEntry: false }) === undefined) return null;
  const fd = openLogFile("read", path, constants.O_RDONLY);
  try {
    const { size } = fstatSync(fd);
    const begin = Math.max(Math.min(start, size), size - bytes);
    const truncated = begin > start;
    const from = truncated ? begin - 1 : begin; // The byte before decides whether a line begins here.
    const buffer = Buffer.alloc(size - from);
    const read = buffer.subarray(0, readSync(fd, buffer, 0, buffer.length, from));
    const kept = truncated ? wholeLines(read) : read;
    const content = new TextDecoder().decode(kept);
    return { content, size, from: from + read.length - kept.length, truncated };
  } finally {
    closeSync(fd);
  }
}

/** Drops the first byte and the cut line that it belongs to; if all of it is one line, only a cut character. */
function wholeLines(bytes: Buffer): Buffer {
  const newline = bytes.indexOf(10);
  if (newline !== -1 && newline + 1 < bytes.length) return bytes.subarray(newline + 1);
  let first = 1;
  while (first < bytes.length && first < 5 && (bytes[first]! & 0xc0) === 0x80) first++;
  return bytes.subarray(first);
}

function pathOf(home: Home, taskId: string): string {
  if (!isTaskId(taskId))
    throw new KanbanError(
      "not_found",
      `Cannot read the log of task ${JSON.stringify(taskId.slice(0, 80))}: no such task`,
    );
  return logPath(home, taskId);
}
