/**
 * `kanban comment`: adds to the thread of a task.
 *
 * @module
 */
import { addComment } from "../../kernel/tasks/comments.ts";
import { integer, longWord, notBlank, task, text } from "../args.ts";
import { namedRun, signature } from "../guard.ts";
import { verb } from "../verb.ts";

export default verb({
  name: "comment",
  act: "comment",
  args: {
    id: task("Task to comment on"),
    text: notBlank(longWord("The comment")),
    author: text("Sign with another name; who really wrote it is kept", { hint: "NAME" }),
    run: integer("Only while this run is open (default: KANBAN_RUN)", { min: 1 }),
  },
  examples: ['kanban comment t_1a2b "Use the staging database"', "git diff | kanban comment t_1a2b -"],
  run({ args, board, id, claim, who, write, out }) {
    const full = id(args.id);
    const author = signature(claim, "comment", who, args.author);
    const run = namedRun(claim, "comment", args.run);
    const comment = { body: args.text, author, via: author === who ? null : who };
    const written = write([full], () => addComment(board, full, comment), { run });
    out(written, (comment) => `commented on ${comment.task_id}`);
  },
});
