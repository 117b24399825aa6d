/** @jsxImportSource hono/jsx */
/**
 * One line that says what happens next to a task that no worker has: what it waits for, and then where it goes.
 *
 * @module
 */
import type { TaskPage, Waiting } from "../../src/kernel/mod.ts";
import { StatusMark } from "../parts/icons.tsx";

interface Props {
  page: Pick<TaskPage, "task" | "totals">;
  waits: Waiting | null;
}

export function NextStep({ page, waits }: Props) {
  const words = nextStep({ page, waits });
  if (words === null) return null;
  return (
    <p class={waits?.kind === "no_profile" ? "next late" : "next"} id="d-next">
      <StatusMark status={page.task.status} />
      <span>{words}</span>
    </p>
  );
}

/** The line as text; null for a task that runs, asks or is finished, which says so itself. */
export function nextStep({ page: { task, totals }, waits }: Props): string | null {
  if (!["triage", "todo", "ready"].includes(task.status)) return null;
  const before = totals.runs === 0 ? "Not started. " : "";
  if (waits?.kind === "parents") return `${before}Goes to Ready when ${parentsDone(totals)}.`;
  if (waits !== null) return `${before}Waits for ${waits.words}.`;
  return task.status === "ready" ? `${before}A worker takes it next.` : before.trim() || null;
}

function parentsDone({ parents, unfinished_parents: open }: TaskPage["totals"]): string {
  if (parents === 1) return "that task is done";
  if (open === 1) return "the last of them is done";
  if (open < parents) return `the other ${open} are done`;
  return open === 2 ? "both are done" : `all ${open} are done`;
}
