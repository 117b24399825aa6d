/**
 * `kanban pause`: stops all claiming on the board; running work goes on.
 *
 * @module
 */
import { setPaused } from "../../kernel/mod.ts";
import { fenced } from "../guard.ts";
import { verb } from "../verb.ts";

export default verb({
  name: "pause",
  summary: "Stop claiming on the whole board; running work goes on",
  args: {},
  examples: ["kanban pause"],
  run({ board, worker, out }) {
    out(
      fenced(board, worker?.run, "pause the board", () => setPaused(board, true)),
      () => "paused: nothing is claimed until kanban resume",
    );
  },
});
