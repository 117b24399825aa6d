/**
 * The page of a task in a bounded number of bytes: whole as long as it is small, else with long texts cut.
 *
 * A task can carry a hundred megabytes. What is cut ends with a mark, so that it is never taken for the whole.
 *
 * @module
 */
import { spend } from "../reads/budget.ts";
import type { TaskPage } from "../reads/task_page.ts";
import { COSTS, shortened } from "../reads/pieces.ts";
import type { JsonObject } from "../schema.ts";

export interface BoundedPage {
  page: TaskPage;
  /** The fields that are not whole, by the names under which they are read. */
  cut: ReadonlySet<string>;
}

/** Texts that are shorter are not worth cutting. */
const SHORT_BYTES = 512;
/** What a mark of omission takes. */
const MARK_BYTES = 64;

interface Long {
  holder: JsonObject;
  name: string;
  field: string;
  worth: number;
  bytes: number;
}

/**
 * The page with its long texts cut, evenly among those of the same worth, until it fits into `bytes` of JSON:
 * first those of events, then of runs, of comments, of the task. Names and what a form edits in one line stay.
 */
export function boundedPage(page: TaskPage, bytes: number): BoundedPage {
  if (COSTS.text(JSON.stringify(page)) <= bytes) return { page, cut: new Set() };
  const copy = {
    ...page,
    task: { ...page.task },
    comments: page.comments.map((comment) => ({ ...comment })),
    runs: page.runs.map((run) => ({ ...run })),
    events: page.events.map((event) => ({ ...event })),
  };
  const { task, comments, runs, events } = copy;
  const long = [
    ...longIn(task, ["body", "result", "last_error"], 3, (name) => name),
    ...comments.flatMap((comment) => longIn(comment, ["body"], 2, () => `comment:${comment.id}`)),
    ...runs.flatMap((run) => longIn(run, RUN_TEXTS, 1, (name) => `attempt:${run.id}.${name}`)),
    ...events.flatMap((event) => longIn(event, ["payload"], 0, () => `event:${event.id}`)),
  ];
  const fixed = COSTS.text(JSON.stringify(copy)) - long.reduce((sum, text) => sum + text.bytes, 0);
  const rooms = spend(
    bytes - fixed - long.length * MARK_BYTES,
    long.map(({ holder, name, worth, bytes: max }) => {
      const min = typeof holder[name] === "string" ? Math.min(max, SHORT_BYTES) : max;
      return { worth, min, max };
    }),
  );
  const short = long.filter((text, i) => cutTo(text, rooms[i]!));
  return { page: copy, cut: new Set(short.map(({ field }) => field)) };
}

const RUN_TEXTS = ["summary", "error", "metadata", "usage"];

function longIn(row: object, names: readonly string[], worth: number, fieldOf: (name: string) => string): Long[] {
  const holder = row as JsonObject;
  return names.flatMap((name) => {
    const bytes = COSTS.text(JSON.stringify(holder[name]));
    return bytes > SHORT_BYTES ? [{ holder, name, field: fieldOf(name), worth, bytes }] : [];
  });
}

/** Cuts a text to what it costs at most, and says whether that was needed. */
function cutTo({ holder, name, bytes }: Long, room: number): boolean {
  if (room >= bytes) return false;
  const value = holder[name]!;
  // A part of an object would be read as all of it.
  holder[name] =
    typeof value === "string" ? shortened(value, room, COSTS.json) : { omitted: `… ${bytes} bytes omitted …` };
  return true;
}
