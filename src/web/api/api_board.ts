/**
 * The API's routes about the board as a whole: columns, figures, settings, logs, dispatching, events.
 *
 * @module
 */
import { listProfiles, tailLog } from "../../dispatcher/mod.ts";
import {
  assigneeCounts,
  assigneeNames,
  boardColumns,
  boardStats,
  getTask,
  latestEventId,
  peopleNames,
  tenantNames,
} from "../../kernel/mod.ts";
import { namedPeople } from "../../people.ts";
import { Assignees, Board, Dashboard, Event, Log, Stats, Tick } from "./responses.ts";
import { snapshot } from "../context.ts";
import { dispatchPass, STARTS } from "../pages/daemon.ts";
import { endpoint } from "./endpoint.ts";
import { eventStream } from "../live/events.ts";
import * as f from "./fields.ts";
import { withWaits } from "../pages/queue.ts";

/** How much of a log is answered unless asked otherwise. */
const TAIL_BYTES = 100_000;

const board = endpoint({
  method: "get",
  path: "/api/board",
  summary: "The board: columns of cards, at most 50 each, Running whole",
  query: f.shape({
    tenant: f.word("tenant").optional(),
    assignee: f.word("assignee").optional(),
    q: f.word("q", "In id, title, body, assignee, tenant and newest summary, ignoring case").optional(),
    include_archived: f.switched("include_archived").optional(),
    limit: f.number("limit", { min: 1, max: 1000 }, "Cards per column; default 50").optional(),
  }),
  answer: Board,
  run: (web, { query: { limit = 50, include_archived = false, ...filter } }) =>
    snapshot(web, (board) => ({
      columns: boardColumns(board, { ...filter, include_archived, limit }).map(({ name, tasks, total }) => ({
        name,
        tasks: withWaits(web, board, tasks),
        total,
      })),
      tenants: tenantNames(board, { archived: include_archived }),
      assignees: assigneeNames(board, { archived: include_archived }),
      latest_event_id: latestEventId(board),
      now: board.now(),
    })),
});

const log = endpoint({
  method: "get",
  path: "/api/tasks/:id/log",
  summary: "The end of what a task's workers printed, from the start of a line if there is one",
  query: f.shape({ tail: f.number("tail", { min: 1, max: 2_000_000 }, `Bytes; default ${TAIL_BYTES}`).optional() }),
  answer: Log,
  run: async (web, { id, query: { tail = TAIL_BYTES } }) => {
    await snapshot(web, (board) => getTask(board, id));
    return tailLog(web.home, id, tail);
  },
});

const dispatch = endpoint({
  method: "post",
  path: "/api/dispatch",
  summary: "One pass of the dispatcher; workers it starts are adopted by a running one",
  query: f.shape({
    dry_run: f.switched("dry_run", "Say what would happen, change nothing").optional(),
    max: f.number("max", { min: 1, max: 1000 }, `Maximum number of workers to start; default ${STARTS}`).optional(),
  }),
  answer: Tick,
  run: (web, { query: { dry_run, max } }) => dispatchPass(web, { max, dryRun: dry_run }),
});

const config = endpoint({
  method: "get",
  path: "/api/config",
  summary: "The settings of the web board",
  answer: Dashboard,
  run: (web) => web.config.dashboard,
});

const stats = endpoint({
  method: "get",
  path: "/api/stats",
  summary: "Counts by status and by assignee, and the age of the oldest ready task",
  answer: Stats,
  run: (web) => snapshot(web, boardStats),
});

const assignees = endpoint({
  method: "get",
  path: "/api/assignees",
  summary: "Profiles on disk, people, and all assignees of tasks, with their number of tasks by status",
  answer: Assignees,
  run: async (web) => {
    const onDisk = new Set(listProfiles(web.home).profiles.map(({ name }) => name));
    const { busy, people } = await snapshot(web, (board) => ({
      busy: assigneeCounts(board),
      people: new Set(peopleNames(board, { names: onDisk, people: namedPeople(web.home) })),
    }));
    const idle = [...onDisk, ...people].filter((name) => !busy.some((one) => one.name === name));
    return [...busy, ...idle.map((name) => ({ name, counts: {} }))]
      .map(({ name, counts }) => ({ name, on_disk: onDisk.has(name), person: people.has(name), counts }))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  },
});

const events = endpoint({
  method: "get",
  path: "/api/events",
  summary: "Every event as it happens, one JSON object per message, `id:` is the event's",
  notes:
    "Without `since` it begins now, `since=0` replays all. The header Last-Event-ID of a reconnecting client wins.",
  query: f.shape({ since: f.number("since", { min: 0, max: 9e15 }).optional() }),
  answer: Event,
  stream: true,
  run: (web, { query: { since }, c }) => eventStream(web, c, since),
});

export const BOARD_ENDPOINTS = [board, log, dispatch, config, stats, assignees, events];
