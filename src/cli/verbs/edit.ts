/**
 * `kanban edit`: changes what a task says.
 *
 * @module
 */
import { userHome } from "../../home.ts";
import { type EditInput, editTask, getTask, KanbanError, parseWorkspace } from "../../kernel/mod.ts";
import {
  asTitle,
  fileText,
  integer,
  limit,
  longValue,
  moment,
  priority,
  project,
  skills,
  task,
  text,
  toggle,
} from "../args.ts";
import { sharedFolderHint, told } from "../hints.ts";
import { plainArgs, plainValues } from "../flags/plain_fields.ts";
import { verb } from "../verb.ts";
import { worktreePlace } from "../files/worktree_place.ts";

export default verb({
  name: "edit",
  // A worker that may not approve its work may not do without the approval either.
  act: ({ noReview }) => (noReview ? ["edit", "approve"] : "edit"),
  args: {
    id: task("Task to change"),
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
  async run({ args, board, home, id, write, out, hint }) {
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
    const full = id(args.id);
    const { assignee } = getTask(board, full);
    const storePlace = await worktreePlace(home, { workspace, assignee, act: "edit the task" });
    const edited = write([full], () => {
      storePlace(board, editTask(board, full, changes, { base: args.ifUnchanged }));
      return getTask(board, full);
    });
    out(edited, (task) => told("edited", task));
    if (args.workspace !== undefined) hint(sharedFolderHint(board, edited));
  },
});

function both(one: string, other: string): KanbanError {
  return new KanbanError("invalid", `Cannot edit the task: ${one} and ${other} exclude each other, both were given`);
}
