/**
 * `kanban heartbeat`: shows that the work on a task goes on.
 *
 * @module
 */
import { heartbeat } from "../../kernel/mod.ts";
import { integer, longValue, task } from "../args.ts";
import { instant } from "../format.ts";
import { ownRun } from "../guard.ts";
import { verb } from "../verb.ts";

export default verb({
  name: "heartbeat",
  summary: "Show that the work goes on: the claim holds for its full time again",
  args: {
    id: task("Running task"),
    note: longValue("How far it is"),
    run: integer("Only under this run (default: KANBAN_RUN)", { min: 1 }),
  },
  examples: ['kanban heartbeat t_1a2b --note "chapter 3 of 7"'],
  run({ args, board, id, worker, out }) {
    const full = id(args.id);
    const runId = ownRun(worker, "heartbeat", full, args.run);
    const beat = heartbeat(board, full, { runId, note: args.note ?? null });
    out(beat, (task) => `heartbeat of ${task.id}, the claim holds until ${instant(task.claim_expires_at!)}`);
  },
});
