/**
 * Tasks with what they wait for, for the verbs that show them.
 *
 * @module
 */
import { watchQueue } from "../dispatcher/queue_view.ts";
import type { Home } from "../home.ts";
import { explained } from "../kernel/waiting.ts";
import type { Board, BriefTask, Explained, QueueView } from "../kernel/mod.ts";

/** The tasks, each with what it waits for. */
export function withWaits<T extends BriefTask>(home: Home, board: Board, tasks: readonly T[]): Explained<T>[] {
  return explained(board, tasks, () => queueOf(home, board));
}

/** What the queue depends on, looked at now. */
export function queueOf(home: Home, board: Board): QueueView {
  const agents = () => (require("../worker/mod.ts") as typeof import("../worker/mod.ts")).agents;
  return watchQueue(home, agents)(board);
}
