/**
 * `kanban move`: what a drag on the web board does.
 *
 * @module
 */
import { KanbanError, moveTask, STATUSES } from "../../kernel/mod.ts";
import { choiceWord, tasks } from "../args.ts";
import { told } from "../hints.ts";
import { claimedText, take } from "../flags/claim.ts";
import { verb } from "../verb.ts";

export default verb({
  name: "move",
  act: ({ status }) => (status === "running" ? "claim" : "move"),
  args: { ids: tasks("Tasks to move"), status: choiceWord(STATUSES, "triage, todo, ready or running") },
  examples: ["kanban move t_1a2b ready", "kanban move t_1a2b todo"],
  notes: `To todo parks a task until it is moved on; out of triage it releases it instead. To ready starts it even
if it waits for others. Away from running ends its run; away from done makes its children wait again.`,
  async run(context) {
    const { args, board, each, write, out } = context;
    const { ids, status } = args;
    if (status === "running") {
      if (ids.length > 1) throw oneClaim(ids.length);
      return out(await take(context, context.id(ids[0]!)), (task) => claimedText(task, board.now()));
    }
    each(ids, (id) => {
      const moved = write([id], () => moveTask(board, id, status));
      out(moved, (task) => told("moved", task));
    });
  },
});

function oneClaim(found: number): KanbanError {
  return new KanbanError("invalid", `Cannot move ${found} tasks to running: a person claims one at a time`);
}
