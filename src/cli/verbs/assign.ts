/**
 * `kanban assign`: gives a task to a profile or a person.
 *
 * @module
 */
import { assignTask } from "../../kernel/mod.ts";
import { task, word } from "../args.ts";
import { noProfileHint, told } from "../hints.ts";
import { verb } from "../verb.ts";
import { oneLine } from "../../text.ts";

export default verb({
  name: "assign",
  act: "assign",
  args: {
    id: task("Task to give away"),
    profile: word("Name of the profile or person; none takes it from everybody"),
  },
  examples: ["kanban assign t_1a2b translator", "kanban assign t_1a2b none"],
  run(context) {
    const { args, board, id, write, out, hint } = context;
    const assignee = args.profile === "none" ? null : args.profile;
    const full = id(args.id);
    const assigned = write([full], () => assignTask(board, full, assignee));
    out(assigned, (task) => `${told("assigned", task)} → ${oneLine(task.assignee ?? "nobody")}`);
    hint(noProfileHint(context, assigned));
  },
});
