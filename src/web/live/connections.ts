/**
 * Every open stream of the server: how many there may be, who keeps them alive, and their end.
 *
 * @module
 */
import { chunksWithin } from "../access/base_path.ts";
import type { Caller, Ctx } from "../context.ts";
import { Refusal } from "../failure.ts";
import { Outlet } from "./sse.ts";

/** Streams of one browser session: as many tabs, where a browser cannot share one among them. */
const PER_SESSION = 64;
/** Streams of the whole server. */
const IN_ALL = 4_096;
const PING_MS = 15_000;

export class Outlets {
  readonly #open = new Map<Outlet, string>();
  #timer: Timer | null = null;
  readonly #outward: (chunk: Uint8Array) => Uint8Array;

  constructor(base = "") {
    this.#outward = chunksWithin(base);
  }

  /**
   * Opens a stream for the sender of the request.
   *
   * @throws {Refusal} 503 when the session, or the server, has as many as it may.
   */
  add(c: Ctx, { pull, closed, page }: { pull?: () => void; closed?: () => void; page?: boolean } = {}): Outlet {
    // The router answers HEAD like GET and throws the body away: this stream would never end.
    if (c.req.raw.method === "HEAD") throw new Refusal(404, "not_found", "Cannot open a stream: only GET can read it");
    const owner = ownerOf(c.get("caller"));
    const own = [...this.#open.values()].filter((other) => other === owner).length;
    if (this.#open.size >= IN_ALL || (owner !== "" && own >= PER_SESSION)) {
      const limit = own >= PER_SESSION ? `${PER_SESSION} of one session` : `${IN_ALL}`;
      throw new Refusal(503, "busy", `Cannot open a stream: the maximum of ${limit} is open`, "Close a tab");
    }
    const outlet: Outlet = new Outlet({
      ...(pull === undefined ? {} : { pull }),
      ...(page === undefined ? {} : { page, outward: this.#outward }),
      closed: () => {
        this.#open.delete(outlet);
        if (this.#open.size === 0) this.#rest();
        closed?.();
      },
    });
    this.#open.set(outlet, owner);
    this.#timer ??= setInterval(() => this.#ping(), PING_MS);
    // Bun hangs up on a silent response after its idle timeout; ours are silent for longer.
    c.env?.server?.timeout(c.req.raw, 0);
    c.req.raw.signal.addEventListener("abort", () => outlet.close());
    return outlet;
  }

  get size(): number {
    return this.#open.size;
  }

  /** Ends the streams of a session that was signed out, or all of them. */
  close(session?: string): void {
    for (const [outlet, owner] of this.#open) if (session === undefined || owner === session) outlet.close();
  }

  #ping(): void {
    for (const outlet of this.#open.keys()) outlet.ping();
  }

  #rest(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
  }
}

/** A program holds the token itself; only the sessions of browsers are counted. */
function ownerOf(caller: Caller): string {
  return caller.kind === "browser" ? caller.session : "";
}
