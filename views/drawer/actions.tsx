/** @jsxImportSource hono/jsx */
/**
 * What a person can do with a task now, and nothing else: answer, approve, complete, stop, take, reopen.
 *
 * A row holds at most three buttons, the likely ones; what is rare or cannot be taken back by itself is in the
 * "…" menu at its end (`TaskItems` of `views/shell/menus.tsx`).
 *
 * @module
 */
import type { Status, Task } from "../../src/kernel/mod.ts";
import { Icon } from "../parts/icons.tsx";
import { Markdown } from "../parts/markdown.tsx";

interface Props {
  task: Task;
  /** What it asks, or the error over which it gave up. */
  question: string | null;
  /** Show that as it was written. */
  plain: boolean;
  /** It asks nothing: its attempts failed. */
  gaveUp: boolean;
  /** A person stopped its worker and holds it since. */
  stopped: boolean;
}

export function Actions({ task, question, plain, gaveUp, stopped }: Props) {
  const { id, status } = task;
  return (
    <section class="sect acts-row" id="d-actions" aria-label="Actions">
      {status === "blocked" && <Answer id={id} question={question} plain={plain} gaveUp={gaveUp} />}
      {status === "review" && <Verdict id={id} />}
      <div class="row wrap">
        {status === "running" && <StopWorker task={task} />}
        {status === "ready" && <Go id={id} from={status} to="running" text="Claim it" icon="user" />}
        {(status === "triage" || status === "todo") && (
          <Go id={id} from={status} to="ready" text={stopped ? "Start again" : "Make it ready"} icon="play" />
        )}
        {status === "done" && <Go id={id} from={status} to="ready" text="Reopen" icon="redo" />}
        {status === "archived" && <Go id={id} from={status} to="ready" text="Restore" icon="redo" />}
        {["ready", "running", "blocked", "review"].includes(status) && <Complete id={id} from={status} />}
        {status !== "archived" && status !== "running" && (
          <button class="btn ghost" type="button" data-do="menu" aria-haspopup="menu">
            <Icon name="move" small />
            Move <kbd>M</kbd>
          </button>
        )}
        <span class="grow" />
        <button class="icon" type="button" data-do="task-menu" aria-haspopup="menu" aria-label="More" title="More">
          <Icon name="dots" small />
        </button>
      </div>
    </section>
  );
}

function Answer({ id, question, plain, gaveUp }: Pick<Props, "question" | "plain" | "gaveUp"> & { id: string }) {
  return (
    <div class="ask-box c-blocked">
      {question && (plain ? <p class="why-long">{question}</p> : <Markdown text={question} plain={false} />)}
      <form class="row" method="post" action={`/t/${id}/unblock`} hx-post={`/t/${id}/unblock`} hx-swap="none">
        <input
          name="comment"
          autocomplete="off"
          aria-label="Answer"
          placeholder={gaveUp ? "What changed; empty just tries again" : "Answer; empty just unblocks"}
        />
        <button class="btn primary">{gaveUp ? "Try again" : "Unblock"}</button>
      </form>
    </div>
  );
}

function Verdict({ id }: { id: string }) {
  return (
    <div class="row wrap verdict">
      <form method="post" action={`/t/${id}/approve`} hx-post={`/t/${id}/approve`} hx-swap="none">
        <button class="btn primary">
          <Icon name="check" small />
          Approve
        </button>
      </form>
      <form
        class="row grow"
        method="post"
        action={`/t/${id}/request-changes`}
        hx-post={`/t/${id}/request-changes`}
        hx-swap="none"
      >
        <input
          name="reason"
          required
          autocomplete="off"
          aria-label="What should change"
          placeholder="What should change"
        />
        <button class="btn">Request changes</button>
      </form>
    </div>
  );
}

/** Stopping holds the task; trying again is an act of its own. Both end only the attempt that the person sees. */
function StopWorker({ task: { id, current_run_id, worker_pid } }: { task: Task }) {
  const post = (verb: "stop" | "reclaim") => ({
    method: "post" as const,
    action: `/t/${id}/${verb}`,
    "hx-post": `/t/${id}/${verb}`,
    "hx-swap": "none",
  });
  return (
    <>
      <form {...post("stop")}>
        <input type="hidden" name="run" value={current_run_id!} />
        <button class="btn" title="Ends this attempt; nothing starts until you start it again">
          <Icon name="stop" small />
          {worker_pid === null ? "Take back and hold" : "Stop worker"}
        </button>
      </form>
      <form {...post("reclaim")}>
        <input type="hidden" name="run" value={current_run_id!} />
        <button class="btn ghost" title="Ends this attempt; the next one may start at once">
          <Icon name="redo" small />
          {worker_pid === null ? "Take back" : "Stop and retry"}
        </button>
      </form>
    </>
  );
}

interface GoProps {
  id: string;
  /** The status that the person sees: the first change wins. */
  from: Status;
  to: Status;
  text: string;
  icon: "user" | "play" | "redo";
}

function Go({ id, from, to, text, icon }: GoProps) {
  return (
    <form method="post" action={`/t/${id}/move`} hx-post={`/t/${id}/move`} hx-swap="none">
      <input type="hidden" name="to" value={to} />
      <input type="hidden" name="from" value={from} />
      <button class="btn">
        <Icon name={icon} small />
        {text}
      </button>
    </form>
  );
}

/** Completing can leave a handoff; every field may stay empty. */
function Complete({ id, from }: { id: string; from: Status }) {
  return (
    <details class="fold" id="d-complete">
      <summary class="btn">
        <Icon name="check" small />
        Complete…
      </summary>
      <form class="stack" method="post" action={`/t/${id}/move`} hx-post={`/t/${id}/move`} hx-swap="none">
        <input type="hidden" name="to" value="done" />
        <input type="hidden" name="from" value={from} />
        <label>
          Summary
          <input name="summary" autocomplete="off" placeholder="What was done, in a line" />
        </label>
        <label>
          Result
          <textarea name="result" rows={3} placeholder="What downstream tasks need" />
        </label>
        <label>
          Metadata
          <textarea name="metadata" rows={2} class="mono" placeholder='{"files": 3}' />
        </label>
        {from === "running" && <p class="late">This ends the worker.</p>}
        <p class="error" id="error-complete" role="alert" hx-morph-skip />
        <div class="row end">
          <button class="btn primary">Complete</button>
        </div>
      </form>
    </details>
  );
}
