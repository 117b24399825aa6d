/**
 * Helpers for tests of deliveries: a subscribed task with events to deliver, claiming and failing a try.
 *
 * @module
 */
import {
  blockTask,
  claimDeliveries,
  type ClaimRequest,
  type Delivery,
  queueDeliveries,
  recordFailedTry,
  subscribe,
  unblockTask,
} from "../../kernel/mod.ts";
import type { TestBoard } from "../mod.ts";

export const SLACK = { platform: "slack", chat_id: "C1" };
export const KNOWN = { ready: ["slack", "webhook"], waiting: ["telegram"] };
export const LEASE_MS = 60_000;

export function claim(
  { board }: Pick<TestBoard, "board">,
  { slots = { slack: 8, webhook: 8 } as Record<string, number>, busy = [] as ClaimRequest["busy"] } = {},
): Delivery[] {
  return claimDeliveries(board, { slots: new Map(Object.entries(slots)), busy, leaseMs: LEASE_MS });
}

/** A task with a subscription and, for each reason, an event to deliver. */
export function subscribed(t: TestBoard, ...reasons: string[]): string {
  const { id } = t.ready();
  subscribe(t.board, id, SLACK);
  for (const reason of reasons) {
    blockTask(t.board, id, { reason });
    unblockTask(t.board, id);
  }
  queueDeliveries(t.board, KNOWN);
  return id;
}

export const reasonOf = ({ event }: Delivery) => (event?.kind === "blocked" ? event.payload.reason : event?.kind);
export const failTry = (t: TestBoard, delivery: Delivery, retryMs: number | null = 1_000, failuresMax = 100) =>
  recordFailedTry(t.board, delivery, { error: "no answer", retryMs, failuresMax });
