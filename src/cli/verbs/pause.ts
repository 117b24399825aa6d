/**
 * `kanban pause`: stops all claiming on the board; running work continues.
 *
 * @module
 */
import { setPaused } from "../../kernel/mod.ts";
import { verb } from "../verb.ts";

export default verb({
  name: "pause",
  act: "pause",
  args: {},
  examples: ["kanban pause"],
  run({ board, write, out }) {
    out(
      write([], () => setPaused(board, true)),
      () => "paused: nothing is claimed until kanban resume",
    );
  },
});
