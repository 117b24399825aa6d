/** @jsxImportSource hono/jsx */
/**
 * A notice at the foot of the page, with the way back if there is one. The script ends it after ten
 * seconds, errors stay until they are dismissed; `Z` presses the newest Undo, and never a Redo, so that it goes
 * further back each time.
 *
 * @module
 */
import { Icon } from "../parts/icons.tsx";

export interface ToastView {
  text: string;
  tone: "ok" | "error";
  hint?: string | null;
  /** The act that can be undone, by its id. */
  undo?: number | null | undefined;
  /** The undo that can be undone. */
  redo?: number | null | undefined;
  /** A task to open. */
  open?: string | null;
}

export function Toast({ toast }: { toast: ToastView }) {
  const { text, tone, hint, undo, redo, open } = toast;
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
      {undo != null && (
        <form method="post" action="/undo" hx-post="/undo" hx-swap="none" data-undo>
          <input type="hidden" name="act" value={undo} />
          <button class="btn ghost">
            Undo <kbd>Z</kbd>
          </button>
        </form>
      )}
      {redo != null && (
        <form method="post" action="/undo" hx-post="/undo" hx-swap="none" data-redo>
          <input type="hidden" name="act" value={redo} />
          <button class="btn ghost">Redo</button>
        </form>
      )}
      <button class="icon" type="button" data-do="dismiss" aria-label="Dismiss">
        <Icon name="x" small />
      </button>
    </li>
  );
}
