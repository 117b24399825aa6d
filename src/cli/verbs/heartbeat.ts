/**
 * `kanban heartbeat`: renews the claim of a running task.
 *
 * @module
 */
import { heartbeat } from "../../kernel/tasks/claims.ts";
import { integer, longValue, task } from "../args.ts";
import { namedRun } from "../guard.ts";
import { verb } from "../verb.ts";
import { instant } from "../../text.ts";

export default verb({
  name: "heartbeat",
  act: "heartbeat",
  args: {
    id: task("Running task"),
    note: longValue("How far it is"),
    run: integer("Only under this run (default: KANBAN_RUN)", { min: 1 }),
  },
  examples: ['kanban heartbeat t_1a2b --note "chapter 3 of 7"'],
  run({ args, board, id, claim, write, out }) {
    const full = id(args.id);
    const runId = namedRun(claim, "heartbeat", args.run);
    const beat = write([full], () => heartbeat(board, full, { runId, note: args.note ?? null }));
    out(beat, (task) => `heartbeat of ${task.id}, the claim holds until ${instant(task.claim_expires_at!)}`);
  },
});
