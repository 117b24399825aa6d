/**
 * `kanban create`: puts a task on the board.
 *
 * @module
 */
import { userHome } from "../../home.ts";
import { KanbanError } from "../../kernel/errors.ts";
import { parseWorkspace } from "../../kernel/input.ts";
import { getTask } from "../../kernel/tasks/task_rows.ts";
import { createTask } from "../../kernel/tasks/tasks.ts";
import {
  asTitle,
  fileText,
  limit,
  list,
  longValue,
  moment,
  notBlank,
  priority,
  project,
  skills,
  text,
  toggle,
  word,
} from "../args.ts";
import { signature } from "../guard.ts";
import { idleHint, unassignedHint, noProfileHint, sharedFolderHint, told } from "../hints.ts";
import { plainArgs, plainValues } from "../flags/plain_fields.ts";
import { verb } from "../verb.ts";
import { worktreePlace } from "../files/worktree_place.ts";

export default verb({
  name: "create",
  act: "create",
  args: {
    title: asTitle(word("What is to be done, in one line")),
    body: longValue("All that the worker needs to know"),
    bodyFile: fileText("Read the body from a file, or from standard input with -"),
    assignee: text("Profile that works on it, or a person; none for no one yet", { hint: "NAME", short: "a" }),
    parent: list("Wait for this task; repeat it for more", { hint: "ID" }),
    project: project("Project of the task, default in a worker: the worker's"),
    priority: priority("Urgency: a whole number, P0 to P4, or urgent high medium low none"),
    workspace: text("Where it is worked on: scratch, dir:PATH, worktree or worktree:PATH", { hint: "KIND" }),
    triage: toggle("Park it as a rough idea: nothing starts it"),
    review: toggle("A person has to approve the result"),
    notBefore: moment("Start no earlier: 2h from now, tomorrow 9:00, or 2026-12-01T08:00"),
    idempotencyKey: notBlank(text("Return the task that has this key instead of a second one", { hint: "KEY" })),
    maxRuntime: limit("End a run that takes longer"),
    skill: skills("Skill that the worker loads; repeat it for more"),
    ...plainArgs,
    createdBy: text("Sign with another name", { hint: "NAME" }),
    quiet: toggle("Print the id alone", { short: "q" }),
  },
  examples: [
    'kanban create "Translate README" --assignee translator --priority high',
    'kanban create "Write tests" --parent t_1a2b --body-file notes.md',
    'id=$(kanban create "Design the schema" --quiet)',
  ],
  async run(context) {
    const { args, board, claim, who, worker, write, out, hint } = context;
    if (args.body !== undefined && args.bodyFile !== undefined) {
      throw new KanbanError("invalid", "Cannot create a task: it must have one body, got --body and --body-file");
    }
    const createdBy = signature(claim, "create", who, args.createdBy);
    const workspace = args.workspace === undefined ? {} : parseWorkspace(args.workspace, userHome());
    const assignee = args.assignee === "none" ? null : (args.assignee ?? null);
    const storePlace = await worktreePlace(context.home, { workspace, assignee, act: "create a task" });
    const input = {
      title: args.title,
      body: args.body ?? args.bodyFile,
      assignee,
      parents: args.parent.map(context.id),
      priority: args.priority,
      ...workspace,
      triage: args.triage,
      review: args.review,
      not_before: args.notBefore,
      idempotency_key: args.idempotencyKey,
      max_runtime_seconds: args.maxRuntime,
      skills: args.skill,
      ...plainValues(args),
      created_by: createdBy,
    };
    const { task, created } = write([], (run) => {
      const origin = run === null ? null : getTask(board, run.task_id);
      const tenant = args.project ?? worker?.tenant ?? origin?.tenant;
      const made = createTask(board, { ...input, tenant, from_task: origin?.id });
      if (!made.created) return made;
      storePlace(board, made.task);
      return { ...made, task: getTask(board, made.task.id) };
    });
    out(task, () => (args.quiet ? task.id : told(created ? "created" : "found", task)));
    hint(noProfileHint(context, task));
    if (created) hint(sharedFolderHint(board, task));
    if (context.stdout.terminal) hint(unassignedHint(task));
    hint(idleHint(context));
  },
});
