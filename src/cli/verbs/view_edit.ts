/**
 * `kanban view edit`: renames a view, shares it or ends that, or moves it up.
 *
 * @module
 */
import { changeView, KanbanError } from "../../kernel/mod.ts";
import { text, toggle, word } from "../args.ts";
import { verb } from "../verb.ts";
import { oneLine } from "../../text.ts";

export default verb({
  name: "view edit",
  act: "views",
  args: {
    view: word("Its name or id"),
    name: text("Call it this", { hint: "NAME" }),
    shared: toggle("Everybody on this board sees it"),
    private: toggle("Only you see it"),
    up: toggle("One place up"),
  },
  examples: ["kanban view edit Shop --name 'The shop' --shared", "kanban view edit Shop --up"],
  run({ args, board, write, out }) {
    const { name, shared, private: hidden, up } = args;
    if (shared && hidden) {
      throw new KanbanError("invalid", "Cannot change the view: --shared and --private cannot be combined");
    }
    if (name === undefined && !shared && !hidden && !up) {
      throw new KanbanError(
        "invalid",
        "Cannot change the view: nothing to change, give --name, --shared, --private or --up",
      );
    }
    const change = { name, up, shared: shared ? true : hidden ? false : undefined };
    out(write([], () => changeView(board, args.view, change)), (view) => `changed ${oneLine(view.name)}`); // prettier-ignore
  },
});
