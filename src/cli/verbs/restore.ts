/**
 * `kanban restore`: brings archived tasks back to what they were.
 *
 * @module
 */
import { restoreTask } from "../../kernel/mod.ts";
import { tasks } from "../args.ts";
import { told } from "../hints.ts";
import { verb } from "../verb.ts";

export default verb({
  name: "restore",
  act: "restore",
  args: { ids: tasks("Archived tasks to bring back") },
  examples: ["kanban restore t_1a2b t_3c4d"],
  notes:
    "A task comes back to what it was: done, in review, blocked, parked or in triage; what was ready or running is ready, " +
    "or waits in todo. Its workspace is kept for some days, see kanban gc --workspace-retention-days.",
  run({ args, each, board, write, out }) {
    each(args.ids, (id) => {
      const restored = write([id], () => restoreTask(board, id));
      out(restored, (task) => told("restored", task));
    });
  },
});
