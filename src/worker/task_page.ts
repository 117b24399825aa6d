/**
 * What `kanban_show` answers: a task with everything about it, short enough for a model to read.
 *
 * The task itself comes whole. What others left beside it (bodies of neighbours, handoffs of earlier
 * runs, comments, payloads of events) is cut where it is long, each cut with a visible mark: fifty runs
 * may carry a megabyte each, and a model that is given all of it can read nothing more.
 *
 * @module
 */
import {
  type Board,
  buildContext,
  CONTEXT_LIMITS,
  cutText,
  type JsonObject,
  read,
  resolveId,
  showTask,
} from "../kernel/mod.ts";

/** The page of a task, by a prefix of its id too. */
export function pageOf(board: Board, typed: string): object {
  return read(board, () => {
    const id = resolveId(board, typed);
    const { totals: _, task, ...others } = showTask(board, id);
    return { task, ...(shortened(others) as typeof others), worker_context: buildContext(board, id) };
  });
}

/** The same shape with every long text cut, and an object of a person's own making replaced when it is large. */
function shortened(value: unknown, name = ""): unknown {
  if (typeof value === "string") return cutText(value, LIMIT[name] ?? CONTEXT_LIMITS.field_bytes);
  if (Array.isArray(value)) return value.map((entry) => shortened(entry, name));
  if (typeof value !== "object" || value === null) return value;
  if (name === "metadata") return fits(value) ? value : tooLarge(value);
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, shortened(entry, key)]));
}

/** Bodies are those of comments and of neighbours. */
const LIMIT: Readonly<Record<string, number>> = { body: CONTEXT_LIMITS.comment_bytes };

const sizeOf = (value: object): number => Buffer.byteLength(JSON.stringify(value));
const fits = (value: object): boolean => sizeOf(value) <= CONTEXT_LIMITS.field_bytes;

function tooLarge(value: object): JsonObject {
  const omitted = `… ${sizeOf(value)} bytes omitted …`;
  return { omitted };
}
