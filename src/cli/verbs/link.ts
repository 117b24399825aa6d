/**
 * `kanban link`: makes a task wait for another.
 *
 * @module
 */
import { getTask, linkTasks } from "../../kernel/mod.ts";
import { word } from "../args.ts";
import { verb } from "../verb.ts";

export default verb({
  name: "link",
  act: "link",
  args: { parent: word("Task that comes first"), child: word("Task that waits for it") },
  examples: ["kanban link t_1a2b t_3c4d"],
  run({ args, board, id, write, out }) {
    const [parent, child] = [id(args.parent), id(args.child)];
    const { linked } = write([parent, child], () => linkTasks(board, parent, child));
    const { status } = getTask(board, child);
    const text = `${linked ? "linked" : "already linked"} ${parent} → ${child} (${status})`;
    out({ parent_id: parent, child_id: child, linked, child_status: status }, () => text);
  },
});
