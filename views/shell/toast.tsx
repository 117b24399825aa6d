/** @jsxImportSource hono/jsx */
/**
 * A notice at the foot of the page, with the way back if there is one. The script ends it after ten
 * seconds, errors stay until they are dismissed; `Z` presses the newest Undo.
 *
 * @module
 */
import type { Status } from "../../src/kernel/mod.ts";
import { Icon } from "../parts/icons.tsx";

export interface ToastView {
  text: string;
  tone: "ok" | "error";
  hint?: string | null;
  /** Where the task comes back to, and where it is now: it goes back only from there. */
  undo?: { id: string; to: Status; from?: Status } | null;
  /** A task to open. */
  open?: string | null;
}

export function Toast({ toast }: { toast: ToastView }) {
  const { text, tone, hint, undo, open } = toast;
  return (
    <li class={`toast ${tone}`} data-tone={tone}>
      <Icon name={tone === "ok" ? "check" : "warn"} small />
      <span class="said">
        {text}
        {hint && <small>{hint}</small>}
      </span>
      {open && (
        <a class="btn ghost" href={`/t/${open}`} data-open={open}>
          Open
        </a>
      )}
      {undo && (
        <form method="post" action={`/t/${undo.id}/move`} hx-post={`/t/${undo.id}/move`} hx-swap="none" data-undo>
          <input type="hidden" name="to" value={undo.to} />
          {undo.from && <input type="hidden" name="from" value={undo.from} />}
          <button class="btn ghost">
            Undo <kbd>Z</kbd>
          </button>
        </form>
      )}
      <button class="icon" type="button" data-do="dismiss" aria-label="Dismiss">
        <Icon name="x" small />
      </button>
    </li>
  );
}
