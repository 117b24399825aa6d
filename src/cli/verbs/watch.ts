/**
 * `kanban watch`: every event of the board, live.
 *
 * @module
 */
import { type Board, EVENT_KINDS, type EventKind, latestEventId, parsePast } from "../../kernel/mod.ts";
import { choices, project, text, wrong } from "../args.ts";
import { eventBefore, followEvents } from "../flags/follow.ts";
import { verb } from "../verb.ts";

const KINDS = Object.keys(EVENT_KINDS) as EventKind[];
const CLUSTERS = [...new Set(Object.values(EVENT_KINDS).map(({ cluster }) => cluster))];

export default verb({
  name: "watch",
  act: "read",
  args: {
    assignee: text("Only tasks of this assignee", { hint: "NAME", short: "a" }),
    project: project("Only tasks of this project"),
    kinds: choices([...CLUSTERS, ...KINDS], "Only these kinds of event; repeat it or use commas", { hint: "KIND,…" }),
    since: text("Begin there: an event's id, 0 for everything, or a time: 10m (ago), 2026-12-01T08:00", {
      hint: "WHEN",
    }),
  },
  examples: [
    "kanban watch",
    "kanban watch --json --since 0",
    "kanban watch --kinds completed,blocked,gave_up --since 1h",
  ],
  notes: `Kinds, by cluster (a cluster's name stands for all of it):\n${CLUSTERS.map(clusterLine).join("\n")}\n\nIt ends with Ctrl-C. With --json each event is one line.`,
  async run(context) {
    const { args } = context;
    const begin = args.since === undefined ? latestEventId : beginning(args.since);
    const wanted = KINDS.filter((kind) => args.kinds.includes(kind) || args.kinds.includes(EVENT_KINDS[kind].cluster));
    await followEvents(context, begin(context.board), {
      ...(args.assignee === undefined ? {} : { assignee: args.assignee }),
      ...(args.project === undefined ? {} : { tenant: args.project }),
      ...(wanted.length === 0 ? {} : { kinds: wanted }),
    });
  },
});

/** A bare number is an event's id; with a unit it is a time that has passed. */
function beginning(since: string): (board: Board) => number {
  const typed = since.trim();
  if (/^\d{1,15}$/.test(typed)) return () => Number(typed);
  const now = Date.now();
  try {
    const at = parsePast(typed, now, "--since");
    return (board) => eventBefore(board, at);
  } catch {
    throw wrong("--since", "an event's id, a time ago such as 10m, or a date such as 2026-12-01T08:00", since);
  }
}

function clusterLine(cluster: string): string {
  const kinds = KINDS.filter((kind) => EVENT_KINDS[kind].cluster === cluster);
  return `  ${cluster.padEnd(10)} ${kinds.join(" ")}`;
}
