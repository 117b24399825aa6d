/**
 * `kanban view save`: keeps a filter under a name.
 *
 * @module
 */
import { query } from "../../../views/shell/filter_query.ts";
import { saveView, VIEW_PAGES } from "../../kernel/mod.ts";
import { choice, toggle, word } from "../args.ts";
import { FILTER_ARGS, filterIn } from "../flags/filtering.ts";
import { verb } from "../verb.ts";
import { oneLine } from "../../text.ts";

export default verb({
  name: "view save",
  act: "views",
  args: {
    name: word("What it is called; a view of yours with that name is replaced"),
    page: choice(VIEW_PAGES, `The page that shows it: ${VIEW_PAGES.join(", ")} (default list)`, { hint: "PAGE" }),
    shared: toggle("Everybody on this board sees it"),
    ...FILTER_ARGS,
  },
  examples: [
    "kanban view save 'Failed today' --failed --updated-after 1d",
    "kanban view save Shop --project shop --shared",
  ],
  run({ args, write, board, who, out }) {
    const input = {
      name: args.name,
      page: args.page ?? "list",
      query: query(filterIn(args, who)),
      shared: args.shared,
    };
    out(write([], () => saveView(board, input)), ({ name }) => `saved ${oneLine(name)}`); // prettier-ignore
  },
});
