/**
 * The columns of a board as they were read and written last, kept while they would say the same.
 *
 * Between two loads of a board mostly nothing changes. Then neither the rows are read nor the cards are
 * joined again. What columns say follows from four things: the commits of the board, the filter, what the
 * queue says of every waiting task, and the clock. The first three are compared; of the clock a card says
 * words ("3m"), so they are worded again and the column is written again where one differs.
 *
 * @module
 */
import { type CardView, clockWords } from "../../../views/card/card.tsx";
import { type ColumnView, columnText } from "../../../views/card/column.tsx";
import { type Html, markup } from "../../../views/parts/html.ts";
import { type Board, boardColumns, type Column, dataVersion, latestEventId, type Status } from "../../kernel/mod.ts";
import { cardViews, refreshed } from "./cards.ts";
import type { Web } from "../context.ts";
import { type Filter, kernelFilter, queryOf } from "./filter.ts";
import { queueFace } from "./queue.ts";

/** Boards kept: as many filters as some people have open, at a quarter of a megabyte each. */
const KEPT_MAX = 16;

interface Kept {
  /** What was true when it was read. */
  state: string;
  /** When a task in it stops waiting by itself. */
  until: number;
  columns: KeptColumn[];
}
interface KeptColumn {
  column: Column;
  cards: CardView[];
  /** The words of the clock in `text`, with what else was asked of it. */
  said: string;
  text: Html;
}
const kept = new WeakMap<Web, Map<string, Kept>>();

/** The columns of a board under a filter. Call it inside `read`. */
export function boardColumnViews(
  web: Web,
  board: Board,
  { filter, shown, lanes }: { filter: Filter; shown: readonly Status[]; lanes: boolean },
): ColumnView[] {
  const query = queryOf(filter);
  const { columns } = keptOf(web, board, filter, shown.includes("archived"));
  return columns
    .filter(({ column }) => shown.includes(column.name))
    .map((one) => {
      one.cards = refreshed(web, one.cards, board.now());
      const { name, total, next } = one.column;
      const view: ColumnView = { name, total, next, cards: one.cards, query, lanes };
      const said = `${lanes} ${one.cards.map(clockWords).join()}`;
      if (one.said !== said) {
        const text = columnText(view);
        // The same object for the same text: what was made of it, like its compressed form, is found again.
        if (String(text) !== String(one.text)) one.text = text;
        one.said = said;
      }
      return { ...view, text: one.text };
    });
}

function keptOf(web: Web, board: Board, filter: Filter, archived: boolean): Kept {
  const narrowed = { ...kernelFilter(filter, board.now()), include_archived: archived };
  const key = JSON.stringify(narrowed);
  // The version shows commits of other connections, the event shows our own.
  const state = `${dataVersion(board)} ${latestEventId(board)} ${queueFace(web, board)}`;
  let boards = kept.get(web);
  if (boards === undefined) kept.set(web, (boards = new Map()));
  let found = boards.get(key);
  boards.delete(key); // A view in use stays among the newest.
  if (found === undefined || found.state !== state || found.until <= board.now()) {
    const before = new Map(found?.columns.map(({ column, text }) => [column.name, text]));
    const columns = boardColumns(board, narrowed).map((column): KeptColumn => {
      const text = before.get(column.name) ?? markup("");
      return { column, cards: cardViews(web, board, column.tasks), said: "", text };
    });
    found = { state, until: Math.min(...columns.flatMap(({ cards }) => cards.map(changesAt))), columns };
  }
  boards.set(key, found);
  if (boards.size > KEPT_MAX) boards.delete(boards.keys().next().value!);
  return found;
}

/** When a task of a card stops waiting by itself; the card itself says that with a clock, or names the instant. */
function changesAt({ card, waits, now }: CardView): number {
  const instants = [card.not_before, card.retry_at, waits?.until ?? null];
  return Math.min(...instants.filter((at) => at !== null).filter((at) => at > now));
}
