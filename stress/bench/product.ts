/**
 * The board itself as the last rung of the ladder: the same three calls, by the kernel with its checks and its answers.
 *
 * @module
 */
import {
  type Board,
  type Claimed,
  claimNext,
  closeBoard,
  completeAndClaimNext,
  completeTask,
  createTask,
  openBoard,
  write,
} from "../../src/kernel/mod.ts";
import type { Rung } from "./ladder.ts";

const CLAIMER = { claimer: "bench" };

/** A board at `path` whose tasks have this body. */
export class Product implements Rung {
  readonly board: Board;
  readonly #about: { body?: string };
  #made = 0;
  #held: Claimed | null = null;

  constructor(path: string, body: string) {
    this.board = openBoard(path, { actor: "bench" });
    this.#about = body === "" ? {} : { body };
  }

  get db() {
    return this.board.db;
  }

  fill(tasks: number): void {
    write(this.board, () => {
      for (let i = 0; i < tasks; i++) this.create();
    });
  }

  readonly create = () => {
    createTask(this.board, { title: `Task ${++this.#made}`, assignee: "coder", ...this.#about });
  };
  readonly pair = () => {
    this.#complete(claimNext(this.board, CLAIMER)!);
  };
  readonly next = () => {
    const held = this.#held ?? claimNext(this.board, CLAIMER)!;
    const handoff = { runId: held.run.id, summary: "done" };
    this.#held = completeAndClaimNext(this.board, held.task.id, handoff, CLAIMER).next;
  };

  close(): void {
    closeBoard(this.board);
  }

  #complete({ task, run }: Claimed): void {
    completeTask(this.board, task.id, { runId: run.id, summary: "done" });
  }
}
