/**
 * `kanban request-changes`: sends finished work back, with what is missing.
 *
 * @module
 */
import { requestChanges } from "../../kernel/mod.ts";
import { longWord, notBlank, task } from "../args.ts";
import { told } from "../hints.ts";
import { verb } from "../verb.ts";

export default verb({
  name: "request-changes",
  act: "request-changes",
  args: { id: task("Task in review"), text: notBlank(longWord("What has to change; the next run reads it")) },
  examples: ['kanban request-changes t_1a2b "The second table lacks a header"'],
  run({ args, board, id, who, write, out }) {
    const full = id(args.id);
    const sent = write([full], () => requestChanges(board, full, { reason: args.text, author: who }));
    out(sent, (task) => told("sent back", task));
  },
});
