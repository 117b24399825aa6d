/** @jsxImportSource hono/jsx */
/**
 * The full form of a new task, and the dialog over any page that holds it.
 *
 * @module
 */
import { Icon } from "../parts/icons.tsx";
import { DateButton, LISTS, WorkspaceField } from "../parts/pickers.tsx";
import type { MenuView } from "../shell/menus.tsx";

export interface CreateView {
  column: "triage" | "todo" | "ready" | null;
  parents: { id: string; title: string }[];
  tenants: string[];
  profiles: string[];
  assignees: string[];
  /** What was typed, when the form comes back with an error. */
  values?: Record<string, string>;
  error?: { field: string; message: string };
}

/** The dialog that `C` opens. Its lists come with the page's menus; parents are found as one types. */
export function CreateDialog({ menus }: { menus: MenuView }) {
  const view: CreateView = {
    column: null,
    parents: [],
    tenants: menus.tenants,
    profiles: menus.profiles,
    assignees: menus.assignees,
  };
  return (
    <dialog class="dialog wide" id="create" aria-labelledby="create-title">
      <form class="stack" id="create-form" method="post" action="/tasks" hx-post="/tasks" hx-swap="none">
        <header class="row">
          <h2 id="create-title">New task</h2>
          <span class="grow" />
          <button class="icon" type="button" data-do="create-close" aria-label="Close">
            <Icon name="x" />
          </button>
        </header>
        <CreateFields view={view} id="create" />
        <div class="row end">
          <label class="check">
            <input type="checkbox" id="create-stay" data-stay /> Stay open
          </label>
          <span class="grow" />
          <button class="btn primary">
            Create <kbd>Ctrl ↵</kbd>
          </button>
        </div>
      </form>
    </dialog>
  );
}

/** What was typed into a field, when the form comes back. */
const typed = (view: CreateView, name: string) => view.values?.[name] ?? "";
const broken = (view: CreateView, name: string) => (view.error?.field === name ? "true" : undefined);

/** The fields of the form. */
export function CreateFields({ view, id }: { view: CreateView; id: string }) {
  return (
    <>
      <label class="title-field">
        <span class="sr">Title</span>
        <input
          name="title"
          required
          maxlength={500}
          autocomplete="off"
          placeholder="What has to be done"
          value={typed(view, "title")}
          aria-invalid={broken(view, "title")}
          autofocus={id === "new"}
        />
      </label>
      <label class="body-field">
        <span class="sr">Description</span>
        <textarea
          name="body"
          rows={5}
          placeholder="Everything a worker needs to know. Markdown."
          data-mention
          aria-invalid={broken(view, "body")}
        >
          {typed(view, "body")}
        </textarea>
      </label>
      <Where view={view} id={id} />
      <Parents view={view} id={id} />
      <More view={view} />
      <p class="error" id={`error-${id}`} role="alert">
        {view.error?.message}
      </p>
    </>
  );
}

/** Who does it, how soon, and where it begins. */
function Where({ view, id }: { view: CreateView; id: string }) {
  return (
    <div class="fields">
      <Line view={view} name="assignee" label="Assignee" list={`${id}-assignees`} placeholder="a profile or a person">
        <datalist id={`${id}-assignees`}>
          {view.profiles.map((name) => (
            <option value={name}>profile</option>
          ))}
          {view.assignees.map((name) => (
            <option value={name} />
          ))}
        </datalist>
      </Line>
      <label>
        Priority
        <select name="priority" aria-invalid={broken(view, "priority")}>
          {["None", "Low", "Medium", "High", "Urgent"].map((name, priority) => (
            <option value={priority} selected={typed(view, "priority") === String(priority)}>
              {name}
            </option>
          ))}
        </select>
      </label>
      <label>
        Column
        <select name="column">
          {(["", "triage"] as const).map((name) => (
            <option value={name} selected={(view.column ?? "") === name}>
              {name === "" ? "Ready, or Todo while it waits" : "Triage: nothing starts it"}
            </option>
          ))}
        </select>
      </label>
      <Line view={view} name="tenant" label="Project" list={`${id}-tenants`}>
        <datalist id={`${id}-tenants`}>
          {view.tenants.map((name) => (
            <option value={name} />
          ))}
        </datalist>
      </Line>
    </div>
  );
}

/** Fields of the folded part: with a value in one of them it is open. */
const MORE = ["skills", "max_runtime", "not_before", "workspace_path", "review"];

/** What most tasks do not need. */
function More({ view }: { view: CreateView }) {
  return (
    <details class="fold more-fields" open={MORE.some((name) => typed(view, name) !== "")}>
      <summary class="btn ghost">More</summary>
      <div class="fields">
        <Line view={view} name="skills" label="Skills" placeholder="translate, review" />
        <Line view={view} name="max_runtime" label="Time limit" list={LISTS.max_runtime} placeholder="none; 30m" />
        <label>
          Not before
          <span class="with-pick">
            <input
              name="not_before"
              list={LISTS.not_before}
              autocomplete="off"
              placeholder="at once; tomorrow 9:00"
              value={typed(view, "not_before")}
              aria-invalid={broken(view, "not_before")}
            />
            <DateButton />
          </span>
        </label>
        <WorkspaceField
          kind={typed(view, "workspace_kind")}
          path={typed(view, "workspace_path")}
          broken={view.error?.field === "workspace"}
        />
      </div>
      <label class="check">
        <input type="checkbox" name="review" checked={typed(view, "review") === "on"} /> A person approves the result
      </label>
    </details>
  );
}

interface LineProps {
  view: CreateView;
  name: string;
  label: string;
  /** The id of the names to choose from, which are the children. */
  list?: string;
  placeholder?: string;
  children?: unknown;
}

function Line({ view, name, label, list, placeholder, children }: LineProps) {
  return (
    <label>
      {label}
      <input
        name={name}
        list={list}
        autocomplete="off"
        placeholder={placeholder}
        value={typed(view, name)}
        aria-invalid={broken(view, name)}
      />
      {children}
    </label>
  );
}

function Parents({ view, id }: { view: CreateView; id: string }) {
  return (
    <fieldset class="deps parents">
      <legend>Waits for</legend>
      <span data-parents>
        {view.parents.map(({ id: parent, title }) => (
          <span class="chip" data-parent={parent}>
            <span class="ell">{title}</span>
            <input type="hidden" name="parents" value={parent} />
            <button type="button" data-do="drop-parent" aria-label={`Do not wait for ${title}`}>
              <Icon name="x" small />
            </button>
          </span>
        ))}
      </span>
      <input
        type="search"
        autocomplete="off"
        aria-label="Find a task it waits for"
        placeholder="Find a task"
        name="q"
        hx-get="/pick?as=parent"
        hx-trigger="input changed delay:150ms"
        hx-target={`#${id}-picks`}
        hx-sync="this:replace"
        data-picker
      />
      <ul class="picks" id={`${id}-picks`} />
    </fieldset>
  );
}
