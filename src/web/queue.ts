/**
 * What the queue depends on, looked at again at most once a second: every card asks for it.
 *
 * @module
 */
import { watchQueue } from "../dispatcher/queue_view.ts";
import type { Home } from "../home.ts";
import { type Board, explained, type Explained, type QueueView, type WaitingTask } from "../kernel/mod.ts";
import type { Web } from "./context.ts";

const FRESH_MS = 1_000;

interface Watched {
  look(board: Board): QueueView;
  seen: { at: number; view: QueueView } | null;
}
const watched = new WeakMap<Home, Watched>();

/** Profiles, dispatcher and holds of this home, at most a second old. */
export function queueOf({ home, agents }: Web, board: Board): QueueView {
  let one = watched.get(home);
  if (one === undefined) watched.set(home, (one = { look: watchQueue(home, () => agents), seen: null }));
  const now = performance.now();
  if (one.seen === null || now - one.seen.at >= FRESH_MS) one.seen = { at: now, view: one.look(board) };
  return one.seen.view;
}

/** The tasks, each with what it waits for. */
export function withWaits<T extends WaitingTask>(web: Web, board: Board, tasks: readonly T[]): Explained<T>[] {
  return explained(board, tasks, () => queueOf(web, board));
}
