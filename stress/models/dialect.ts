/**
 * What a provider's protocol has to define, and the two ways to answer over HTTP.
 *
 * A dialect turns a request into a `Conversation`, and a `Reply` or a `Refusal` into the answer that the
 * real provider would give, in its own words: agents and our rules read those words.
 *
 * @module
 */
import type { Conversation, Reply } from "./script.ts";

/** What a provider can refuse a request with. */
export type Refusal = "dead_key" | "limit" | "outage" | "overloaded" | "too_long";

export interface Dialect {
  readonly name: string;
  handles(method: string, path: string): boolean;
  /** Also called for requests that are not understood: each missing part reads as empty. */
  read(body: object, path: string): Conversation;
  answer(body: object, reply: Reply, path: string): Response;
  refuse(refusal: Refusal): Response;
}

/** An HTTP status and the sentence that the provider sends with it. */
export interface Refused {
  readonly status: number;
  readonly message: string;
}

export function json(status: number, body: unknown): Response {
  return new Response(JSON.stringify(body), { status, headers: { "content-type": "application/json" } });
}

/** A stream of server-sent events, all at once. */
export function eventStream(events: readonly string[]): Response {
  return new Response(events.join(""), {
    headers: { "content-type": "text/event-stream", "cache-control": "no-cache" },
  });
}
