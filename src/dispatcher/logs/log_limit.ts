/**
 * Keeps the log of a live run within a limit: its head and its end stay, the middle is cut
 * out in place, and a line between them says how much that was.
 *
 * The worker appends with a descriptor of its own and outlives its dispatcher, so there is no pipe between it and the
 * file. A dispatcher checks the size instead, the more often the faster the log grows. A cut overwrites the
 * beginning of the middle with the end of the log and then shortens the file: it stays the same inode, and nothing
 * before the run's own output moves. A dispatcher that dies in between loses nothing. What the worker appends in the
 * microseconds between the last look and the shortening is lost: of a flood that is being cut anyway, hardly ever the
 * last line.
 *
 * @module
 */
import { closeSync, constants, fstatSync, ftruncateSync, lstatSync, readSync, writeSync } from "node:fs";
import { openRegular } from "../../files.ts";
import { type Home, logPath } from "../../home.ts";
import type { LogMark } from "./logs.ts";
import { readStartRecord } from "./run_files.ts";

/** Most bytes that one cut copies: it blocks the event loop for a few milliseconds at most. */
const TAIL_BYTES_MAX = 4 * 1024 * 1024;
/** How long a cut follows a worker that keeps printing. */
const CATCH_UP_MS = 20;
/** A log that is so long is cut, come what may. */
const HURRY_BYTES = 1024 * 1024 * 1024;
/** A check that is older than this may have missed something. */
const CLOSE_MS = 0.2;
const CHUNK_BYTES = 256 * 1024;
/** A worker that is ahead by so much is followed from near its end. */
const FLOOD_BYTES = 1024 * 1024;
/** Length of the line that says how much is left out, in bytes, with the end of the line before it. */
const NOTE_BYTES = 80;
/** The end of a character that was cut in two is at most so long. */
const CHARACTER_BYTES = 4;

/**
 * Cuts the middle out of a run's log when the run has printed more than `max` bytes. Half of that stays as
 * its head, an eighth as its end. Returns how many bytes went, 0 when the log is short enough or is not there.
 */
export function cutLog(home: Home, taskId: string, { ino, offset }: LogMark, max: number): number {
  const path = logPath(home, taskId);
  const stat = lstatSync(path, { throwIfNoEntry: false });
  if (!stat?.isFile() || stat.ino !== ino || stat.size - offset <= max) return 0;
  const fd = openRegular(path, constants.O_RDWR);
  try {
    const { size, ino: opened, nlink } = fstatSync(fd);
    // A second name of the file means that it is not the log alone.
    if (opened !== ino || nlink !== 1 || size - offset <= max) return 0;
    const { at, omitted } = endOfHead(fd, offset + Math.floor(max / 2));
    const tail = endOf(fd, size, Math.min(TAIL_BYTES_MAX, Math.floor(max / 8)));
    writeAll(fd, Buffer.concat([noteOf(omitted ?? 0), tail]), at);
    const { read, end, close } = catchUp(fd, size, at + NOTE_BYTES + tail.length);
    // This process did not get the time to follow closely: it tries again, unless the disk matters more by now.
    if (!close && size - offset <= 2 * max + HURRY_BYTES) return 0;
    ftruncateSync(fd, end); // Nothing comes between the last look and this.
    // Only now it is known. The note is as long as before, and the worker writes nowhere but at the end.
    writeAll(fd, noteOf(read - end + (omitted ?? NOTE_BYTES)), at);
    return read - end;
  } finally {
    closeSync(fd);
  }
}

/** Where in the log of its task a run began; where that is not known, the whole log counts as its own. */
export function markOf(home: Home, runId: number, taskId: string): LogMark | null {
  const record = readStartRecord(home, runId);
  if (record !== null) return record.log;
  const stat = lstatSync(logPath(home, taskId), { throwIfNoEntry: false });
  return stat === undefined ? null : { ino: stat.ino, offset: 0 };
}

/**
 * Where the head of a run's output ends: at the note of an earlier cut, else between two characters; and how much the
 * earlier ones left out, null if none.
 */
function endOfHead(fd: number, wanted: number): { at: number; omitted: number | null } {
  const from = wanted - CHARACTER_BYTES;
  const bytes = readAt(fd, from, CHARACTER_BYTES + NOTE_BYTES);
  const noteAt = bytes.indexOf("\n… ");
  const note = noteAt < 0 || noteAt > CHARACTER_BYTES ? null : NOTE.exec(bytes.subarray(noteAt).toString());
  if (note !== null) return { at: from + noteAt, omitted: Number(note[1]) };
  let at = wanted;
  while (at > from && (bytes[at - from]! & 0xc0) === 0x80) at--;
  return { at, omitted: null };
}

/** The last bytes of a file, from a whole line if there is one. */
function endOf(fd: number, size: number, bytes: number): Buffer {
  const end = readAt(fd, size - bytes, bytes);
  return end.subarray(end.indexOf(10) + 1);
}

/**
 * Takes along what was appended meanwhile, of a flood its end. Returns up to where it read and wrote, and
 * whether that is close to where the worker is.
 */
function catchUp(fd: number, from: number, to: number): { read: number; end: number; close: boolean } {
  const begun = performance.now();
  for (let read = from, end = to; ;) {
    const { size } = fstatSync(fd);
    if (size - read > FLOOD_BYTES) read = size - CHUNK_BYTES;
    const lookedAt = performance.now();
    const more = readAt(fd, read, CHUNK_BYTES);
    if (more.length > 0) writeAll(fd, more, end);
    read += more.length;
    end += more.length;
    const now = performance.now();
    // A worker that never stops is cut off between two of its lines, once it is followed closely.
    const enough = more.length === 0 || (now - begun > CATCH_UP_MS / 4 && more.length < CHUNK_BYTES / 4);
    // A pause in between, on a busy machine, may hide any number of lines: then look again.
    if (enough && now - lookedAt < CLOSE_MS) return { read, end, close: true };
    if (now - begun > CATCH_UP_MS) return { read, end, close: false };
  }
}

const NOTE = /^\n… [\d.]+ [kMG]B omitted \((\d+) bytes\) … *\n/;

function noteOf(bytes: number): Buffer {
  const [unit, size] = bytes < 1e6 ? ["kB", 1e3] : bytes < 1e9 ? ["MB", 1e6] : ["GB", 1e9];
  const note = Buffer.alloc(NOTE_BYTES, " ");
  note.write(`\n… ${(bytes / (size as number)).toFixed(1)} ${unit} omitted (${bytes} bytes) …`);
  note.write("\n", NOTE_BYTES - 1);
  return note;
}

function readAt(fd: number, position: number, length: number): Buffer {
  const buffer = Buffer.allocUnsafe(length);
  let got = 0;
  while (got < length) {
    const more = readSync(fd, buffer, got, length - got, position + got);
    if (more === 0) break;
    got += more;
  }
  return buffer.subarray(0, got);
}

function writeAll(fd: number, bytes: Uint8Array, position: number): void {
  for (let done = 0; done < bytes.length;) done += writeSync(fd, bytes, done, bytes.length - done, position + done);
}
