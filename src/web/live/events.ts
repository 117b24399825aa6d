/**
 * `/api/events`: the event log as a stream for programs.
 *
 * A reader first gets the past in pages, as fast as it takes them, and then the present: each batch is encoded once
 * and handed to everybody. One that falls behind goes back to reading pages, so no reader is dropped and no queue
 * grows. Of the past, all readers together get one page per turn of the event loop: other requests are answered in
 * between, however many readers are behind.
 *
 * @module
 */
import { type Board, type Event, KanbanError, latestEventId } from "../../kernel/mod.ts";
import type { Feed } from "../../feed.ts";
import { type Ctx, snapshot, type Web } from "../context.ts";
import { encodeEvents, type EventPage, EventPages } from "./event_pages.ts";
import { badInput } from "../failure.ts";
import type { Outlet } from "./sse.ts";

/** Chunks in the queue of a reader that is no longer served live. */
const BEHIND_MAX = 16;

interface Reader {
  /** Null until it is open. */
  outlet: Outlet | null;
  /** The newest event that was sent. */
  cursor: number;
  /** It has seen everything up to now and gets the next batch as it is. */
  live: boolean;
}

/** The readers of one server. */
export class EventTap {
  readonly #readers = new Set<Reader>();
  /** Readers with room for the next page, in the order in which they had it. */
  readonly #waiting = new Set<Reader>();
  readonly #pages: EventPages;
  #turn: NodeJS.Immediate | null = null;
  #stop: (() => void) | null = null;

  constructor(
    board: Board,
    readonly feed: Feed,
  ) {
    this.#pages = new EventPages(board);
  }

  add(reader: Reader): void {
    this.#readers.add(reader);
    this.#stop ??= this.feed.onEvents((events) => this.#handOut(events));
  }

  remove(reader: Reader): void {
    this.#readers.delete(reader);
    this.#waiting.delete(reader);
    if (this.#readers.size > 0) return;
    this.#stop?.();
    this.#stop = null;
    this.#pages.forget();
  }

  /** Sends the next page of the past in one of the next turns; at its end the reader goes live. */
  readOn(reader: Reader): void {
    if (reader.live || !reader.outlet?.open) return;
    this.#waiting.add(reader);
    this.#turn ??= setImmediate(() => this.#serve());
  }

  /** One page, for the reader that waits longest and for those that wait for the same one. */
  #serve(): void {
    this.#turn = null;
    const [first] = this.#waiting;
    if (first === undefined) return;
    const { cursor } = first;
    const page = this.#read(cursor);
    for (const reader of [...this.#waiting].filter((waiting) => waiting.cursor === cursor)) {
      this.#waiting.delete(reader);
      if (page === null)
        reader.outlet?.close(); // It comes back with the id it saw last.
      else send(reader, page);
    }
    // The first of them may have asked for its next page already.
    if (this.#waiting.size > 0) this.#turn ??= setImmediate(() => this.#serve());
  }

  #read(cursor: number): EventPage | null {
    try {
      return this.#pages.after(cursor);
    } catch (error) {
      if (error instanceof KanbanError) return null;
      throw error;
    }
  }

  #handOut(events: readonly Event[]): void {
    this.#pages.forget(); // What changed an old event, as taking a secret out does, is an event too.
    const chunk = encodeEvents(events);
    const [first, last] = [events[0]!.id, events.at(-1)!.id];
    for (const reader of this.#readers) {
      if (!reader.live || reader.outlet === null || last <= reader.cursor) continue;
      if (reader.outlet.behind > BEHIND_MAX) {
        reader.live = false;
        continue;
      }
      reader.outlet.send(first > reader.cursor ? chunk : encodeEvents(events.filter(({ id }) => id > reader.cursor)));
      reader.cursor = last;
    }
  }
}

function send(reader: Reader, { chunk, last, newest }: EventPage): void {
  reader.cursor = last;
  // What the feed hands out from here on was committed after this page was read.
  reader.live = newest;
  if (chunk !== null) reader.outlet?.send(chunk);
}

/** Answers a request for events: those after `since`, or after the id that a reconnecting client saw last. */
export async function eventStream(web: Web, c: Ctx, since: number | undefined): Promise<Response> {
  const seen = lastEventId(c);
  const newest = await snapshot(web, latestEventId);
  // An id that is still to come was given by another board, before a backup took its place: who waited
  // for it would hear nothing of all that happens until then.
  const reader: Reader = { outlet: null, cursor: Math.min(seen ?? since ?? newest, newest), live: false };
  reader.outlet = web.outlets.add(c, {
    pull: () => web.tap.readOn(reader),
    closed: () => web.tap.remove(reader),
  });
  web.tap.add(reader);
  web.tap.readOn(reader);
  return reader.outlet.response;
}

/** The header of a client that comes back. */
function lastEventId(c: Ctx): number | undefined {
  const text = c.req.header("last-event-id")?.trim();
  if (text === undefined || text === "") return undefined;
  if (!/^\d{1,15}$/.test(text))
    throw badInput("last-event-id", "Cannot continue: Last-Event-ID is not the id of an event");
  return Number(text);
}
