/**
 * A provider of models as the workers of a day see it: a server that lets them wait for as long as its work takes on
 * the day's clock, and refuses them while it has a fault.
 *
 * @module
 */

export type ProviderFault = "limit" | "outage";

const STATUS = { limit: 429, outage: 500, dead_key: 401 };
/** How long a task takes, and how long an agent repeats a refused request. */
const WORK_MS = 10 * 60_000;
const REFUSED_MS = 60_000;

interface Waiting {
  readonly until: number;
  answer(): void;
}

export class Provider implements Disposable {
  fault: ProviderFault | null = null;
  /** The keys that it knows. */
  readonly keys: Set<string>;
  readonly url: string;
  readonly #waiting = new Map<number, Waiting>();
  readonly #server: Bun.Server<undefined>;

  constructor(
    key: string,
    readonly now: () => number,
  ) {
    this.keys = new Set([key]);
    this.#server = Bun.serve({ hostname: "127.0.0.1", port: 0, idleTimeout: 0, fetch: (asked) => this.#answer(asked) });
    this.url = `http://127.0.0.1:${this.#server.port}`;
  }

  /** Tells whether a run waits for it. */
  holds(runId: number): boolean {
    return this.#waiting.has(runId);
  }

  /** When it answers next; Infinity when no request waits. */
  nextAt(): number {
    return Math.min(...[...this.#waiting.values()].map(({ until }) => until));
  }

  /** Answers every request whose time has come. */
  answerDue(): void {
    for (const [run, { until, answer }] of this.#waiting) {
      if (until > this.now()) continue;
      this.#waiting.delete(run);
      answer();
    }
  }

  [Symbol.dispose](): void {
    void this.#server.stop(true);
  }

  #answer(request: Request): Promise<Response> {
    const run = Number(new URL(request.url).pathname.split("/").at(-1));
    const isKnown = this.keys.has(request.headers.get("authorization") ?? "");
    const refused = isKnown ? this.fault : "dead_key";
    const status = refused === null ? 200 : STATUS[refused];
    const until = this.now() + (refused === null ? WORK_MS : REFUSED_MS);
    return new Promise((done) => {
      this.#waiting.set(run, { until, answer: () => done(new Response(null, { status })) });
    });
  }
}
