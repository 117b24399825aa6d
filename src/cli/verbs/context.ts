/**
 * `kanban context`: what a worker of a task gets to read.
 *
 * @module
 */
import { buildContext } from "../../kernel/mod.ts";
import { task } from "../args.ts";
import { readBytes } from "../read_bytes.ts";
import { verb } from "../verb.ts";

export default verb({
  name: "context",
  summary: "Print what a worker of a task gets to read",
  act: "read",
  args: { id: task("Task whose context to print") },
  examples: ["kanban context t_1a2b"],
  async run({ args, board, home, id, out }) {
    const full = id(args.id);
    const budget = await readBytes(home);
    out({ task_id: full, context: buildContext(board, full, { budget }) }, ({ context }) => context);
  },
});
