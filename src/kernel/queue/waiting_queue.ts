/**
 * What the tasks of one list depend on: the rows, and what only the caller knows of the queue.
 *
 * @module
 */
import type { Board } from "../store/db.ts";
import { activeHolds, type Hold, isDue } from "../tasks/holds.ts";
import { type LiveWorkers, liveWorkers } from "./live_workers.ts";
import { boardState } from "../tasks/pause.ts";
import { type Roster, type Standing, standingOf } from "./people.ts";
import type { Task } from "../schema.ts";
import { busyPlaces, type BusyPlaces, lineOf, openParents, questionsOf, stoppersOf } from "./waiting_rows.ts";
import type { ProfileLimits } from "./worker_queue.ts";

/** What the queue depends on and the board does not know. */
export interface QueueView extends Roster {
  /** What limits a profile, or why it cannot be used. Asked only where it decides: that takes reading its file. */
  limits(name: string): ProfileLimits | string;
  /** Null where it is not known. */
  readonly maxWorkers: number | null;
  readonly dispatcher: "none" | "silent" | "running";
  /** Why a running dispatcher starts nothing. */
  readonly trouble: string | null;
  /** The profiles that a running dispatcher is limited to; null means all. */
  readonly only: ReadonlySet<string> | null;
}

/** The part of a task that decides what it waits for. */
export type WaitingTask = Pick<
  Task,
  | "id"
  | "status"
  | "assignee"
  | "held"
  | "not_before"
  | "retry_at"
  | "failures"
  | "asked"
  | "last_error"
  | "workspace_kind"
  | "workspace_path"
>;

/** What the tasks of one list depend on; each part is read when the first of them needs it. */
export class Queue {
  readonly now: number;
  #view: QueueView | undefined;
  #paused: string | null | undefined;
  #holds: readonly Hold[] | undefined;
  #parents: ReturnType<typeof openParents> | undefined;
  #questions: ReturnType<typeof questionsOf> | undefined;
  #stoppers: ReturnType<typeof stoppersOf> | undefined;
  #busy: BusyPlaces | undefined;
  #live: LiveWorkers | undefined;
  #line: ReturnType<typeof lineOf> | undefined;

  constructor(
    readonly board: Board,
    readonly tasks: readonly WaitingTask[],
    readonly ask: () => QueueView,
  ) {
    this.now = board.now();
  }

  get view(): QueueView {
    return (this.#view ??= this.ask());
  }

  /** What a paused board waits for, in words; null while it is not paused. */
  get paused(): string | null {
    if (this.#paused !== undefined) return this.#paused;
    const { paused, paused_by } = boardState(this.board);
    return (this.#paused = paused ? `the board to be resumed (paused by ${paused_by ?? "a person"})` : null);
  }

  get parents() {
    const waits = ({ status, held }: WaitingTask) => status === "todo" && !held;
    return (this.#parents ??= openParents(this.board, this.#ids(waits)));
  }

  get questions() {
    return (this.#questions ??= questionsOf(
      this.board,
      this.#ids(({ status }) => status === "blocked"),
    ));
  }

  get stoppers() {
    return (this.#stoppers ??= stoppersOf(
      this.board,
      this.#ids(({ held }) => held),
    ));
  }

  /** Who an assignee is. */
  standingOf(name: string): Standing {
    return standingOf(this.board, name, this.view);
  }

  /** The hold on what a profile depends on; null if none, or when a task may try whether it is over. */
  holdOn(assignee: string): Hold | null {
    this.#holds ??= activeHolds(this.board);
    return this.#holds.find((hold) => hold.profiles.includes(assignee) && !isDue(hold, this.now)) ?? null;
  }

  get busy(): BusyPlaces {
    return (this.#busy ??= busyPlaces(this.board));
  }

  get live(): LiveWorkers {
    return (this.#live ??= liveWorkers(this.board));
  }

  get line() {
    const open = (name: string) => (this.view.only?.has(name) ?? true) && this.holdOn(name) === null;
    return (this.#line ??= lineOf(this.board, new Set([...this.view.names].filter(open))));
  }

  #ids(wanted: (task: WaitingTask) => boolean): string[] {
    return this.tasks.filter(wanted).map(({ id }) => id);
  }
}
