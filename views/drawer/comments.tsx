/** @jsxImportSource hono/jsx */
/**
 * The comment thread of a task, and the box at the foot of the drawer.
 *
 * @module
 */
import type { Comment } from "../../src/kernel/mod.ts";
import { guarded } from "../parts/error_boundary.tsx";
import { repeatsQuestion } from "./headline.ts";
import { LongText } from "./long_text.tsx";
import { Avatar, Icon } from "../parts/icons.tsx";
import { markdownHtml } from "../parts/markdown.tsx";
import { mentionedProfiles } from "../parts/mentions.ts";
import { When } from "../parts/time.ts";

/** A longer comment is a file, and no request. */
const OFFERS_MAX = 20_000;

interface Props {
  comments: Comment[];
  total: number;
  now: number;
  markdown: boolean;
  /** The fields that are not whole. */
  cut: ReadonlySet<string>;
  /** What the top of the drawer asks: the comment that repeats it is a line. */
  question?: string | null;
}

export function CommentsSection({ comments, total, now, markdown, cut, question = null }: Props) {
  if (total === 0) return null;
  return (
    <section class="sect" id="d-comments">
      <h3>
        Comments <span class="num">{total}</span>
      </h3>
      {total > comments.length && (
        <p class="faint">{total - comments.length} earlier comments are in the API and the CLI.</p>
      )}
      {comments.map((comment) => (
        <article
          class="note"
          id={`comment-${comment.id}`}
          dangerouslySetInnerHTML={{
            __html: guarded("comment", comment.id, () => (
              <CommentBody
                comment={comment}
                now={now}
                markdown={markdown}
                cut={cut}
                above={repeatsQuestion(comment, question)}
              />
            )),
          }}
        />
      ))}
    </section>
  );
}

interface CommentProps extends Pick<Props, "now" | "markdown" | "cut"> {
  comment: Comment;
  /** Its text is at the top of the drawer. */
  above: boolean;
}

function CommentBody({ comment, now, markdown, cut, above }: CommentProps) {
  const { id, task_id, author, via } = comment;
  return (
    <>
      <Avatar name={author} beside />
      <div>
        <header>
          <b>{author}</b>
          {via !== null && <span class="badge c-triage">{via === author ? "agent" : `via ${via}`}</span>}
          <When at={comment.created_at} now={now} form="ago" about="written" />
        </header>
        {above ? (
          <p class="faint">asks the question above</p>
        ) : (
          <LongText id={task_id} field={`comment:${id}`} text={comment.body} markdown={markdown} cut={cut} />
        )}
        <Offers taskId={task_id} body={comment.body} />
      </div>
    </>
  );
}

/** A profile reads nothing but its tasks: who asks one for something is offered to make it a task. */
function Offers({ taskId, body }: { taskId: string; body: string }) {
  if (!body.includes("@") || body.length > OFFERS_MAX) return null;
  return (
    <>
      {mentionedProfiles(markdownHtml(body)).map((name) => (
        <a class="btn ghost offer" href={`/new?${new URLSearchParams({ assignee: name, about: taskId })}`}>
          <Icon name="plus" small />
          Create a task for {name}
        </a>
      ))}
    </>
  );
}

/** Enter sends, Shift+Enter breaks the line. */
export function Compose({ id, locked }: { id: string; locked: boolean }) {
  return (
    <form
      class="compose"
      id="compose"
      method="post"
      action={`/t/${id}/comments`}
      hx-post={`/t/${id}/comments`}
      hx-swap="none"
    >
      <p class="happened" hx-morph-skip />
      <textarea
        name="body"
        id="compose-body"
        rows={1}
        required
        disabled={locked}
        placeholder={locked ? "Archived" : "Comment; workers read it"}
        aria-label="Comment"
        data-send="enter"
        data-mention
      />
      <button class="btn primary" disabled={locked}>
        Send <kbd>↵</kbd>
      </button>
    </form>
  );
}
