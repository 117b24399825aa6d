/**
 * `kanban assign`: gives a task to a profile or a person.
 *
 * @module
 */
import { assignTask, type Task } from "../../kernel/mod.ts";
import { tasks, word } from "../args.ts";
import { noProfileHint, told } from "../hints.ts";
import { verb } from "../verb.ts";
import { oneLine } from "../../text.ts";

export default verb({
  name: "assign",
  act: "assign",
  args: {
    ids: tasks("Tasks to give away"),
    profile: word("Name of the profile or person; none takes it from everybody"),
  },
  examples: [
    "kanban assign t_1a2b t_3c4d translator",
    "kanban list --status ready | kanban assign - translator",
    "kanban assign t_1a2b none",
  ],
  run(context) {
    const { args, board, each, write, out, hint } = context;
    const assignee = args.profile === "none" ? null : args.profile;
    let last: Task | null = null;
    each(args.ids, (id) => {
      last = write([id], () => assignTask(board, id, assignee));
      out(last, (task) => `${told("assigned", task)} → ${oneLine(task.assignee ?? "no one")}`);
    });
    if (last !== null) hint(noProfileHint(context, last));
  },
});
