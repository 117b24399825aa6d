/**
 * A chat service on a local port: records what it is sent and answers as a test wants it to.
 *
 * @module
 */

/** One request that arrived. */
export interface Received {
  path: string;
  headers: Record<string, string>;
  text: string;
  /** The body as JSON. */
  json: any;
}

export interface ChatServer {
  readonly url: string;
  readonly received: Received[];
  /** Ends it, requests that were never answered included. */
  stop(): void;
}

/** How to answer a request; `n` counts from 1. A promise that never settles is a service that hangs. */
export type Answer = (request: Received, n: number) => Response | Promise<Response>;

/** Never answers. */
export const hanging: Answer = () => new Promise(() => {});

/** Answers as every service here likes it: 200 and `{"ok":true}`. */
export const accepting: Answer = () => Response.json({ ok: true });

/** Starts one on a free port. */
export function chatServer(answer: Answer = accepting): ChatServer {
  const received: Received[] = [];
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    idleTimeout: 0,
    async fetch(request) {
      const text = await request.text();
      const { pathname, search } = new URL(request.url);
      const one: Received = {
        path: pathname + search,
        headers: Object.fromEntries(request.headers),
        text,
        json: text === "" ? null : JSON.parse(text),
      };
      received.push(one);
      return answer(one, received.length);
    },
  });
  return {
    url: `http://127.0.0.1:${server.port}`,
    received,
    stop: () => void server.stop(true),
  };
}
