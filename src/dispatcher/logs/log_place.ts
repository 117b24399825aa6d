/**
 * Where a reader of a log is, and how it finds its place again.
 *
 * The middle of a log is cut out while its run is live, so a byte that was at one place may be at an earlier one a
 * moment later. A reader keeps the last bytes that it read. When something else is in their place, it looks for them
 * near the end of the log and continues behind them.
 *
 * @module
 */
import { fstatSync, readSync } from "node:fs";

/** How many bytes identify a place. */
const KNOWN_BYTES = 512;
/** How much of the end is searched: what a cut keeps, and what may have come since. */
const SEARCHED_BYTES = 8 * 1024 * 1024;
/** Where a reader continues that cannot find its place: so many bytes before the end. */
const NEAR_END_BYTES = 64 * 1024;

export class LogPlace {
  #position: number;
  #known: Buffer = Buffer.alloc(0);
  #lost = false;

  /** A place in an open log. */
  constructor(fd: number, position: number) {
    this.#position = position;
    this.moveTo(fd, position);
  }

  /** The offset of the next byte. */
  get position(): number {
    return this.#position;
  }

  /** Reports, once, whether something before this place was cut out that the reader has not seen. */
  takeLost(): boolean {
    const lost = this.#lost;
    this.#lost = false;
    return lost;
  }

  /** Goes to another place. */
  moveTo(fd: number, position: number): void {
    this.#position = position;
    this.#known = readAt(fd, Math.max(0, position - KNOWN_BYTES), Math.min(position, KNOWN_BYTES));
  }

  /** The next bytes, at most `length`, without advancing: `take` does. */
  peek(fd: number, length: number): Buffer {
    const known = this.#known.length;
    const bytes = readAt(fd, this.#position - known, known + length);
    if (bytes.subarray(0, known).equals(this.#known)) return bytes.subarray(known);
    this.#findAgain(fd);
    return readAt(fd, this.#position, length);
  }

  /** Advances behind bytes that were read here. */
  take(bytes: Uint8Array): void {
    this.#position += bytes.length;
    const all = Buffer.concat([this.#known, bytes.subarray(-KNOWN_BYTES)]);
    this.#known = all.subarray(-KNOWN_BYTES);
  }

  #findAgain(fd: number): void {
    const { size } = fstatSync(fd);
    const from = Math.max(0, size - SEARCHED_BYTES);
    const found = readAt(fd, from, size - from).lastIndexOf(this.#known);
    if (found !== -1) {
      this.#position = from + found + this.#known.length;
      return;
    }
    this.#lost = true;
    const near = Math.max(0, size - NEAR_END_BYTES);
    const newline = near === 0 ? -1 : readAt(fd, near, size - near).indexOf(10);
    this.moveTo(fd, near + newline + 1);
  }
}

function readAt(fd: number, position: number, length: number): Buffer {
  const buffer = Buffer.allocUnsafe(length);
  return buffer.subarray(0, readSync(fd, buffer, 0, length, position));
}
