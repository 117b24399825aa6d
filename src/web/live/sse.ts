/**
 * Server-sent events: the wire format, and one open stream with its back-pressure.
 *
 * A writer never waits for a slow client. Chunks queue up inside the stream; what the client has not
 * taken after 64 of them is dropped together with the stream, and it comes back with the id of the last
 * message it saw.
 *
 * @module
 */

/** How many chunks a client may be behind. */
const BEHIND_MAX = 64;
const encoder = new TextEncoder();

export interface Message {
  /** What a reconnecting client sends back: an event's id, and for a follower of a log its task and position. */
  id?: number | `${number}.${string}.${number}`;
  /** From a closed list in the code, never from stored text. */
  event?: "log" | "log-reset" | "say" | "stale" | "reset";
  /** Left out, the message only moves the id on. */
  data?: string;
}

/**
 * One message. Every line of the data gets its prefix, also after a lone carriage return: a title must
 * not be able to begin a field of its own.
 */
export function encode({ id, event, data }: Message): Uint8Array {
  const head = (id === undefined ? "" : `id: ${id}\n`) + (event === undefined ? "" : `event: ${event}\n`);
  const lines = data === undefined ? [] : data.split(/\r\n|\r|\n/).map((line) => `data: ${line}\n`);
  return encoder.encode(`${head}${lines.join("")}\n`);
}

/** A comment that keeps proxies and servers from taking silence for death. */
export const PING = encoder.encode(": ping\n\n");

/** One client's stream. */
export class Outlet {
  readonly response: Response;
  #controller: ReadableStreamDefaultController<Uint8Array> | null = null;
  readonly #closed: () => void;

  /**
   * @param hooks.closed Called once, when the client hung up or was dropped.
   * @param hooks.pull Called when the client has taken everything and there is room.
   */
  constructor({ closed, pull }: { closed: () => void; pull?: () => void }) {
    this.#closed = closed;
    const body = new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          this.#controller = controller;
          controller.enqueue(PING); // Bun sends the head of a response with its first byte, not before.
        },
        ...(pull === undefined ? {} : { pull }),
        cancel: () => this.#end(),
      },
      new CountQueuingStrategy({ highWaterMark: 1 }),
    );
    this.response = new Response(body, {
      headers: {
        "content-type": "text/event-stream; charset=utf-8",
        "cache-control": "no-store",
        "x-accel-buffering": "no",
      },
    });
  }

  get open(): boolean {
    return this.#controller !== null;
  }

  /** How many chunks the client has not taken yet. */
  get behind(): number {
    return this.#controller === null ? 0 : 1 - (this.#controller.desiredSize ?? 1);
  }

  /** Sends a chunk, or drops the client when it takes none. */
  send(chunk: Uint8Array): void {
    if (this.#controller === null) return;
    if (this.behind > BEHIND_MAX) this.#drop();
    else this.#controller.enqueue(chunk);
  }

  /** Ends the stream with what is queued in it. Bun prints an error that has a value, so this one has none. */
  #drop(): void {
    this.#controller?.error();
    this.#end();
  }

  close(): void {
    try {
      this.#controller?.close();
    } catch {
      // The client hung up in this very moment.
    }
    this.#end();
  }

  #end(): void {
    if (this.#controller === null) return;
    this.#controller = null;
    this.#closed();
  }
}
