/**
 * `kanban unlink`: lets a task no longer wait for another.
 *
 * @module
 */
import { getTask, unlinkTasks } from "../../kernel/mod.ts";
import { word } from "../args.ts";
import { verb } from "../verb.ts";

export default verb({
  name: "unlink",
  act: "unlink",
  args: { parent: word("Task that comes first"), child: word("Task that waits for it") },
  examples: ["kanban unlink t_1a2b t_3c4d"],
  run({ args, board, id, write, out }) {
    const [parent, child] = [id(args.parent), id(args.child)];
    const { unlinked } = write([parent, child], () => unlinkTasks(board, parent, child));
    const { status } = getTask(board, child);
    const text = `${unlinked ? "unlinked" : "not linked"} ${parent} → ${child} (${status})`;
    out({ parent_id: parent, child_id: child, unlinked, child_status: status }, () => text);
  },
});
