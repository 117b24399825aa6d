/**
 * `kanban profile remove`: takes a worker profile away.
 *
 * @module
 */
import { existsSync, readdirSync, rmdirSync, unlinkSync } from "node:fs";
import { loadProfile } from "../../dispatcher/mod.ts";
import { type Home, profileDir, profilePath } from "../../home.ts";
import { KanbanError, listTasks, NAME_PATTERN, STATUSES } from "../../kernel/mod.ts";
import { word } from "../args.ts";
import { verb } from "../verb.ts";
import { count, oneLine } from "../../text.ts";

const UNFINISHED = STATUSES.filter((status) => status !== "done" && status !== "archived");

export default verb({
  name: "profile remove",
  act: "profile",
  args: { name: word("Name of the profile") },
  examples: ["kanban profile remove greeter"],
  notes: "Its workers that run go on. Other files in its folder stay.",
  run({ args, board, home, out, note }) {
    const { name } = args;
    const path = fileOf(home, name);
    const dir = profileDir(home, name);
    unlinkSync(path);
    const left = readdirSync(dir).sort();
    if (left.length === 0) rmdirSync(dir);
    out({ name, path, left }, () => `removed ${name}`);
    const waiting = listTasks(board, { assignee: name, status: UNFINISHED }).length;
    if (left.length > 0) note(`${oneLine(dir)} stays, it has ${count(left.length, "other file")}`);
    if (waiting > 0) note(`${count(waiting, "unfinished task")} assigned to ${name}: nothing will start them now`);
  },
});

/** The profile's file; one that cannot be read as a profile can be removed all the same. */
function fileOf(home: Home, name: string): string {
  const path = profilePath(home, name);
  if (NAME_PATTERN.test(name) && existsSync(path)) return path;
  if (loadProfile(home, name).builtin)
    throw new KanbanError("refused", `Cannot remove profile "${name}": it is built in`);
  return path;
}
