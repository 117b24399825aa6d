/**
 * What an act on several tasks means, counted before it is done: how many, the newest by name, how many run.
 *
 * A page shows the first cards of each column, and counts that are as old as its last message. So a person confirms the
 * number that the server has at the moment of asking, and the act is refused when it has become another by then.
 *
 * @module
 */
import { type Board, briefPage, getCard, KanbanError, type ListFilter } from "../../kernel/mod.ts";
import type { Web } from "../context.ts";
import { badInput } from "../failure.ts";
import { totalsOf } from "../pages/board.tsx";
import { listFilter, viewOf } from "../pages/filter.ts";
import { words } from "./form_fields.ts";

/** Most tasks that one act changes. */
const BULK_MAX = 10_000;
const TITLES = 3;

export interface BulkSize {
  count: number;
  running: number;
  /** Of the newest. */
  titles: string[];
}

/** Counts the tasks that a form means: those that it names, or all that a page's filter lets through. */
export function bulkSize(web: Web, board: Board, form: URLSearchParams): BulkSize {
  if (form.get("all") === "1") {
    const { totals, listed } = matching(web, board, form);
    const { tasks } = briefPage(board, { ...listed, limit: BULK_MAX });
    return { count: total(totals), running: totals.running ?? 0, titles: newestTitles(tasks) };
  }
  const cards = namedIds(form).flatMap((id) => getCard(board, id) ?? []);
  return {
    count: cards.length,
    running: cards.filter(({ status }) => status === "running").length,
    titles: newestTitles(cards),
  };
}

function newestTitles(tasks: readonly { title: string; created_at: number }[]): string[] {
  const newest = tasks.toSorted((a, b) => b.created_at - a.created_at);
  return newest.slice(0, TITLES).map(({ title }) => title);
}

/**
 * The tasks that a form means.
 *
 * @throws {KanbanError} `conflict` when all matching ones are meant and their number is not what was confirmed.
 */
export function bulkIds(web: Web, board: Board, form: URLSearchParams): string[] {
  if (form.get("all") !== "1") return namedIds(form);
  const { totals, listed } = matching(web, board, form);
  requireConfirmed(form.get("count"), total(totals));
  return briefPage(board, { ...listed, limit: BULK_MAX }).tasks.map(({ id }) => id);
}

function namedIds(form: URLSearchParams): string[] {
  const ids = [...new Set(form.getAll("ids").flatMap((list) => words(list)))];
  if (ids.length === 0) throw badInput("ids", "Cannot change the tasks: the form names no task");
  if (ids.length > BULK_MAX) {
    const found = `one act changes at most ${BULK_MAX}, the form names ${ids.length}`;
    throw badInput("ids", `Cannot change the tasks: ${found}`, "Select fewer, or narrow the filter and take all of it");
  }
  return ids;
}

function matching(web: Web, board: Board, form: URLSearchParams): { totals: Totals; listed: ListFilter } {
  const { filter } = viewOf(form.get("view") ?? "/", web.config);
  return { totals: totalsOf(board, filter), listed: listFilter(filter, board.now()) };
}

type Totals = ReturnType<typeof totalsOf>;
const total = (totals: Totals): number => Object.values(totals).reduce((sum, n) => sum + n, 0);

/** A tenth more or less is what comes and goes on a living board while a person reads a question. */
function requireConfirmed(confirmed: string | null, now: number): void {
  const seen = confirmed === null ? NaN : Number(confirmed);
  if (!Number.isInteger(seen) || seen < 1)
    throw badInput("count", "Cannot change all matching tasks: the form must say how many they are");
  if (now > BULK_MAX)
    throw new KanbanError(
      "conflict",
      `Cannot change all matching tasks: one act changes at most ${BULK_MAX}, they are ${now}`,
      "Narrow the filter",
    );
  if (Math.abs(now - seen) <= Math.max(1, Math.floor(seen / 10))) return;
  throw new KanbanError(
    "conflict",
    `Cannot change all matching tasks: they must be ${seen}, as you confirmed, they are ${now} now`,
    "Look at them again, then confirm the new number",
  );
}
