/**
 * A question to the person at the terminal, before something that is much at once.
 *
 * Nobody answers in a script: it goes on, as with `--yes`.
 *
 * @module
 */
import { fstatSync, readSync, statSync } from "node:fs";
import { stderr } from "./output.ts";

/** Whether to go on: true for y or yes, and where no person is at a terminal. */
export function asked(question: string): boolean {
  if (!stderr.terminal || !isTyped()) return true;
  stderr.write(`${question} [y/N] `);
  return /^y(es)?$/i.test(answer().trim());
}

/** The standard input is a device, and not the one that is always at its end. */
function isTyped(): boolean {
  const found = fstatSync(0);
  return found.isCharacterDevice() && found.rdev !== statSync("/dev/null").rdev;
}

/** The line that is typed, as far as it can matter. */
function answer(): string {
  const bytes = Buffer.alloc(100);
  for (let length = 0; ; length++) {
    if (length === bytes.length || readSync(0, bytes, length, 1, null) === 0 || bytes[length] === 0x0a) {
      return bytes.toString("utf8", 0, length);
    }
  }
}
