/**
 * Targets that hear of the whole board: everything that asks for a person, and each hold once.
 *
 * They are set in `config.yaml` under `notify.board`. Each has a cursor in the home, the last event that was dealt
 * with for it; a new one begins with what happens next. Messages of a target go out one after the other, in the order
 * of their events, and an event that asks for no person any more when its turn comes is left out. One notifier at a
 * time serves them, the one with the lock, so that two send nothing twice; one that dies between sending and moving
 * the cursor has its last message sent again, with the same id.
 *
 * @module
 */
import type { BoardTarget } from "../config.ts";
import type { Home } from "../home.ts";
import {
  activeHolds,
  type Board,
  type Delivery,
  type Event,
  type EventPayloads,
  eventsAfter,
  type FailedDelivery,
  getTask,
  latestEventId,
  listSubscriptions,
  type Lock,
  type Task,
  type TerminalKind,
  tryLock,
} from "../kernel/mod.ts";
import type { Outcome } from "./deliver.ts";
import { readTargets, type TargetState, writeTargets } from "./target_state.ts";

/** What asks for a person, and whether it still does. */
const ASKS: { readonly [K in TerminalKind]?: (payload: EventPayloads[K], task: Task, board: Board) => boolean } = {
  blocked: (_, { status }) => status === "blocked",
  gave_up: (_, { status }) => status === "blocked",
  review_requested: (_, { status }) => status === "review",
  asked_again: (_, { status }) => status === "triage",
  stranded: ({ assignee }, task) => task.status === "ready" && task.assignee === assignee,
  mentioned: () => true,
  held: ({ kind, key }, _, board) => activeHolds(board).some((hold) => hold.kind === kind && hold.key === key),
};
const KINDS = Object.keys(ASKS) as TerminalKind[];
/** Marks a delivery that is of no subscription. */
const NO_SUBSCRIPTION = 0;
/** Messages that were given up and are remembered, per target. */
const FAILED_MAX = 20;
const PAGE = 200;

interface Target {
  state: TargetState;
  /** Up to here every message is sent; the cursor on the disk may be behind it. */
  seen: number;
  /** The event that was tried last, and how often. */
  tried: number;
  attempts: number;
  retryAt: number;
  sending: boolean;
}

export class BoardTargets {
  readonly #targets = new Map<string, Target>();
  readonly #of = new Map<Delivery, Target>();
  #lock: Lock | null = null;

  constructor(
    readonly board: Board,
    readonly home: Home,
  ) {}

  /** Takes over what `config.yaml` says now. */
  configure(configured: readonly BoardTarget[]): void {
    if (configured.length === 0) return this.close();
    if (!this.#isOurs()) return;
    const names = new Set(configured.map(nameOf));
    for (const [name, { sending }] of this.#targets) if (!names.has(name) && !sending) this.#targets.delete(name);
    const known = new Map(readTargets(this.home).map((state) => [nameOf(state), state]));
    const latest = latestEventId(this.board);
    let isNew = false;
    for (const target of configured) {
      const name = nameOf(target);
      if (this.#targets.has(name)) continue;
      const before = known.get(name);
      isNew ||= before === undefined || before.cursor > latest;
      // A restored board has fewer events than were sent.
      const state = {
        ...(before ?? { ...target, delivered: 0, failed: [] }),
        cursor: Math.min(before?.cursor ?? latest, latest),
      };
      this.#targets.set(name, { state, seen: state.cursor, tried: 0, attempts: 0, retryAt: 0, sending: false });
    }
    if (isNew) this.#save();
  }

  /** The next try of each target that is free, on platforms that can send and to chats that nothing else is sent to. */
  claim(ready: readonly string[], busy: readonly Pick<Delivery, "platform" | "chat_id">[]): Delivery[] {
    if (this.#lock === null) return [];
    return [...this.#targets.values()].flatMap((target) => {
      const { platform, chat_id, thread_id } = target.state;
      const taken = busy.some((other) => other.platform === platform && other.chat_id === chat_id);
      if (target.sending || taken || !ready.includes(platform) || target.retryAt > this.board.now()) return [];
      const next = this.#next(target);
      if (next === null) return [];
      target.sending = true;
      const chat = { platform, chat_id, thread_id, user_id: null };
      const { event, task } = next;
      // The one before is obsolete.
      if (event.id !== target.tried) Object.assign(target, { tried: event.id, attempts: 0 });
      const delivery = {
        sub_id: NO_SUBSCRIPTION,
        event_id: event.id,
        attempt: target.attempts + 1,
        ...chat,
        task,
        event,
      };
      this.#of.set(delivery, target);
      return [delivery];
    });
  }

  /** When the next try is due, or null. */
  next(): number | null {
    const due = [...this.#targets.values()].map(({ retryAt }) => retryAt).filter((at) => at > this.board.now());
    return due.length === 0 ? null : Math.min(...due);
  }

  owns(delivery: Delivery): boolean {
    return this.#of.has(delivery);
  }

  /**
   * Keeps what came of a try. Returns whether the message was given up.
   *
   * @throws {HomeTrouble} when that cannot be written; then it is as if it had not been called.
   */
  record(delivery: Delivery, outcome: Outcome): boolean {
    const target = this.#of.get(delivery)!;
    const { event_id, event, attempt } = delivery;
    const isOver = "delivered" in outcome || ("error" in outcome && outcome.retryMs === null);
    if (isOver) {
      const { state } = target;
      const failure =
        "error" in outcome
          ? {
              event_id,
              kind: event?.kind ?? null,
              attempts: attempt,
              failed_at: this.board.now(),
              error: outcome.error,
            }
          : null;
      target.state = {
        ...state,
        cursor: event_id,
        delivered: state.delivered + (failure === null ? 1 : 0),
        failed: failure === null ? state.failed : [...state.failed, failure].slice(-FAILED_MAX),
      };
      try {
        this.#save();
      } catch (error) {
        target.state = state;
        throw error;
      }
      Object.assign(target, { seen: event_id, retryAt: 0 });
    } else if ("error" in outcome) {
      target.attempts = attempt;
      target.retryAt = this.board.now() + outcome.retryMs!;
    }
    target.sending = false;
    this.#of.delete(delivery);
    return isOver && "error" in outcome;
  }

  /** Lets another notifier serve them, from where this one has come. */
  close(): void {
    if (this.#lock === null) return;
    for (const target of this.#targets.values())
      if (!target.sending) target.state = { ...target.state, cursor: Math.max(target.state.cursor, target.seen) };
    try {
      if (this.#targets.size > 0) this.#save();
    } catch {
      // Then the next one looks through the same events again.
    }
    this.#lock.release();
    this.#lock = null;
    this.#targets.clear();
  }

  /** The first unseen event that still asks for a person. */
  #next(target: Target): { event: Event; task: Task } | null {
    const latest = latestEventId(this.board);
    for (;;) {
      const events = eventsAfter(this.board, target.seen, { kinds: KINDS, limit: PAGE });
      for (const event of events) {
        const task = getTask(this.board, event.task_id);
        if (stillAsks(this.board, event, task) && !hasSubscription(this.board, event, target.state))
          return { event, task };
        target.seen = event.id;
      }
      if (events.length < PAGE) break;
    }
    // A busy board has thousands of events that ask for no person: none of them is read twice.
    target.seen = Math.max(target.seen, latest);
    return null;
  }

  #isOurs(): boolean {
    this.#lock ??= tryLock(this.home.notifierLock);
    return this.#lock !== null;
  }

  #save(): void {
    writeTargets(
      this.home,
      [...this.#targets.values()].map(({ state }) => state),
    );
  }
}

/** A board-wide target and what became of its messages. */
export interface ListedTarget extends BoardTarget {
  delivered: number;
  /** What waits to be sent; at most a page of it is counted. */
  pending: number;
  failed: readonly FailedDelivery[];
}

/** The targets of `config.yaml`, as the last notifier that served them left them. */
export function listTargets(board: Board, home: Home, configured: readonly BoardTarget[]): ListedTarget[] {
  const known = new Map(readTargets(home).map((state) => [nameOf(state), state]));
  return configured.map((target) => {
    const state = known.get(nameOf(target));
    const events = state === undefined ? [] : eventsAfter(board, state.cursor, { kinds: KINDS });
    const pending = events.filter(
      (event) => stillAsks(board, event, getTask(board, event.task_id)) && !hasSubscription(board, event, target),
    );
    return { ...target, delivered: state?.delivered ?? 0, pending: pending.length, failed: state?.failed ?? [] };
  });
}

function stillAsks(board: Board, event: Event, task: Task): boolean {
  const asks = ASKS[event.kind as TerminalKind] as ((payload: object, task: Task, board: Board) => boolean) | undefined;
  return asks?.(event.payload, task, board) ?? false;
}

/** The chat follows this task by a subscription, which sends the message. */
function hasSubscription(
  board: Board,
  { task_id, created_at }: Event,
  { platform, chat_id, thread_id }: BoardTarget,
): boolean {
  return listSubscriptions(board, task_id).some(
    (sub) =>
      sub.platform === platform &&
      sub.chat_id === chat_id &&
      sub.thread_id === thread_id &&
      sub.created_at < created_at &&
      (sub.ended_at === null || sub.ended_at >= created_at),
  );
}

function nameOf({ platform, chat_id, thread_id }: BoardTarget): string {
  return JSON.stringify([platform, chat_id, thread_id]);
}
