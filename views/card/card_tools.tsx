/** @jsxImportSource hono/jsx */
/**
 * What comes to a card when it is needed, from one template for all of them: the buttons of the card
 * that is pointed at, and the line in which a question is answered.
 *
 * `data-tool` marks what a script has put into a card; `static/tools.js` carries it over updates.
 *
 * @module
 */
import { Icon } from "../parts/icons.tsx";

export function CardTools() {
  return (
    <>
      <template id="card-tools">
        <div class="acts" data-tool hx-morph-skip>
          <button class="icon" type="button" data-do="menu" aria-haspopup="menu" title="Move  M">
            <Icon name="move" small />
          </button>
          <button class="icon" type="button" data-do="actions" aria-haspopup="menu" title="Actions  .">
            <Icon name="dots" small />
          </button>
        </div>
      </template>
      <template id="answer-blocked">
        <AnswerLine field="comment" label="Answer" hint="Answer, and the task continues" />
      </template>
      <template id="answer-review">
        <AnswerLine field="reason" label="What should change" hint="What should change" />
      </template>
      <template id="kept-comment">
        <KeptComment />
      </template>
    </>
  );
}

/** A notice that holds a typed text which has lost its form. */
function KeptComment() {
  return (
    <li class="toast kept" data-tone="kept">
      <form method="post" hx-swap="none">
        <textarea name="body" rows={2} required aria-label="Comment" data-send="enter" />
        <div class="row end">
          <a class="btn ghost" href="/">
            Open the task
          </a>
          <button class="btn ghost" type="button" data-do="kept-drop">
            Discard
          </button>
          <button class="btn primary">Comment</button>
        </div>
      </form>
    </li>
  );
}

function AnswerLine({ field, label, hint }: { field: string; label: string; hint: string }) {
  return (
    <form class="answer" data-tool method="post" hx-swap="none" hx-morph-skip>
      <input name={field} required autocomplete="off" aria-label={label} placeholder={hint} />
      <button class="btn primary">Send</button>
      <button class="btn ghost" type="button" data-do="answer-cancel">
        Cancel
      </button>
    </form>
  );
}
