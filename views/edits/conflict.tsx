/** @jsxImportSource hono/jsx */
/**
 * Two changes of the same field: what another person or a worker wrote, and what was typed meanwhile, side by side.
 *
 * The person takes one, or joins both. Until then what was typed stays in its field, also when the dialog is closed.
 *
 * @module
 */
import type { DiffPiece } from "../../src/kernel/mod.ts";
import { Diff } from "./diff.tsx";
import { When } from "../parts/time.ts";

/** One of the two. */
export interface Side {
  /** What it changed of the text that both were made from; null where that is not known. */
  pieces: readonly DiffPiece[] | null;
  text: string;
}

export interface ConflictView {
  /** The task. */
  id: string;
  /** The field, as a person knows it. */
  label: string;
  /** Where the form is sent again, below the task. */
  path: string;
  /** What the form said, without its base; of these, `name` is the field. */
  fields: readonly (readonly [name: string, value: string])[];
  name: string;
  /** The base of what is sent now. */
  event: number;
  /** Who made the other change, and when, as far as is known. */
  by: string | null;
  at: number | null;
  theirs: Side;
  mine: Side;
  /** Mine as the form said it. */
  typed: string;
  /** Both texts in one; null where the field holds no text that could be joined. */
  joined: string | null;
  now: number;
}

/** The dialog, empty: an answer fills it, and `static/conflict.js` opens it. */
export function ConflictDialog() {
  return (
    <dialog class="dialog edits" id="conflict" aria-labelledby="conflict-title">
      <div id="conflict-body" />
    </dialog>
  );
}

export function Conflict({ view }: { view: ConflictView }) {
  const { id, label, path, by, at, now, theirs, mine, joined } = view;
  const others = view.fields.filter(([name]) => name !== view.name);
  return (
    <form
      class="stack field"
      id="conflict-form"
      method="post"
      action={`/t/${id}/${path}`}
      hx-post={`/t/${id}/${path}`}
      hx-swap="none"
      data-id={id}
      data-field={view.name}
    >
      <div>
        <h2 id="conflict-title">{label}: two changes at once</h2>
        <p class="dim">
          {by === null ? "Another change" : <b>{by}</b>} {by === null ? "was made" : "changed it"}
          {at !== null && [" ", <When at={at} now={now} form="ago" about="changed" />]}, after you began. Nothing is
          saved yet.
        </p>
      </div>
      <div class="sides">
        <Version id="conflict-theirs" name={by === null ? "Theirs" : `Theirs, by ${by}`} side={theirs} />
        <Version id="conflict-mine" name="Mine" side={mine} />
      </div>
      {others.map(([name, value]) => (
        <input type="hidden" name={name} value={value} />
      ))}
      <input type="hidden" name="base" value={view.event} />
      <input type="hidden" name="conflict" value="1" />
      <label hidden data-joined>
        Both, to edit further
        <textarea name={view.name} id="conflict-text" rows={8} data-both={joined ?? undefined}>
          {`\n${view.typed}`}
        </textarea>
      </label>
      <p class="error" id="error-conflict" role="alert" />
      <div class="row end wrap">
        <button class="btn ghost" type="button" data-do="conflict-close">
          Back to my text
        </button>
        <button class="btn" type="button" data-do="conflict-theirs">
          Theirs
        </button>
        {joined !== null && (
          <button class="btn" type="button" data-do="conflict-both">
            Both…
          </button>
        )}
        <button class="btn" data-mine>
          Mine
        </button>
      </div>
    </form>
  );
}

function Version({ id, name, side }: { id: string; name: string; side: Side }) {
  const { pieces, text } = side;
  return (
    <section aria-labelledby={id}>
      <h3 id={id}>{name}</h3>
      {pieces ? (
        <Diff pieces={pieces} />
      ) : text === "" ? (
        <p class="diff faint">empty</p>
      ) : (
        <div class="diff" hx-ignore>
          {text}
        </div>
      )}
    </section>
  );
}
