/** @jsxImportSource hono/jsx */
/**
 * One window of changes, drawn: the cards that a handful of events touched, each rendered once and
 * shared by everybody who looks.
 *
 * @module
 */
import { CardIn, CardOut } from "../../../views/parts/partials.tsx";
import { type Board, type Card, concernsNeighbours, type Event, getCard, neighbourIds } from "../../kernel/mod.ts";
import { cardViews } from "../pages/cards.ts";
import type { Web } from "../context.ts";

/** More cards than these are not sent one by one: each viewer fetches its columns again. */
export const CARDS_MAX = 40;

/** What events touched, gathered until it is drawn. */
export interface Touched {
  ids: Set<string>;
  /** Those whose finishing or linking changes the cards of their neighbours. */
  linked: Set<string>;
  /** Those that only showed that they live: no card changes. */
  beats: Set<string>;
}

/** A card as it was drawn once. */
export interface Drawn {
  id: string;
  card: Card;
  /** The partial that puts it into a view, and the one that takes it out. */
  into: string;
  /** The same for a list, whose rows few look at: it is rendered when one does. */
  readonly row: string;
  out: string;
}

export interface Frame {
  /** Holds what happened after this event … */
  from: number;
  /** … up to this one. */
  to: number;
  /** null: more than `CARDS_MAX`. */
  cards: ReadonlyMap<string, Drawn> | null;
}

/** Nothing touched yet. */
export function untouched(): Touched {
  return { ids: new Set(), linked: new Set(), beats: new Set() };
}

/** Adds what some events touched. */
export function touch(touched: Touched, events: readonly Event[]): void {
  for (const { kind, task_id, payload } of events) {
    if (kind === "heartbeat") {
      touched.beats.add(task_id);
      continue;
    }
    touched.ids.add(task_id);
    if (concernsNeighbours(kind)) touched.linked.add(task_id);
    // The link is gone from the tables: its other end is known from the event alone.
    if (kind === "unlinked") touched.ids.add(payload.parent);
  }
}

/** Draws what was touched. Call it inside `read`. */
export function drawFrame(web: Web, board: Board, range: { from: number; to: number }, touched: Touched): Frame {
  const ids = new Set(touched.ids);
  if (ids.size <= CARDS_MAX && touched.linked.size > 0) {
    for (const id of neighbourIds(board, [...touched.linked], CARDS_MAX + 1)) ids.add(id);
  }
  if (ids.size > CARDS_MAX) return { ...range, cards: null };
  const cards = [...ids].map((id) => getCard(board, id)).filter((card) => card !== null);
  const rows: Record<string, string> = {};
  const drawn = cardViews(web, board, cards).map((view): [string, Drawn] => [
    view.card.id,
    {
      id: view.card.id,
      card: view.card,
      into: String(<CardIn view={view} />),
      get row() {
        return (rows[view.card.id] ??= String(<CardIn view={view} row />));
      },
      out: String(<CardOut id={view.card.id} />),
    },
  ]);
  return { ...range, cards: new Map(drawn) };
}

/** What the frames after event `since` come to, or null when they do not reach back that far. */
export function mergeSince(ring: readonly Frame[], since: number): Frame | null {
  const first = ring[0];
  if (first === undefined || first.from > since) return null;
  const later = ring.filter(({ to }) => to > since);
  const cards = new Map<string, Drawn>();
  for (const frame of later) {
    if (frame.cards === null) return { from: since, to: ring.at(-1)!.to, cards: null };
    for (const [id, card] of frame.cards) cards.set(id, card);
  }
  return { from: since, to: ring.at(-1)!.to, cards: cards.size > CARDS_MAX ? null : cards };
}
