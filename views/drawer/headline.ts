/**
 * What a drawer says at its top: the question of a blocked task, or the handoff of finished work.
 *
 * The attempts, the comments and the error of the task repeat these texts; the drawer leaves them out there,
 * so that nothing is said twice.
 *
 * @module
 */
import type { Comment, Run, TaskPage } from "../../src/kernel/mod.ts";

export interface Headline {
  /** What a blocked task asks, or the error over which it gave up. */
  question: string | null;
  /** The run whose texts are at the top. */
  run: Run | null;
}

/** What the top of a task's drawer says, from its newest run. */
export function headlineOf({ task, runs }: TaskPage): Headline {
  const last = runs.at(-1) ?? null;
  if (task.status === "blocked") {
    return { question: last?.summary ?? last?.error ?? task.last_error, run: last };
  }
  const handedOver = ["review", "done", "archived"].includes(task.status) && last?.outcome === "completed";
  return { question: null, run: handedOver ? last : null };
}

/** Whether a comment only repeats the question at the top; either text may be cut. */
export function repeatsQuestion({ body }: Pick<Comment, "body">, question: string | null): boolean {
  if (question === null || question === "") return false;
  const asked = `BLOCKED: ${question}`;
  return (
    body === asked || (body.length > 200 && asked.startsWith(body)) || (asked.length > 200 && body.startsWith(asked))
  );
}
