/** @jsxImportSource hono/jsx */
/**
 * What the pickers find: tasks to link to a task, or to name as parents in the create form.
 *
 * @module
 */
import type { Status } from "../../src/kernel/mod.ts";
import { StatusMark } from "./icons.tsx";

export interface PickerView {
  /** The task to link; null in the create form. */
  task: string | null;
  as: "parent" | "child";
  q: string;
  /** At most 20, without the task itself and those already linked. */
  tasks: { id: string; title: string; status: Status }[];
}

export function PickerResults({ view }: { view: PickerView }) {
  const { task, as, q, tasks } = view;
  if (tasks.length === 0)
    return <li class="faint">{q ? `No task matches “${q}”.` : "No other task can be linked."}</li>;
  return (
    <>
      {tasks.map(({ id, title, status }) => (
        <li>
          {task === null ? (
            <button type="button" class="pick-row" data-do="pick-parent" data-id={id} data-title={title}>
              <StatusMark status={status} label />
              <span class="ell">{title}</span>
              <span class="mono faint">{id}</span>
            </button>
          ) : (
            <form method="post" action={`/t/${task}/link`} hx-post={`/t/${task}/link`} hx-swap="none">
              <input type="hidden" name={as} value={id} />
              <button class="pick-row">
                <StatusMark status={status} label />
                <span class="ell">{title}</span>
                <span class="mono faint">{id}</span>
              </button>
            </form>
          )}
        </li>
      ))}
    </>
  );
}
