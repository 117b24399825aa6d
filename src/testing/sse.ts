/**
 * Reading server-sent events in tests: what came, and waiting for what should come.
 *
 * @module
 */
import { until } from "./mod.ts";

export interface Received {
  /** The tab that it is for; "": every reader of the stream. */
  to: string;
  id: string;
  event: string;
  data: string;
}

export interface EventReader {
  readonly status: number;
  /** Messages so far, oldest first; one that only moves the id has no data. */
  readonly messages: readonly Received[];
  /** Comment lines so far. */
  readonly comments: readonly string[];
  /** The id that a client would send back. */
  readonly lastId: string;
  /** The stream was ended by the server. */
  readonly ended: boolean;
  /** Waits for a message that passes, and returns it. */
  next(passes: (message: Received) => boolean, what?: string): Promise<Received>;
  close(): void;
}

/** Opens a stream, with a form if one is given, and reads it in the background until it is closed. */
export async function openEvents(
  url: string,
  headers: Record<string, string> = {},
  form?: URLSearchParams,
): Promise<EventReader> {
  const abort = new AbortController();
  const post = form === undefined ? {} : { method: "POST", body: form };
  const response = await fetch(url, { headers, signal: abort.signal, ...post });
  const messages: Received[] = [];
  const comments: string[] = [];
  const state = { lastId: "", ended: false };
  const read = async () => {
    let buffer = "";
    const decoder = new TextDecoder();
    for await (const chunk of response.body!) {
      buffer += decoder.decode(chunk, { stream: true });
      const blocks = buffer.split("\n\n");
      buffer = blocks.pop()!;
      for (const block of blocks) take(block, { messages, comments, state });
    }
  };
  void read()
    .catch(() => {})
    .finally(() => (state.ended = true));
  return {
    status: response.status,
    messages,
    comments,
    get lastId() {
      return state.lastId;
    },
    get ended() {
      return state.ended;
    },
    next: (passes, what = "a message") => until(() => messages.find(passes), { what, ms: 8_000 }),
    close: () => abort.abort(),
  };
}

function take(block: string, to: { messages: Received[]; comments: string[]; state: { lastId: string } }): void {
  const message: Received = { to: "", id: "", event: "", data: "" };
  const data: string[] = [];
  for (const line of block.split("\n")) {
    const [, field, value] = /^([a-z-]*): ?(.*)$/s.exec(line) ?? [];
    if (field === "") to.comments.push(value!);
    else if (field === "data") data.push(value!);
    else if (field === "to") message.to = value!;
    else if (field === "event") message.event = value!;
    else if (field === "id") message.id = to.state.lastId = value!;
  }
  message.data = data.join("\n");
  if (message.id !== "" || message.event !== "" || data.length > 0) to.messages.push(message);
}
