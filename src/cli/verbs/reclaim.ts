/**
 * `kanban reclaim`: takes a running task back; its worker is ended.
 *
 * @module
 */
import { reclaimTask } from "../../kernel/mod.ts";
import { task, text } from "../args.ts";
import { told } from "../hints.ts";
import { verb } from "../verb.ts";

export default verb({
  name: "reclaim",
  act: "reclaim",
  args: { id: task("Running task"), reason: text("Why, for the history of its runs") },
  examples: ['kanban reclaim t_1a2b --reason "wrong branch"'],
  run({ args, board, id, write, out }) {
    const full = id(args.id);
    const reclaimed = write([full], () => reclaimTask(board, full, { reason: args.reason ?? null }));
    out(reclaimed, (task) => told("reclaimed", task));
  },
});
