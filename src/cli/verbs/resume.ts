/**
 * `kanban resume`: lets a paused board go on.
 *
 * @module
 */
import { setPaused } from "../../kernel/mod.ts";
import { fenced } from "../guard.ts";
import { verb } from "../verb.ts";

export default verb({
  name: "resume",
  summary: "Let a paused board go on",
  args: {},
  examples: ["kanban resume"],
  run({ board, worker, out }) {
    out(
      fenced(board, worker?.run, "resume the board", () => setPaused(board, false)),
      () => "resumed",
    );
  },
});
