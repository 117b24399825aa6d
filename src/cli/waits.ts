/**
 * Tasks with what they wait for, for the verbs that show them.
 *
 * @module
 */
import type { Home } from "../home.ts";
import { explained } from "../kernel/queue/waiting.ts";
import type { Board, BriefTask, Explained, QueueView, Roster } from "../kernel/mod.ts";

/** The tasks, each with what it waits for. */
export function withWaits<T extends BriefTask>(home: Home, board: Board, tasks: T[]): Explained<T>[] {
  return explained(board, tasks, () => queueOf(home, board));
}

/** The same for one part of a list after the other; what the queue depends on is looked at once. */
export function waitsOf(home: Home, board: Board): <T extends BriefTask>(tasks: T[]) => Explained<T>[] {
  let queue: QueueView | undefined;
  return (tasks) => explained(board, tasks, () => (queue ??= queueOf(home, board)));
}

/** Which names are profiles' and which are people's. */
export function rosterOf(home: Home): Roster {
  return queueDoor().rosterOf(home);
}

/** What the queue depends on, looked at now; loaded only where a task waits for that. */
export function queueOf(home: Home, board: Board): QueueView {
  const agents = () => (require("../agents/mod.ts") as typeof import("../agents/mod.ts")).agents;
  return queueDoor().watchQueue(home, agents)(board);
}

function queueDoor() {
  return require("../dispatcher/queue_view.ts") as typeof import("../dispatcher/queue_view.ts");
}
