/**
 * The page of a task as JSON that a program can hold: whole as long as it is small, else with long texts cut.
 *
 * A task can carry a hundred megabytes. What is cut ends with a mark, so that it is never taken for the whole.
 *
 * @module
 */
import { COSTS, type JsonObject, shortened, spend, type TaskPage } from "../kernel/mod.ts";

/** What a page takes at most, in bytes of JSON; as much as one text may be, twice. */
export const PAGE_BYTES = 2 * 1024 * 1024;

/** Texts that are shorter are not worth cutting. */
const SHORT_BYTES = 512;
/** What a mark of omission takes. */
const MARK_BYTES = 64;

/** What of a page is cut last. */
const WORTH = { task: 3, comments: 2, runs: 1, events: 0 } as const;

interface Long {
  holder: JsonObject;
  name: string;
  worth: number;
  bytes: number;
}

/** The page with its longest texts cut, evenly among those of the same worth, until it fits. */
export function boundedPage(page: TaskPage): TaskPage {
  if (COSTS.text(JSON.stringify(page)) <= PAGE_BYTES) return page;
  const copy = {
    ...page,
    task: { ...page.task },
    comments: page.comments.map((comment) => ({ ...comment })),
    runs: page.runs.map((run) => ({ ...run })),
    events: page.events.map((event) => ({ ...event })),
  };
  const long = (["task", "comments", "runs", "events"] as const).flatMap((part) =>
    [copy[part]].flat().flatMap((holder) => longIn(holder as unknown as JsonObject, WORTH[part])),
  );
  const fixed = COSTS.text(JSON.stringify(copy)) - long.reduce((sum, { bytes }) => sum + bytes, 0);
  const rooms = spend(
    PAGE_BYTES - fixed - long.length * MARK_BYTES,
    long.map(({ holder, name, worth, bytes }) => {
      const whole = typeof holder[name] !== "string";
      return { worth, min: whole ? bytes : Math.min(bytes, SHORT_BYTES), max: bytes };
    }),
  );
  long.forEach(({ holder, name, bytes }, i) => {
    if (rooms[i]! >= bytes) return;
    const value = holder[name];
    holder[name] =
      typeof value === "string" ? shortened(value, rooms[i]!, COSTS.json) : { omitted: `… ${bytes} bytes omitted …` }; // A part of an object would be read as all of it.
  });
  return copy;
}

function longIn(holder: JsonObject, worth: number): Long[] {
  return Object.entries(holder).flatMap(([name, value]) => {
    const bytes = COSTS.text(JSON.stringify(value));
    return bytes > SHORT_BYTES && !Array.isArray(value) ? [{ holder, name, worth, bytes }] : [];
  });
}
