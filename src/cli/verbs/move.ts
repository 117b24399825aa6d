/**
 * `kanban move`: what a drag on the web board does.
 *
 * @module
 */
import { moveTask, STATUSES } from "../../kernel/mod.ts";
import { choiceWord, task } from "../args.ts";
import { told } from "../hints.ts";
import { claimedText, take } from "../flags/claim.ts";
import { verb } from "../verb.ts";

export default verb({
  name: "move",
  act: ({ status }) => (status === "running" ? "claim" : "move"),
  args: { id: task("Task to move"), status: choiceWord(STATUSES, "triage, todo, ready or running") },
  examples: ["kanban move t_1a2b ready", "kanban move t_1a2b todo"],
  notes: `To todo parks a task until it is moved on; out of triage it releases it instead. To ready starts it even
if it waits for others. Away from running ends its run; away from done makes its children wait again.`,
  async run(context) {
    const { args, board, write, out } = context;
    const id = context.id(args.id);
    if (args.status === "running") return out(await take(context, id), (task) => claimedText(task, board.now()));
    const moved = write([id], () => moveTask(board, id, args.status));
    out(moved, (task) => told("moved", task));
  },
});
