/** @jsxImportSource hono/jsx */
/**
 * A value that is edited in place: a button turns it into a field, Enter saves, Escape restores;
 * a long one saves with Ctrl+Enter.
 *
 * @module
 */
import { Icon } from "../parts/icons.tsx";
import { DateButton, LISTS } from "../parts/pickers.tsx";

/** The list of what is mostly wanted of a field. */
const listOf = (field: string): string | undefined => (LISTS as Readonly<Record<string, string>>)[field];

interface EditProps {
  /** The task. */
  id: string;
  /** The field of `/t/:id/edit`. */
  field: string;
  label: string;
  value: string;
  long?: boolean;
  /** The task can no longer be edited. */
  locked?: boolean;
  placeholder?: string | undefined;
  type?: string;
  children?: unknown;
}

export function Edit({ id, field, label, value, long, locked, placeholder, type, children }: EditProps) {
  const kind = long ? "edit long" : "edit";
  if (locked) {
    return (
      <div class={kind} id={`d-edit-${field}`}>
        <div class="shown">{children}</div>
      </div>
    );
  }
  const input = { name: field, id: `edit-${field}`, "aria-label": label, placeholder, "data-was": value };
  return (
    <div class={kind} id={`d-edit-${field}`} data-edit={field}>
      <div class="shown">
        {children}
        <button
          class="icon pen"
          type="button"
          data-do="edit"
          aria-label={`Edit ${label.toLowerCase()}`}
          title={`Edit ${label.toLowerCase()}`}
        >
          <Icon name="edit" small />
        </button>
      </div>
      <form class="field" method="post" action={`/t/${id}/edit`} hx-post={`/t/${id}/edit`} hx-swap="none">
        {long ? (
          <textarea {...input} rows={8} data-mention={field === "body"}>
            {value}
          </textarea>
        ) : field === "title" ? (
          <textarea {...input} rows={1} maxlength={500}>
            {value}
          </textarea>
        ) : (
          <span class="with-pick">
            <input {...input} type={type ?? "text"} value={value} autocomplete="off" list={listOf(field)} />
            {field === "not_before" && <DateButton />}
          </span>
        )}
        <div class="row">
          <button class="btn primary">
            Save <kbd>{long ? "Ctrl ↵" : "↵"}</kbd>
          </button>
          <button class="btn ghost" type="button" data-do="edit-cancel">
            Cancel
          </button>
          <span class="error" id={`error-edit-${field}`} role="alert" hx-morph-skip />
        </div>
      </form>
    </div>
  );
}
