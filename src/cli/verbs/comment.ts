/**
 * `kanban comment`: adds to the thread of a task.
 *
 * @module
 */
import { addComment } from "../../kernel/tasks/comments.ts";
import { KanbanError } from "../../kernel/errors.ts";
import { integer, longWord, notBlank, tasks, text } from "../args.ts";
import { namedRun, signature } from "../guard.ts";
import { verb } from "../verb.ts";
import { oneLine } from "../../text.ts";

export default verb({
  name: "comment",
  act: "comment",
  args: {
    ids: tasks("Tasks to comment on"),
    text: notBlank(longWord("The comment")),
    author: text("Sign with another name; who really wrote it is kept", { hint: "NAME" }),
    run: integer("Only while this run is open (default: KANBAN_RUN)", { min: 1 }),
  },
  examples: ['kanban comment t_1a2b "Use the staging database"', "git diff | kanban comment t_1a2b -"],
  run({ args, board, each, claim, who, write, out }) {
    const { ids, run: named } = args;
    const stray = ids.find((id) => ids.length > 1 && !id.startsWith("t_"));
    if (stray !== undefined) {
      throw new KanbanError(
        "invalid",
        `Cannot run comment: one word too many, "${oneLine(stray)}"`,
        "Quote a text with spaces; see kanban comment --help",
      );
    }
    if (ids.length > 1 && named !== undefined) {
      throw new KanbanError(
        "invalid",
        `Cannot comment on ${ids.length} tasks with one --run: a run belongs to one task`,
      );
    }
    const author = signature(claim, "comment", who, args.author);
    const run = namedRun(claim, "comment", named);
    const comment = { body: args.text, author, via: author === who ? null : who };
    each(
      ids,
      (id) => {
        const written = write([id], () => addComment(board, id, comment), { run });
        out(written, (comment) => `commented on ${comment.task_id}`);
      },
      { as: "comment" },
    );
  },
});
