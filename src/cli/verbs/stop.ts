/**
 * `kanban stop`: ends the workers of running tasks and holds the tasks until they are started again.
 *
 * @module
 */
import { reclaimTask, stopTask } from "../../kernel/mod.ts";
import { tasks, text, toggle } from "../args.ts";
import { told } from "../hints.ts";
import { verb } from "../verb.ts";

export default verb({
  name: "stop",
  act: "reclaim",
  args: {
    ids: tasks("Running tasks"),
    reason: text("Why, for the history of their runs"),
    retry: toggle("Do not hold them: the next attempt may start at once"),
  },
  examples: ['kanban stop t_1a2b --reason "wrong branch"', "kanban stop t_1a2b --retry"],
  notes: `A stopped task is parked in todo: nothing starts it, until a person does, with kanban move ID ready.`,
  run({ args, board, each, write, out, hint }) {
    const { reason, retry } = args;
    const held: string[] = [];
    each(args.ids, (id) => {
      const change = retry ? reclaimTask : stopTask;
      const stopped = write([id], () => change(board, id, { reason: reason ?? null }));
      if (stopped.held) held.push(id);
      out(stopped, (task) => told("stopped", task));
    });
    if (held.length > 0) hint(`start ${held.length === 1 ? "it" : "one"} again with: kanban move ${held[0]} ready`);
  },
});
