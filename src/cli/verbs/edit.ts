/**
 * `kanban edit`: changes what a task says.
 *
 * @module
 */
import { userHome } from "../../home.ts";
import { type EditInput, editTask, getTask, KanbanError, parseWorkspace, type Task } from "../../kernel/mod.ts";
import {
  type Args,
  asTitle,
  fileText,
  integer,
  limit,
  longValue,
  moment,
  priority,
  project,
  skills,
  tasks,
  text,
  toggle,
} from "../args.ts";
import { sharedFolderHint, told } from "../hints.ts";
import { plainArgs, plainValues } from "../flags/plain_fields.ts";
import { type Context, verb } from "../verb.ts";
import { worktreePlace } from "../files/worktree_place.ts";

export default verb({
  name: "edit",
  // A worker that may not approve its work may not do without the approval either.
  act: ({ noReview }) => (noReview ? ["edit", "approve"] : "edit"),
  args: {
    ids: tasks("Tasks to change"),
    title: asTitle(longValue("New title")),
    body: longValue("New body; an empty one takes it away"),
    bodyFile: fileText("Read the body from a file, or from standard input with -"),
    priority: priority("Urgency: a whole number, P0 to P4, or urgent high medium low none"),
    project: project("Project; an empty one takes it away"),
    skill: skills("Skills, all of them, one flag each; an empty one takes them away"),
    maxRuntime: limit("End a run that takes longer; none takes the limit away"),
    workspace: text("Where it is worked on: scratch, dir:PATH, worktree or worktree:PATH", { hint: "KIND" }),
    review: toggle("A person has to approve the result"),
    noReview: toggle("Nobody has to approve the result"),
    notBefore: moment("Start no earlier: 2h from now, tomorrow 9:00, or 2026-12-01T08:00; none for at once"),
    ifUnchanged: integer("Refuse when a field that this gives was changed after this event", { hint: "EVENT_ID" }),
    ...plainArgs,
  },
  examples: [
    'kanban edit t_1a2b --title "Translate README to German" --priority urgent',
    "kanban edit t_1a2b --body-file - < brief.md",
    "kanban edit t_1a2b --body-file brief.md --if-unchanged 1234",
  ],
  notes:
    "What is replaced is kept: see kanban history. --if-unchanged takes last_event_id of show --json, as it was when the " +
    "text was read; then an edit that somebody made meanwhile is not written over, and with --json the error shows both texts.",
  async run(context) {
    const { args, board, each, write, out, hint } = context;
    if (args.body !== undefined && args.bodyFile !== undefined) throw both("--body", "--body-file");
    if (args.review && args.noReview) throw both("--review", "--no-review");
    const workspace = args.workspace === undefined ? {} : parseWorkspace(args.workspace, userHome());
    const changes: EditInput = {
      title: args.title,
      body: args.body ?? args.bodyFile,
      priority: args.priority,
      tenant: args.project,
      skills: args.skill,
      max_runtime_seconds: args.maxRuntime,
      ...workspace,
      review: args.review ? true : args.noReview ? false : undefined,
      not_before: args.notBefore,
      ...plainValues(args),
    };
    if (Object.values(changes).every((value) => value === undefined)) {
      throw new KanbanError(
        "invalid",
        "Cannot edit the task: it must be told what to change, no flag does",
        "See kanban edit --help",
      );
    }
    const { ids, ifUnchanged } = args;
    if (ids.length > 1 && ifUnchanged !== undefined) {
      throw new KanbanError("invalid", `Cannot edit ${ids.length} tasks with one --if-unchanged: it is of one task`);
    }
    const places = args.workspace === undefined ? null : await placesFor(context, ids, workspace);
    each(ids, (id) => {
      const edited = write([id], () => {
        const changed = editTask(board, id, changes, { base: ifUnchanged });
        places?.get(id)?.(board, changed);
        return getTask(board, id);
      });
      out(edited, (task) => told("edited", task));
      if (places !== null) hint(sharedFolderHint(board, edited));
    });
  },
});

type Place = Awaited<ReturnType<typeof worktreePlace>>;

/** How each task gets its worktree, looked up before anything is written. What is no task is left to the edit. */
async function placesFor(
  { board, home, id }: Pick<Context<Args>, "board" | "home" | "id">,
  typed: readonly string[],
  workspace: Parameters<typeof worktreePlace>[1]["workspace"],
): Promise<Map<string, Place>> {
  const places = new Map<string, Place>();
  for (const one of typed) {
    let task: Task;
    try {
      task = getTask(board, id(one));
    } catch (error) {
      if (error instanceof KanbanError) continue;
      throw error;
    }
    places.set(task.id, await worktreePlace(home, { workspace, assignee: task.assignee, act: "edit the task" }));
  }
  return places;
}

function both(one: string, other: string): KanbanError {
  return new KanbanError("invalid", `Cannot edit the task: ${one} and ${other} exclude each other, both were given`);
}
