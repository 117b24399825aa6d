/**
 * What the sections of a context share: their task, and what each of their parts is worth.
 *
 * @module
 */
import type { Attempt, Newest } from "./context_reads.ts";
import type { Board } from "../store/db.ts";
import { INSTANT_MAX } from "../input.ts";
import type { Piece, Setting } from "../reads/pieces.ts";
import type { Task } from "../schema.ts";

export interface Story extends Setting {
  readonly board: Board;
  readonly task: Task;
  readonly key: number;
  /** Read once: comments use them too. */
  readonly attempts: Newest<Attempt>;
  readonly now: number;
  readonly budget: number;
  /** The call that fetches a field. */
  readonly call: (field: string, from?: number) => string;
}

/** A part of the context with a heading of its own, or nothing. */
export interface Section {
  readonly pieces: Piece[];
  /** The most that is written around the pieces. */
  readonly fixed: number;
  /** Null is what `written` says of a piece that was left out. */
  write(written: (piece: Piece) => string | null): string;
}

/** The section is empty. */
export const NOTHING: Section = { pieces: [], fixed: 0, write: () => "" };

/**
 * What is worth more is there first and longer. Of a list each further entry is worth a little less than the one
 * before, by `STEP`; only what parents handed over shares evenly.
 */
export const WORTH = {
  body: 100,
  person: 90,
  parent: 80,
  handoff: 79,
  attempt: 70,
  attempt_text: 69,
  comment: 60,
  parent_facts: 50,
  attempt_facts: 46,
  earlier: 45,
  older_comment: 40,
  recent: 30,
  parent_line: 20,
} as const;

export const STEP = 0.001;

/** `2026-01-01T00:00Z, 2 h ago` */
export function when(at: number, now: number): string {
  const seconds = Math.max(0, Math.floor((now - at) / 1_000));
  const [n, unit] =
    seconds < 60
      ? [seconds, "s"]
      : seconds < 3_600
        ? [Math.floor(seconds / 60), "min"]
        : seconds < 86_400
          ? [Math.floor(seconds / 3_600), "h"]
          : [Math.floor(seconds / 86_400), "d"];
  return `${new Date(Math.min(INSTANT_MAX, Math.max(0, at))).toISOString().slice(0, 16)}Z, ${n} ${unit} ago`;
}
