/**
 * The past of the event log in encoded pages, the same ones for every reader.
 *
 * A page ends at a whole multiple of its size, for every start of a reader. So readers that are far behind come to
 * the same pages, and each page is read and encoded once for those that follow each other.
 *
 * @module
 */
import { type Board, type Event, eventsAfter } from "../../kernel/mod.ts";

/** Ids between the ends of two pages: what is read and encoded without a pause. */
const PAGE = 500;
/** Whole pages that are kept for readers that come behind: about 2 MB. */
const KEPT_MAX = 16;
const encoder = new TextEncoder();

export interface EventPage {
  /** The id of its last event, or the cursor if it is empty. */
  readonly last: number;
  /** Null if no event is after the cursor. */
  readonly chunk: Uint8Array | null;
  /** No event was after it when it was read. */
  readonly newest: boolean;
}

export class EventPages {
  /** By the cursor before it, the one that was used last at the end. */
  readonly #kept = new Map<number, EventPage>();

  constructor(readonly board: Board) {}

  /**
   * The page after a cursor.
   *
   * @throws {KanbanError} `busy`
   */
  after(cursor: number): EventPage {
    const kept = this.#kept.get(cursor);
    const page = kept ?? this.#read(cursor);
    this.#kept.delete(cursor);
    // The newest page still grows.
    if (!page.newest) this.#kept.set(cursor, page);
    if (this.#kept.size > KEPT_MAX) this.#kept.delete(this.#kept.keys().next().value!);
    return page;
  }

  /** Forgets what was read: no reader is behind, or an old event may have changed. */
  forget(): void {
    this.#kept.clear();
  }

  #read(cursor: number): EventPage {
    const found = eventsAfter(this.board, cursor, { limit: PAGE });
    const first = found[0];
    if (first === undefined) return { last: cursor, chunk: null, newest: true };
    const end = Math.ceil(first.id / PAGE) * PAGE;
    const events = found.filter(({ id }) => id <= end);
    const newest = found.length < PAGE && events.length === found.length;
    return { last: events.at(-1)!.id, chunk: encodeEvents(events), newest };
  }
}

/** Events as messages of a stream. */
export function encodeEvents(events: readonly Event[]): Uint8Array {
  return encoder.encode(events.map((event) => `id: ${event.id}\ndata: ${JSON.stringify(event)}\n\n`).join(""));
}
