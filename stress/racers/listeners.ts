/**
 * A crowd of stream clients: reads what comes, comes back where it left off when a stream ends.
 *
 * @module
 */
import { contest, instant } from "../harness.ts";

export interface ListenersInput {
  url: string;
  token: string;
  clients: number;
  /** How long they listen, in milliseconds. */
  ms: number;
}

export interface ListenersResult {
  messages: number;
  bytes: number;
  /** Streams that ended before their time and were opened again. */
  reconnects: number;
  errors: string[];
}

contest(({ url, token, clients, ms }: ListenersInput) => async (start: number): Promise<ListenersResult> => {
  const stopAt = start + ms;
  const result: ListenersResult = { messages: 0, bytes: 0, reconnects: 0, errors: [] };
  const abort = new AbortController();
  setTimeout(() => abort.abort(), Math.max(0, stopAt - instant()));
  const client = async () => {
    let last = "";
    while (instant() < stopAt) {
      try {
        const headers: Record<string, string> = { authorization: `Bearer ${token}` };
        if (last !== "") headers["last-event-id"] = last;
        const answer = await fetch(`${url}/api/events`, { headers, signal: abort.signal });
        if (!answer.ok) throw new Error(`answered ${answer.status}`);
        const decoder = new TextDecoder();
        for await (const chunk of answer.body!) {
          const text = decoder.decode(chunk, { stream: true });
          result.bytes += chunk.length;
          for (const [, id] of text.matchAll(/^id: ?(\d+)/gm)) {
            if (last !== "" && Number(id) <= Number(last)) result.errors.push(`event ${id} came after event ${last}`);
            last = id!;
            result.messages++;
          }
        }
      } catch (error) {
        if (instant() >= stopAt - 500) break;
        if (result.errors.length < 20) result.errors.push(String(error));
      }
      result.reconnects++;
      await Bun.sleep(200);
    }
  };
  await Promise.all(Array.from({ length: clients }, client));
  return result;
});
