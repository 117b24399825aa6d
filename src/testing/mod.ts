/**
 * Helpers for tests: a board in memory with a clock that is moved by hand, refusals that must leave
 * no trace, temporary homes, and waiting for a condition instead of sleeping.
 *
 * @module
 */
import { expect } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type Board,
  claimTask,
  completeTask,
  type CreateInput,
  createTask,
  type ErrorCode,
  type EventKind,
  eventsAfter,
  KanbanError,
  openBoard,
  type Task,
} from "../kernel/mod.ts";

/** Where a hand-moved clock begins: a moment that is easy to recognise in a failing test. */
export const EPOCH = Date.UTC(2026, 0, 1);

export interface TestBoard {
  board: Board;
  /** Move it by hand: `clock.ms += 60_000`. */
  clock: { ms: number };
  /** The kinds of all events so far, or of one task's. */
  kinds(taskId?: string): EventKind[];
  /** Every row of every table, as text: two equal dumps mean that nothing changed. */
  dump(): string;
  /** Creates a task that is ready, assigned to "coder" unless said otherwise. */
  ready(input?: Partial<CreateInput>): Task;
  /** Creates, claims and completes a task. */
  done(input?: Partial<CreateInput>): Task;
  /** Calls `fn` and expects it to be refused, with no trace left on the board. */
  refused(fn: () => unknown, code: ErrorCode, message?: string | RegExp): KanbanError;
}

/** A fresh board in memory. */
export function testBoard(actor = "ann"): TestBoard {
  const clock = { ms: EPOCH };
  const board = openBoard(":memory:", { now: () => clock.ms, actor });
  const ready = (input: Partial<CreateInput> = {}) =>
    createTask(board, { title: "Translate README", assignee: "coder", ...input }).task;
  return {
    board,
    clock,
    ready,
    kinds: (taskId) =>
      eventsAfter(board, 0, taskId === undefined ? {} : { task_id: taskId }).map((event) => event.kind),
    dump: () => dump(board),
    done(input) {
      const task = ready(input);
      const { run } = claimTask(board, task.id, { claimer: "worker" });
      return completeTask(board, task.id, { runId: run.id, summary: `did ${task.title}` });
    },
    refused(fn, code, message) {
      const before = dump(board);
      const error = refusal(fn);
      if (message !== undefined) expect(error.message).toMatch(message);
      expect(error.code).toBe(code);
      expect(dump(board)).toBe(before);
      return error;
    },
  };
}

/** Every row of every table of a board, as text. */
export function dump(board: Board): string {
  const tables = board.db
    .query<{ name: string }, []>("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")
    .all();
  const rows = ({ name }: { name: string }) => JSON.stringify(board.db.query(`SELECT * FROM ${name}`).all());
  return tables.map((table) => `${table.name}\n${rows(table)}`).join("\n");
}

/** Throws unless `fn` throws a KanbanError of this code: for examples in doc comments. */
export function assertThrows(fn: () => unknown, code: ErrorCode): void {
  const error = refusal(fn);
  if (error.code !== code) throw new Error(`Expected a KanbanError "${code}", got "${error.code}": ${error.message}`);
}

/** The KanbanError that `fn` throws; anything else is thrown on. */
export function refusal(fn: () => unknown): KanbanError {
  try {
    fn();
  } catch (error) {
    if (error instanceof KanbanError) return error;
    throw error;
  }
  throw new Error("Expected a KanbanError: nothing was thrown");
}

/**
 * Waits until `condition` returns something truthy and returns it.
 *
 * @param options.ms Deadline in milliseconds; default 15,000: a busy machine takes its time.
 */
export async function until<T>(
  condition: () => T | Promise<T>,
  { ms = 15_000, what = "the condition" }: { ms?: number; what?: string } = {},
): Promise<NonNullable<T>> {
  const deadline = performance.now() + ms;
  for (;;) {
    const value = await condition();
    if (value) return value;
    if (performance.now() > deadline) throw new Error(`Waited ${ms} ms for ${what}`);
    await Bun.sleep(5);
  }
}

/** A temporary folder with its remover. The name has a space and an emoji, as homes of users do. */
export function tempDir(): { path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), "kanban 🗂 "));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}
