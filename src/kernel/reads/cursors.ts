/**
 * Keyset cursors: where the next page of a list begins, as the text that callers hand back.
 *
 * A cursor holds the sort keys of the last row that was shown, so that the next page begins right after it,
 * whatever came or went before. Callers treat it as opaque.
 *
 * @module
 */
import type { Params } from "../store/db.ts";
import type { Position } from "../store/lanes.ts";
import { invalid } from "../input.ts";

/** The cursor after a row. `priority` is what the list sorts by: negated where the highest comes first by `<`. */
export function cursorOf(priority: number, at: number, key: number): string {
  return `${priority}.${at}.${key}`;
}

/**
 * What a query compares its rows with; all null for the first page.
 *
 * @throws {KanbanError} `invalid` for a cursor that no page returned.
 */
export function cursorParams(after: string | undefined): Params {
  if (after === undefined) return { cursorPriority: null, cursorAt: null, cursorKey: null };
  // The instant may lie before 1970 on an imported board.
  const match = /^(-?\d{1,15})\.(-?\d{1,16})\.(\d{1,16})$/.exec(after);
  if (match === null) throw invalid("after", "the cursor of a page", `"${after.slice(0, 80)}"`);
  return { cursorPriority: Number(match[1]), cursorAt: Number(match[2]), cursorKey: Number(match[3]) };
}

/**
 * The same as a position in a column.
 *
 * @throws {KanbanError} `invalid` for a cursor that no page returned.
 */
export function positionOf(after: string | undefined): Position | null {
  if (after === undefined) return null;
  const { cursorPriority, cursorAt, cursorKey } = cursorParams(after) as Record<string, number>;
  return { urgency: cursorPriority!, queue_at: cursorAt!, key: cursorKey! };
}
