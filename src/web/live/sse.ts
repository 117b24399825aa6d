/**
 * Server-sent events: the wire format, and one open stream with its back-pressure.
 *
 * A writer never waits for a slow client. Chunks queue up inside the stream; what the client has not
 * taken after 64 of them is dropped together with the stream, and it comes back with the id of the last
 * message it saw.
 *
 * One stream can serve all tabs of a browser. Each has a lane in it: what is for one tab begins with the line `to:` and
 * the key of that tab, which is a chunk of its own, so that tabs with the same view still share the bytes that follow.
 *
 * @module
 */

/** How many chunks a client may be behind, for each tab that it serves. */
const BEHIND_MAX = 64;
const encoder = new TextEncoder();

export interface Message {
  /** What a reconnecting client sends back: an event's id, and for a follower of a log its task and position. */
  id?: number | `${number}.${string}.${number}`;
  /** From a closed list in the code, never from stored text. */
  event?: "hello" | "log" | "log-reset" | "mark" | "ping" | "say" | "stale" | "reset";
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
const COMMENT = encoder.encode(": ping\n\n");
/** The same for pages, which also want to notice that a connection died in silence: a script never sees a comment. */
const NAMED_PING = encode({ event: "ping", data: "" });

/** Where the messages for one tab go. */
export interface Sink {
  readonly open: boolean;
  send(chunk: Uint8Array): void;
}

interface OutletHooks {
  closed: () => void;
  pull?: () => void;
  page?: boolean;
  outward?: (chunk: Uint8Array) => Uint8Array;
}

/** One client's stream. */
export class Outlet implements Sink {
  readonly response: Response;
  #controller: ReadableStreamDefaultController<Uint8Array> | null = null;
  #behindMax = BEHIND_MAX;
  readonly #closed: () => void;
  readonly #ping: Uint8Array;
  readonly #outward: (chunk: Uint8Array) => Uint8Array;

  /**
   * @param hooks.closed Called once, when the client hung up or was dropped.
   * @param hooks.pull Called when the client has taken everything and there is room.
   * @param hooks.page The reader is a page: its pings have a name.
   * @param hooks.outward What becomes of each chunk on its way out.
   */
  constructor({ closed, pull, page = false, outward = (chunk) => chunk }: OutletHooks) {
    this.#closed = closed;
    this.#outward = outward;
    this.#ping = page ? NAMED_PING : COMMENT;
    const body = new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          this.#controller = controller;
          controller.enqueue(COMMENT); // Bun sends the head of a response with its first byte, not before.
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
    this.#enqueue(chunk);
  }

  /** Shows that the connection lives. */
  ping(): void {
    this.#enqueue(this.#ping);
  }

  /** The lane of a tab. Its key is of letters, digits and dots. */
  lane(key: string): Sink {
    this.#behindMax += 2 * BEHIND_MAX;
    const prefix = encoder.encode(`to: ${key}\n`);
    const isOpen = () => this.open;
    return {
      get open() {
        return isOpen();
      },
      send: (chunk) => this.#enqueue(prefix, chunk),
    };
  }

  #enqueue(...chunks: readonly Uint8Array[]): void {
    if (this.#controller === null) return;
    if (this.behind > this.#behindMax) this.#drop();
    else for (const chunk of chunks) this.#controller?.enqueue(this.#outward(chunk));
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
