/**
 * `kanban init`: makes the home, and says what is there and how to go on.
 *
 * @module
 */
import { listTasks } from "../../kernel/mod.ts";
import { listProfiles } from "../../dispatcher/mod.ts";
import { verb } from "../verb.ts";
import { oneLine } from "../../text.ts";

export default verb({
  name: "init",
  act: "read",
  args: {},
  examples: ["kanban init", 'KANBAN_HOME="$PWD/.kanban" kanban init'],
  run({ board, home, out, style }) {
    const { profiles, problems } = listProfiles(home);
    const tasks = listTasks(board, { limit: 1 }).length;
    const found = {
      home: home.dir,
      board: home.db,
      profiles: profiles.map(({ name, description, builtin }) => ({ name, description, builtin })),
      problems,
    };
    out(found, () =>
      [
        `${style.bold("board")}     ${home.db}`,
        `${style.bold("profiles")}  ${profiles.map(({ name }) => name).join(", ")}`,
        ...problems.map(({ path, error }) => `          ${style.red("!")} ${oneLine(path)}: ${oneLine(error)}`),
        "",
        "Next",
        ...(tasks === 0 ? ['  kanban create "Say hello" --assignee demo'] : ["  kanban list"]),
        "  kanban up                                 start the dispatcher and the web board",
        "  kanban watch                              follow what happens, from another terminal",
        "  kanban profile add coder --agent claude   let an agent work; --command takes any program",
      ].join("\n"),
    );
  },
});
