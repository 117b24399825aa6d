/**
 * `kanban gc`: removes what is not needed any more; tasks, runs and comments stay.
 *
 * @module
 */
import { collectWorkspaces, WORKSPACE_RETENTION_DAYS } from "../../dispatcher/mod.ts";
import { type Board, boardSize, compactBoard, eventSweep, givingWay, KanbanError } from "../../kernel/mod.ts";
import { integer, list, toggle } from "../args.ts";
import { verb } from "../verb.ts";
import { count, instant, oneLine } from "../../text.ts";

const DAY_MS = 86_400_000;

export default verb({
  name: "gc",
  act: ({ dryRun }) => (dryRun ? "read" : "gc"),
  args: {
    eventRetentionDays: integer("Keep events of finished tasks for so many days (default 30)", {
      max: 100_000,
      hint: "DAYS",
    }),
    logRetentionDays: integer("Keep logs of finished tasks for so many days (default 30)", {
      max: 100_000,
      hint: "DAYS",
    }),
    workspaceRetentionDays: integer(
      `Keep workspaces for so many days after their task was archived (default ${WORKSPACE_RETENTION_DAYS})`,
      { max: 100_000, hint: "DAYS" },
    ),
    force: list("Remove the worktree of this archived task with all that is in it; repeat it for more", { hint: "ID" }),
    compact: toggle(
      "Write the database anew, so that the disk has back what was removed; nothing else may use the board",
    ),
    dryRun: toggle("Say what would go, and change nothing"),
  },
  examples: [
    "kanban gc --dry-run",
    "kanban gc --event-retention-days 90",
    "kanban gc --force t_1a2b --dry-run",
    "kanban gc --compact",
  ],
  notes:
    "Tasks, runs, comments and replaced texts are never removed, and neither is a worktree with work that is nowhere else, ignored files included. " +
    "A branch with commits that are nowhere else stays also with --force. Events go a few at a time, with pauses, so that " +
    "nothing that works on the board waits for it. --compact needs the board for itself, and as much room on its disk again.",
  async run({ args, board, home, id, claim, write, out }) {
    const { dryRun } = args;
    if (args.force.length > 0 && claim !== null) {
      throw new KanbanError(
        "refused",
        "Cannot remove work that is nowhere else: it takes a person",
        "Leave --force out",
      );
    }
    if (args.compact && claim !== null) {
      throw new KanbanError(
        "refused",
        "Cannot compact the board: it takes a person, this is the environment of a worker",
        "Leave --compact out",
      );
    }
    const files = await collectWorkspaces(board, home, {
      logRetentionMs: (args.logRetentionDays ?? 30) * DAY_MS,
      workspaceRetentionMs: (args.workspaceRetentionDays ?? WORKSPACE_RETENTION_DAYS) * DAY_MS,
      dryRun,
      force: args.force.map(id),
    });
    const retentionMs = (args.eventRetentionDays ?? 30) * DAY_MS;
    const transact = (batch: () => number) => write([], batch);
    const events = await givingWay(eventSweep(board, { retentionMs, dryRun, ...(dryRun ? {} : { transact }) }));
    const compacted = args.compact ? compact(board, { dryRun }) : null;
    out({ events, ...files, compacted, dry_run: dryRun }, ({ workspaces, worktrees, logs, waiting, kept }) =>
      [
        ...workspaces.map(({ task_id, path }) => `workspace of ${task_id}: ${oneLine(path)}`),
        ...worktrees.map(
          ({ task_id, path, loses }) =>
            `worktree of ${task_id}: ${oneLine(path)}${loses === null ? "" : `, although ${oneLine(loses)}`}`,
        ),
        ...logs.map((path) => `log ${oneLine(path)}`),
        ...waiting.map(
          ({ task_id, path, until }) =>
            `kept ${oneLine(path)}: a restored ${task_id} would find it until ${instant(until)}`,
        ),
        ...kept.map(({ path, reason }) => `kept ${oneLine(path)}: ${oneLine(reason)}`),
        `${dryRun ? "would remove" : "removed"} ${count(events, "event")}, ${count(workspaces.length + worktrees.length, "workspace")}, ${count(logs.length, "log")}`,
        ...(compacted === null ? [] : [inWords(compacted, dryRun)]),
      ].join("\n"),
    );
  },
});

interface Compacted {
  bytes_before: number;
  bytes_after: number;
}

/** Gives the disk back what the database does not use; a dry run says what is known to be free. */
function compact(board: Board, { dryRun }: { dryRun: boolean }): Compacted {
  const { bytes, free_bytes } = boardSize(board);
  if (dryRun) return { bytes_before: bytes, bytes_after: bytes - free_bytes };
  compactBoard(board);
  return { bytes_before: bytes, bytes_after: boardSize(board).bytes };
}

function inWords({ bytes_before, bytes_after }: Compacted, dryRun: boolean): string {
  return `${dryRun ? "would compact" : "compacted"} the database from ${bytes_before} to ${dryRun ? "about " : ""}${bytes_after} bytes`;
}
