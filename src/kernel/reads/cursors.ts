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

/** The same in an order that begins with another value, which the cursor has too. */
export function sortedCursorOf(value: string | number, rest: { priority: number; at: number; key: number }): string {
  const text = Buffer.from(JSON.stringify(value)).toString("base64url");
  return `${text}.${cursorOf(rest.priority, rest.at, rest.key)}`;
}

/**
 * What a query in such an order compares its rows with; all null for the first page.
 *
 * @throws {KanbanError} `invalid` for a cursor that no page in such an order returned.
 */
export function sortedCursorParams(after: string | undefined): Params {
  if (after === undefined) return { cursorValue: null, ...cursorParams(undefined) };
  const [, text = "", rest = ""] = /^([\w-]{1,4000})\.(.*)$/.exec(after) ?? [];
  let value: unknown = null;
  try {
    value = JSON.parse(Buffer.from(text, "base64url").toString());
  } catch {
    // What is no JSON is no value either.
  }
  if (typeof value !== "string" && typeof value !== "number") {
    throw invalid("after", "the cursor of a page in this order", `"${after.slice(0, 80)}"`);
  }
  return { cursorValue: value, ...cursorParams(rest) };
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
