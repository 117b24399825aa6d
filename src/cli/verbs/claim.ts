/**
 * `kanban claim`: takes a ready task oneself.
 *
 * @module
 */
import { duration, task } from "../args.ts";
import { claimedText, take } from "../flags/claim.ts";
import { verb } from "../verb.ts";

export default verb({
  name: "claim",
  act: "claim",
  args: {
    id: task("Task to take"),
    ttl: duration("How long the claim holds without a heartbeat (default 1d)"),
  },
  examples: ["kanban claim t_1a2b", "kanban claim t_1a2b --ttl 2h --json"],
  async run(context) {
    const { args, board, id, out } = context;
    out(await take(context, id(args.id), args.ttl), (taken) => claimedText(taken, board.now()));
  },
});
