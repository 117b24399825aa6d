/**
 * Following the board live: events as they are committed, by any process, until it is interrupted.
 *
 * Every follower reads from a cursor, so that nothing is missed between what was there and what comes.
 *
 * @module
 */
import { constants, fstatSync, openSync } from "node:fs";
import { openFeed } from "../../feed.ts";
import { onEndSignal } from "../../signals.ts";
import {
  type Board,
  type Event,
  type EventFilter,
  eventsAfter,
  getTask,
  KanbanError,
  latestEventId,
} from "../../kernel/mod.ts";
import type { Args } from "../args.ts";
import { eventLine } from "../print/event_line.ts";
import { timeOfDay } from "../print/format.ts";
import type { Output } from "../output.ts";
import type { Context } from "../verb.ts";
import { instant } from "../../text.ts";

/**
 * A signal that fires when the user has seen enough: Ctrl-C, SIGTERM, a terminal that was closed.
 *
 * @param output For a command that only prints: it also ends when its reader goes away.
 */
export function interrupted(output?: Output): AbortSignal {
  const controller = new AbortController();
  const stop = () => controller.abort();
  // After the first one a second ends the process at once.
  const off = onEndSignal(() => (off(), stop()));
  if (output === undefined) return controller.signal;
  const timer = setInterval(() => output.closed && stop(), 200);
  timer.unref();
  controller.signal.addEventListener("abort", () => clearInterval(timer));
  watchReader(controller.signal, stop);
  return controller.signal;
}

/**
 * Calls `gone` when the reader of our standard output has ended. A write would say so too, but the next
 * event may be hours away, and until then `kanban watch | head -1` would hang.
 */
function watchReader(signal: AbortSignal, gone: () => void): void {
  try {
    if (!fstatSync(1).isFIFO()) return;
    // A descriptor of its own: the socket makes it non-blocking, and the shell's other programs share ours.
    const fd = openSync("/proc/self/fd/1", constants.O_WRONLY | constants.O_NONBLOCK);
    const options: Bun.FdSocketOptions = { fd, socket: { data: () => {}, close: () => gone(), error: () => gone() } };
    const opened = Bun.connect(options as never); // Declared, but no overload of connect takes it.
    void opened.then((socket) => socket.unref(), gone); // A command that has printed everything ends.
    signal.addEventListener("abort", () => void opened.then((socket) => socket.terminate(), gone));
  } catch {
    // Without /proc the next write tells.
  }
}

/** Prints the events after a cursor and then those that come, one a line. */
export async function followEvents(context: Context<Args>, after: number, filter: EventFilter): Promise<void> {
  const { board, home, stdout, json, line } = context;
  const tell = (event: Event) => {
    const at = stdout.terminal ? timeOfDay(event.created_at) : instant(event.created_at);
    const { title } = getTask(board, event.task_id);
    stdout.write(`${eventLine(event, { at, title, style: context.style, width: stdout.width })}\n`);
  };
  const print = json ? line : tell;
  board; // Opening it creates and migrates the file that the feed is going to read.
  const feed = openFeed(home.db);
  const signal = interrupted(stdout);
  let lost = false;
  feed.onLost(() => ((lost = true), feed.close()));
  try {
    for await (const events of feed.follow({ ...filter, after, signal })) {
      for (const event of events) print(event);
      if (stdout.closed) break;
    }
    if (lost) throw replaced(home.db);
  } finally {
    feed.close();
  }
}

function replaced(path: string): KanbanError {
  return new KanbanError(
    "refused",
    `Cannot follow the board "${path}": it must stay the file that was opened, it was moved, removed or replaced`,
    "Start again when it is back, or to follow the one in its place",
  );
}

/**
 * The id of the last event before an instant, so that following after it begins there. Ids and
 * times grow together, so it is found in a few steps.
 */
export function eventBefore(board: Board, at: number): number {
  let low = 0;
  let high = latestEventId(board);
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const next = eventsAfter(board, middle, { limit: 1 })[0];
    if (next === undefined || next.created_at >= at) high = middle;
    else low = next.id;
  }
  return low;
}
