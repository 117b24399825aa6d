/**
 * `kanban tail`: what happens to one task, live.
 *
 * @module
 */
import { getTask, taskEvents } from "../../kernel/mod.ts";
import { integer, task } from "../args.ts";
import { followEvents } from "../flags/follow.ts";
import { verb } from "../verb.ts";

export default verb({
  name: "tail",
  act: "read",
  args: {
    id: task("Task to follow"),
    last: integer("Begin with so many events that already happened (default 10)", { hint: "N" }),
  },
  examples: ["kanban tail t_1a2b", "kanban tail t_1a2b --last 0 --json"],
  notes: "It ends with Ctrl-C. With --json each event is one line.",
  async run(context) {
    const { args, board, id } = context;
    const task_id = getTask(board, id(args.id)).id;
    const [newest, ...earlier] = taskEvents(board, task_id, { limit: args.last ?? 10 }).reverse();
    // Only this task's events are asked for: the cursor may stand anywhere before the first of them.
    const first = earlier.at(-1) ?? newest;
    const after = first === undefined ? taskEvents(board, task_id, { limit: 1 })[0]!.id : first.id - 1;
    await followEvents(context, after, { task_id });
  },
});
