/**
 * One try at one delivery: makes the text, sends it within a time limit, and says what came of it.
 *
 * @module
 */
import type { Home } from "../home.ts";
import type { Delivery } from "../kernel/mod.ts";
import { isCovered, messageOf } from "./message.ts";
import { type Configured, type Message, SendError } from "./platform.ts";

/** How often and how patiently a delivery is tried. */
export interface Patience {
  /** A try that takes longer has failed. */
  timeoutMs: number;
  /** Tries of one delivery. */
  triesMax: number;
  /** Failed tries in a row after which a whole subscription is dropped. */
  failuresMax: number;
  /** How long to wait after so many tries, in milliseconds. */
  backoffMs(tries: number): number;
}

/** Ten tries outlast an hour of trouble; thirty in a row, over three events at least, mean that the chat does not exist any more. */
export const PATIENCE: Patience = {
  timeoutMs: 15_000,
  triesMax: 10,
  failuresMax: 30,
  backoffMs: (tries) => Math.min(1_800_000, 10_000 * 2 ** (tries - 1)) * (0.8 + 0.4 * Math.random()),
};

/** What came of a try; `retryMs` null means that none will follow. */
export type Outcome = { delivered: true } | { stopped: true } | { error: string; retryMs: number | null };

export interface Try {
  delivery: Delivery;
  platform: Extract<Configured, { ready: true }>;
  home: Home;
  patience: Patience;
  /** Fires when the notifier stops. */
  stop: AbortSignal;
}

/** Tries once. Never throws: a failure is an outcome. */
export async function deliver({ delivery, platform, home, patience, stop }: Try): Promise<Outcome> {
  if (delivery.attempt > patience.triesMax) {
    return { error: `claimed ${patience.triesMax} times by notifiers that ended in mid-try`, retryMs: null };
  }
  const timeout = AbortSignal.timeout(patience.timeoutMs);
  const signal = AbortSignal.any([timeout, stop]);
  try {
    // A platform that ignores the signal must not block its chat for ever.
    await Promise.race([platform.send(messageFor(delivery), { home, signal }), aborted(signal)]);
    return { delivered: true };
  } catch (error) {
    if (stop.aborted) return { stopped: true };
    const { retryMs = 0, final = false } = error instanceof SendError ? error.options : {};
    const last = final || delivery.attempt >= patience.triesMax;
    return {
      error: timeout.aborted ? `no answer within ${patience.timeoutMs / 1_000} s` : (error as Error).message,
      retryMs: last ? null : Math.max(retryMs, patience.backoffMs(delivery.attempt)),
    };
  }
}

function messageFor({ task, event, platform, chat_id, thread_id, user_id }: Delivery): Message {
  if (event === null || !isCovered(event.kind)) {
    throw new SendError("the event was garbage-collected before it could be sent", { final: true });
  }
  // Of the board's own data, so that it is the same in every try and differs from every other board's.
  const id = [task.id, task.created_at, event.id, event.created_at, platform, chat_id, thread_id ?? ""].join("\n");
  return {
    id: `kb_${new Bun.CryptoHasher("sha256").update(id).digest("hex").slice(0, 20)}`,
    text: messageOf(event, task),
    kind: event.kind,
    event_id: event.id,
    run_id: event.run_id,
    created_at: event.created_at,
    chat_id,
    thread_id,
    user_id,
    task,
  };
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, fail) => {
    const end = () => fail(signal.reason as Error);
    if (signal.aborted) end();
    else signal.addEventListener("abort", end, { once: true });
  });
}
