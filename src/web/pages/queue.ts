/**
 * What the queue depends on, read again at most once a second: every card asks for it.
 *
 * @module
 */
import { setMentionable } from "../../../views/parts/mentions.ts";
import { setKnownNames } from "../../../views/parts/short_names.ts";
import { watchQueue } from "../../dispatcher/queue_view.ts";
import type { Home } from "../../home.ts";
import {
  activeHolds,
  assigneeNames,
  type Board,
  boardState,
  explained,
  type Explained,
  getCard,
  peopleNames,
  type QueueView,
  waitingFor,
  type WaitingTask,
} from "../../kernel/mod.ts";
import type { Web } from "../context.ts";

const FRESH_MS = 1_000;
/** Assignees beside the profiles whose avatars are told apart. */
const NAMES_MAX = 100;

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
  if (one.seen === null || now - one.seen.at >= FRESH_MS) {
    one.seen = { at: now, view: one.look(board) };
    setMentionable({ people: peopleNames(board, one.seen.view), profiles: [...one.seen.view.names] });
    setKnownNames([...one.seen.view.names, ...assigneeNames(board).slice(0, NAMES_MAX)]);
  }
  return one.seen.view;
}

/** The tasks, each with what it waits for. */
export function withWaits<T extends WaitingTask>(web: Web, board: Board, tasks: T[]): Explained<T>[] {
  return explained(board, tasks, () => queueOf(web, board));
}

/** What cards say of the queue beside their own task: while it is the same, none has to be drawn again. */
export function queueFace(web: Web, board: Board): string {
  const queue = queueOf(web, board);
  const { names, dispatcher, trouble, only } = queue;
  const people = peopleNames(board, queue);
  const holds = activeHolds(board).map(({ id, until, probe_run_id }) => [id, until, probe_run_id]);
  return JSON.stringify([[...names], people, dispatcher, trouble, only && [...only], holds, boardState(board)]);
}

/** What these tasks wait for, each as a text that changes when it waits for something else. */
export function waitsOf(web: Web, board: Board, ids: ReadonlySet<string>): Map<string, string> {
  const tasks = [...ids].map((id) => getCard(board, id)).filter((card) => card !== null);
  const waits = waitingFor(board, tasks, () => queueOf(web, board));
  return new Map(
    tasks.map(({ id }): [string, string] => {
      const { kind, words, until } = waits.get(id) ?? { kind: "", words: "", until: null };
      return [id, `${kind} ${until ?? words}`]; // The words for an instant change every second.
    }),
  );
}
