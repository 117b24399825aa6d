/**
 * What `kanban setup` has written so far, file by file: only that is ever taken out again.
 *
 * @module
 */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { replaceFile } from "../files.ts";
import type { Home } from "../home.ts";
import { KanbanError } from "../kernel/mod.ts";
import { readText } from "./foreign_file.ts";

/** One file. */
export interface Remembered {
  /** Whose setup needs it. */
  agents: string[];
  /** The span that was added, character by character. */
  inserted: string;
  /** The content under our name after it was written. */
  value: string;
  /** The file was ours: it goes when nothing else is in it. */
  created: boolean;
  folders: string[];
}
/** By path. */
export type Memory = Record<string, Remembered>;

/** Where copies of changed files are kept. */
export function backupsOf(home: Home): string {
  return join(home.dir, "backups", "setup");
}

function memoryPath(home: Home): string {
  return join(home.dir, "setup.json");
}

/** What was written. @throws {KanbanError} `refused` when the note of it cannot be read. */
export function recall(home: Home): Memory {
  const text = readText(memoryPath(home));
  if (text === null) return {};
  try {
    return JSON.parse(text) as Memory;
  } catch (error) {
    throw new KanbanError(
      "refused",
      `Cannot read "${memoryPath(home)}": ${(error as Error).message}`,
      "Move it away; nothing was changed",
    );
  }
}

/** Keeps it, whole or not at all. */
export function remember(home: Home, memory: Memory): void {
  mkdirSync(home.dir, { recursive: true, mode: 0o700 });
  replaceFile(memoryPath(home), `${JSON.stringify(memory, null, 2)}\n`);
}
