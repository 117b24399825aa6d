/**
 * `kanban gc`: removes what nobody needs any more; tasks, runs and comments stay.
 *
 * @module
 */
import { collectWorkspaces } from "../../dispatcher/mod.ts";
import { collectEvents } from "../../kernel/mod.ts";
import { integer, toggle } from "../args.ts";
import { cleanLine, count } from "../format.ts";
import { verb } from "../verb.ts";

const DAY_MS = 86_400_000;

export default verb({
  name: "gc",
  summary: "Remove old events, logs and workspaces of finished tasks",
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
    dryRun: toggle("Say what would go, and change nothing"),
  },
  examples: ["kanban gc --dry-run", "kanban gc --event-retention-days 90"],
  notes: "Tasks, runs and comments are never removed, and neither is a worktree with work that is nowhere else.",
  async run({ args, board, home, write, out }) {
    const { dryRun } = args;
    const files = await collectWorkspaces(board, home, {
      logRetentionMs: (args.logRetentionDays ?? 30) * DAY_MS,
      dryRun,
    });
    const retentionMs = (args.eventRetentionDays ?? 30) * DAY_MS;
    const events = dryRun
      ? collectEvents(board, { retentionMs, dryRun })
      : write([], () => collectEvents(board, { retentionMs, dryRun }));
    out({ events, ...files, dry_run: dryRun }, ({ workspaces, worktrees, logs, kept }) =>
      [
        ...workspaces.map(({ task_id, path }) => `workspace of ${task_id}: ${cleanLine(path)}`),
        ...worktrees.map(({ task_id, path }) => `worktree of ${task_id}: ${cleanLine(path)}`),
        ...logs.map((path) => `log ${cleanLine(path)}`),
        ...kept.map(({ path, reason }) => `kept ${cleanLine(path)}: ${cleanLine(reason)}`),
        `${dryRun ? "would remove" : "removed"} ${count(events, "event")}, ${count(workspaces.length + worktrees.length, "workspace")}, ${count(logs.length, "log")}`,
      ].join("\n"),
    );
  },
});
