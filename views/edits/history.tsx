/** @jsxImportSource hono/jsx */
/**
 * The changes of a task: who replaced what, when, and with what; each can be put back.
 *
 * @module
 */
import type { Change, DiffPiece } from "../../src/kernel/mod.ts";
import { Diff } from "./diff.tsx";
import { Icon } from "../parts/icons.tsx";
import { When } from "../parts/time.ts";

export interface FieldView {
  /** As a person knows it. */
  label: string;
  /** Of a text: what changed in it. */
  pieces: readonly DiffPiece[] | null;
  /** Of any other value: both sides in words; null where it is not known. */
  was: string | null;
  now: string | null;
}

export interface ChangeView {
  change: Pick<Change, "event_id" | "by" | "at" | "worker">;
  fields: FieldView[];
  /** It replaced something that an edit can set. */
  restorable: boolean;
}

export interface HistoryView {
  /** The task. */
  id: string;
  title: string;
  changes: ChangeView[];
  /** Of the page after this one. */
  older: number | null;
  /** The base of what is put back from here. */
  event: number;
  locked: boolean;
  now: number;
}

/** The dialog, empty: opening it fetches the changes (`static/history.js`). */
export function HistoryDialog() {
  return (
    <dialog class="dialog edits" id="history" aria-labelledby="history-title" closedby="any">
      <div class="row">
        <h2 id="history-title">History</h2>
        <span class="grow" />
        <form method="dialog">
          <button class="icon" aria-label="Close">
            <Icon name="x" />
          </button>
        </form>
      </div>
      <div id="history-body" aria-live="polite" />
    </dialog>
  );
}

export function History({ view, more }: { view: HistoryView; more?: boolean }) {
  const { id, changes, older } = view;
  return (
    <>
      {!more && (
        <p class="dim">
          What was replaced in “{view.title}”, newest first. In a terminal: <code>kanban history {id}</code>
        </p>
      )}
      {changes.length === 0 && <p class="faint">Nothing has been changed since it was created.</p>}
      {changes.length > 0 && (
        <ol class="changes">
          {changes.map((each) => (
            <ChangeItem each={each} view={view} />
          ))}
        </ol>
      )}
      {older !== null && (
        <button class="btn ghost" type="button" hx-get={`/t/${id}/history?before=${older}`} hx-swap="outerHTML">
          Older changes
        </button>
      )}
    </>
  );
}

function ChangeItem({ each: { change, fields, restorable }, view }: { each: ChangeView; view: HistoryView }) {
  const { event_id, by, at, worker } = change;
  return (
    <li>
      <div class="row">
        <b>{by}</b>
        {worker && <span class="badge">worker</span>}
        <When at={at} now={view.now} form="ago" about="changed" />
        <span class="grow" />
        {restorable && !view.locked && (
          <form method="post" action={`/t/${view.id}/restore`} hx-post={`/t/${view.id}/restore`} hx-swap="none">
            <input type="hidden" name="event" value={event_id} />
            <input type="hidden" name="base" value={view.event} />
            <button class="btn ghost" aria-label={`Put back what ${by} replaced: ${namesOf(fields)}`}>
              <Icon name="redo" small />
              Put back
            </button>
          </form>
        )}
      </div>
      {fields.map((field) => (
        <div>
          <h3>{field.label}</h3>
          {field.pieces ? <Diff pieces={field.pieces} /> : <Values was={field.was} now={field.now} />}
        </div>
      ))}
    </li>
  );
}

function Values({ was, now }: Pick<FieldView, "was" | "now">) {
  return (
    <p class="diff">
      <del>{was ?? "not known"}</del> → <ins>{now ?? "not known"}</ins>
    </p>
  );
}

function namesOf(fields: readonly FieldView[]): string {
  return fields.map(({ label }) => label).join(", ");
}
