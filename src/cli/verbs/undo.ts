/**
 * `kanban undo`: takes back what a person did in the last ten minutes.
 *
 * @module
 */
import {
  asOneAct,
  type Board,
  getAct,
  getTask,
  KanbanError,
  newestAct,
  type UndoableAct,
  undoTask,
  type UndoneTask,
} from "../../kernel/mod.ts";
import { oneLine } from "../../text.ts";
import { integer, toggle, words } from "../args.ts";
import { count } from "../../text.ts";
import { relative } from "../print/format.ts";
import { verb } from "../verb.ts";

export default verb({
  name: "undo",
  act: ({ dryRun }) => (dryRun ? "read" : "undo"),
  args: {
    tasks: words("Tasks whose newest change by you to undo (default: your newest act, a bulk action as a whole)"),
    act: integer("Undo this act, by the number of an event of it; that of an undo does it again", {
      min: 1,
      hint: "EVENT_ID",
    }),
    dryRun: toggle("Say what would be undone, and change nothing"),
  },
  examples: ["kanban undo", "kanban undo --dry-run", "kanban undo t_1a2b", "kanban undo --act 1234"],
  notes:
    "Moves, completions, approvals, blocks, archiving, edits, assignments and dependencies that a person made, for ten " +
    "minutes. What was changed again since is left alone, and it is told who did it. Comments stay, and so does the end " +
    "of a run: a task that was running becomes ready. Asked again, it undoes what was done before that.",
  run({ args, board, id, write, out, note, json, stdout }) {
    if (args.act !== undefined && args.tasks.length > 0) {
      throw new KanbanError("invalid", "Cannot undo: tasks and --act exclude each other, both were given");
    }
    const acts =
      args.tasks.length === 0 ? [actOf(board, args.act)] : args.tasks.map((typed) => actOn(board, id(typed)));
    if (args.dryRun) {
      const now = stdout.terminal ? board.now() : null;
      return out(acts, () => acts.map((act) => inWords(board, act, now)).join("\n"));
    }
    const { act: mark } = asOneAct(board);
    const undone: UndoneTask[] = [];
    const refused: { id: string; error: string }[] = [];
    for (const act of acts) {
      for (const taskId of act.task_ids) {
        try {
          undone.push(write([taskId], () => undoTask(asOneAct(board, mark), act.id, taskId)));
        } catch (error) {
          if (!(error instanceof KanbanError) || error.code === "busy" || isOnly(acts)) throw error;
          refused.push({ id: taskId, error: error.message });
        }
      }
    }
    out({ act: mark.first, tasks: undone, refused }, () => undone.map(undoneLine).join("\n"));
    if (!json) for (const { error } of refused) note(error);
    if (refused.length > 0) note(`${undone.length} undone, ${refused.length} changed since`);
    return refused.length > 0 ? 1 : 0;
  },
});

const isOnly = (acts: readonly UndoableAct[]) => acts.length === 1 && acts[0]!.task_ids.length === 1;

function actOf(board: Board, eventId: number | undefined): UndoableAct {
  return eventId === undefined ? needed(newestAct(board, {}), "something") : getAct(board, eventId);
}

/** The newest act on a task, and on that task alone. */
function actOn(board: Board, taskId: string): UndoableAct {
  return { ...needed(newestAct(board, { taskId }), `something to task "${taskId}"`), task_ids: [taskId] };
}

function needed(act: UndoableAct | null, what: string): UndoableAct {
  if (act !== null) return act;
  throw new KanbanError(
    "refused",
    `Cannot undo: you must have done ${what} in the last ten minutes that is not undone yet, you did not`,
    "See what was changed with: kanban history ID",
  );
}

/** @param now Null where a line must stay true. */
function inWords(board: Board, { id, by, at, what, task_ids }: UndoableAct, now: number | null): string {
  const [first] = task_ids;
  const of =
    task_ids.length === 1 ? `${first} (${oneLine(getTask(board, first!).title)})` : count(task_ids.length, "task");
  return `would undo ${what} of ${of}, by ${oneLine(by)}${now === null ? "" : ` ${relative(at, now)}`} (act ${id})`;
}

function undoneLine({ id, title, status, what, run_over }: UndoneTask): string {
  return `undid ${what} of ${id} (${status}${run_over ? ", its run is over" : ""}): ${oneLine(title)}`;
}
