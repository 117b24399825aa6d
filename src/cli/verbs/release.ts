/**
 * `kanban release`: ends a hold, so that its work is started again.
 *
 * @module
 */
import { activeHolds, KanbanError, releaseHolds } from "../../kernel/mod.ts";
import { word } from "../args.ts";
import { verb } from "../verb.ts";
import { oneLine } from "../../text.ts";

export default verb({
  name: "release",
  act: "release",
  args: { name: word("What is held: its name, or KIND:NAME, as kanban holds prints them") },
  examples: ["kanban release claude:login", "kanban release profile:coder"],
  run({ args, board, write, out }) {
    const released = write([], () => {
      const found = releaseHolds(board, args.name);
      if (found.length === 0) throw noSuchHold(args.name, activeHolds(board));
      return found;
    });
    out(released, () => released.map(({ kind, key }) => `released ${kind} ${oneLine(key)}`).join("\n"));
  },
});

function noSuchHold(name: string, holds: readonly { key: string }[]): KanbanError {
  const found = holds.length === 0 ? "nothing is" : `held is ${holds.map(({ key }) => oneLine(key)).join(", ")}`;
  return new KanbanError(
    "not_found",
    `Cannot release ${JSON.stringify(name)}: it must be held, ${found}`,
    "See what is held with: kanban holds",
  );
}
