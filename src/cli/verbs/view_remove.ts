/**
 * `kanban view remove`: takes a view away.
 *
 * @module
 */
import { removeView } from "../../kernel/mod.ts";
import { word } from "../args.ts";
import { verb } from "../verb.ts";
import { oneLine } from "../../text.ts";

export default verb({
  name: "view remove",
  act: "views",
  args: { view: word("Its name or id") },
  examples: ["kanban view remove Shop"],
  run({ args, board, write, out }) {
    out(write([], () => removeView(board, args.view)), ({ name }) => `removed ${oneLine(name)}`); // prettier-ignore
  },
});
