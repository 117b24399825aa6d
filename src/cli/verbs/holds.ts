/**
 * `kanban holds`: what nothing is started for, and why.
 *
 * @module
 */
import { allHolds, holdLines } from "../print/hold_lines.ts";
import { verb } from "../verb.ts";

export default verb({
  name: "holds",
  act: "read",
  args: {},
  examples: ["kanban holds", "kanban holds --json"],
  notes: `A program that is missing, an account that is refused, a provider that is down or a repository that cannot be
used is a fault of none of the tasks that need it. They wait, one of them tries again from time to time, and all go on
when that went well.`,
  run({ board, home, out, style, stdout }) {
    const setting = { style, terminal: stdout.terminal, now: board.now() };
    out(allHolds(board, home), (holds) => holdLines(holds, setting).join("\n") || "Nothing is held.");
  },
});
