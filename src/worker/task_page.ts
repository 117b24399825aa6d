/**
 * What `kanban_show` answers: a task with everything about it, short enough for a model to read.
 *
 * The text that its worker is given comes first, because agents keep only the beginning of a reply that
 * is too long for them. The task itself comes whole. What others left beside it is cut where it is long,
 * each cut with a visible mark: fifty runs may carry a megabyte each, and so may every neighbour.
 *
 * @module
 */
import {
  type Board,
  buildContext,
  CONTEXT_LIMITS,
  cutText,
  explained,
  type JsonObject,
  type QueueView,
  read,
  READ_BYTES,
  resolveId,
  showTask,
  type Task,
} from "../kernel/mod.ts";

/** How much of a neighbour's own texts is part of a page; all of it is on a page of its own. */
const NEIGHBOUR_BYTES = 500;

/** The page of a task, by a prefix of its id too. */
export function pageOf(board: Board, typed: string, queue: () => QueueView, bytes?: number): object {
  return read(board, () => {
    const id = resolveId(board, typed);
    const { totals: _, task, parents, children, ...others } = showTask(board, id);
    return {
      worker_context: buildContext(board, id, { budget: bytes ?? READ_BYTES, form: "json" }),
      task: explained(board, [task], queue)[0]!,
      parents: parents.map(brief),
      children: children.map(brief),
      ...(shortened(others) as typeof others),
    };
  });
}

function brief(task: Task): Task {
  const cut = (text: string | null) => text && cutText(text, NEIGHBOUR_BYTES);
  return { ...task, body: cut(task.body), result: cut(task.result) };
}

/** The same shape with every long text cut, and an object of a worker's own making replaced when it is large. */
function shortened(value: unknown, name = ""): unknown {
  if (typeof value === "string") return cutText(value, LIMIT[name] ?? CONTEXT_LIMITS.field_bytes);
  if (Array.isArray(value)) return value.map((entry) => shortened(entry, name));
  if (typeof value !== "object" || value === null) return value;
  if (name === "metadata") return tooLarge(value) ?? value;
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, shortened(entry, key)]));
}

/** Bodies here are those of comments. */
const LIMIT: Readonly<Record<string, number>> = { body: CONTEXT_LIMITS.comment_bytes };

/** What stands for metadata that is too large; null when it is not. */
function tooLarge(metadata: object): JsonObject | null {
  const size = Buffer.byteLength(JSON.stringify(metadata));
  return size <= CONTEXT_LIMITS.field_bytes ? null : { omitted: `… ${size} bytes omitted …` };
}
