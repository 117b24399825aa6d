/**
 * The commands whose every write is a place to die at, each with the board that it finds.
 *
 * @module
 */
import { cpSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { closeBoard, listComments, listRuns, listTasks, openBoard, taskEvents } from "../../src/kernel/mod.ts";
import { cliJson, type Place, placeAt, writeProfile } from "../program.ts";

export interface Step {
  readonly name: string;
  /** The command line; what it changes is one transaction, unless it dispatches. */
  readonly words: readonly string[];
  /** The home before it; copied for each try. Null: it does not exist yet. */
  readonly before: string | null;
  readonly dispatches?: boolean;
}

/** Says so in the home when two workers of one task are there at the same time. */
const WORKER = `
mkdir "$KANBAN_HOME/$KANBAN_TASK" || echo twice >>"$KANBAN_HOME/twice"
sleep 0.05
rmdir "$KANBAN_HOME/$KANBAN_TASK"
echo done`;

/** Makes the homes that the steps begin with. */
export async function makeSteps(dir: string): Promise<Step[]> {
  const place = placeAt(join(dir, "before"));
  mkdirSync(place.home.dir, { mode: 0o700 });
  writeProfile(place, "coder", { command: ["/bin/sh", "-c", WORKER], complete_on_exit: true });
  const create = async (title: string, ...more: string[]) =>
    (await cliJson<{ id: string }>(place, ["create", title, ...more])).id;
  const parent = await create("parent");
  await create("child", "--parent", parent);
  const claimed = await create("claimed", "--body", "x".repeat(20_000));
  await create("heir", "--parent", claimed);
  await cliJson(place, ["claim", claimed]);
  await create("one", "--assignee", "coder");
  await create("two", "--assignee", "coder");
  const { dir: before } = place.home;
  return [
    { name: "the first command in a new home", words: ["create", "new"], before: null },
    { name: "create", words: ["create", "new", "--parent", parent, "--body", "y".repeat(9_000)], before },
    { name: "claim", words: ["claim", parent], before },
    { name: "complete", words: ["complete", claimed, "--summary", "done", "--metadata", '{"n":1}'], before },
    { name: "block", words: ["block", claimed, "which colour?"], before },
    { name: "archive", words: ["archive", claimed], before },
    { name: "dispatch", words: ["dispatch"], before, dispatches: true },
  ];
}

/** A home as the step finds it, at a path of its own. */
export function homeFor({ before }: Step, dir: string, more: Record<string, string> = {}): Place {
  if (before !== null) cpSync(before, dir, { recursive: true });
  return placeAt(dir, more);
}

/** What a board says, without what differs from one try to the next. */
export function factsOf(path: string): string {
  const board = openBoard(path, { actor: "judge" });
  try {
    const facts = listTasks(board, { archived: true }).map((task) => ({
      title: task.title,
      status: task.status,
      failures: task.failures,
      runs: listRuns(board, task.id).map(({ outcome, summary }) => [outcome, summary]),
      comments: listComments(board, task.id).map(({ body }) => body),
      events: taskEvents(board, task.id).map(({ kind }) => kind),
    }));
    return JSON.stringify(facts.sort((a, b) => a.title.localeCompare(b.title)));
  } finally {
    closeBoard(board);
  }
}
