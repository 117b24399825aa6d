/**
 * `kanban resume`: lets a paused board go on.
 *
 * @module
 */
import { setPaused } from "../../kernel/mod.ts";
import { verb } from "../verb.ts";

export default verb({
  name: "resume",
  act: "resume",
  args: {},
  examples: ["kanban resume"],
  run({ board, write, out }) {
    out(
      write([], () => setPaused(board, false)),
      () => "resumed",
    );
  },
});
