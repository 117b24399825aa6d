/** @jsxImportSource hono/jsx */
/**
 * The full form of a new task: a dialog over any page, and a page of its own without scripts.
 *
 * @module
 */
import { Head, Page, type Shell } from "./layout.tsx";
import { Icon } from "./marks.tsx";
import type { MenuView } from "./menus.tsx";

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

/** `/new`: the same form as a page. */
export function CreatePage({ shell, create }: { shell: Shell; create: CreateView }) {
  return (
    <Page shell={shell} page="new" title="New task">
      <Head title="New task" />
      <div class="page narrow">
        <form class="stack" method="post" action="/tasks">
          <Fields view={create} id="new" />
          <div class="row end">
            <button class="btn primary">Create</button>
          </div>
        </form>
      </div>
    </Page>
  );
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
        <Fields view={view} id="create" />
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

function Fields({ view, id }: { view: CreateView; id: string }) {
  const value = (name: string) => view.values?.[name] ?? "";
  const broken = (name: string) => (view.error?.field === name ? "true" : undefined);
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
          value={value("title")}
          aria-invalid={broken("title")}
          autofocus={id === "new"}
        />
      </label>
      <label>
        <span class="sr">Description</span>
        <textarea
          name="body"
          rows={5}
          placeholder="Everything a worker needs to know. Markdown."
          aria-invalid={broken("body")}
        >
          {value("body")}
        </textarea>
      </label>
      <div class="fields">
        <label>
          Assignee
          <input
            name="assignee"
            list={`${id}-assignees`}
            autocomplete="off"
            placeholder="a profile or a person"
            value={value("assignee")}
            aria-invalid={broken("assignee")}
          />
          <datalist id={`${id}-assignees`}>
            {view.profiles.map((name) => (
              <option value={name}>profile</option>
            ))}
            {view.assignees.map((name) => (
              <option value={name} />
            ))}
          </datalist>
        </label>
        <label>
          Priority
          <select name="priority" aria-invalid={broken("priority")}>
            {["None", "Low", "Medium", "High", "Urgent"].map((name, priority) => (
              <option value={priority} selected={value("priority") === String(priority)}>
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
        <label>
          Tenant
          <input
            name="tenant"
            list={`${id}-tenants`}
            autocomplete="off"
            value={value("tenant")}
            aria-invalid={broken("tenant")}
          />
          <datalist id={`${id}-tenants`}>
            {view.tenants.map((name) => (
              <option value={name} />
            ))}
          </datalist>
        </label>
      </div>
      <Parents view={view} id={id} />
      <details class="fold more-fields">
        <summary class="btn ghost">More</summary>
        <div class="fields">
          <label>
            Skills
            <input
              name="skills"
              autocomplete="off"
              placeholder="translate, review"
              value={value("skills")}
              aria-invalid={broken("skills")}
            />
          </label>
          <label>
            Workspace
            <input
              name="workspace"
              autocomplete="off"
              placeholder="scratch, dir:/path or worktree"
              value={value("workspace")}
              aria-invalid={broken("workspace")}
            />
          </label>
          <label>
            Time limit
            <input
              name="max_runtime"
              autocomplete="off"
              placeholder="30m"
              value={value("max_runtime")}
              aria-invalid={broken("max_runtime")}
            />
          </label>
          <label>
            Not before
            <input
              name="not_before"
              autocomplete="off"
              placeholder="2h, or 2026-01-31T09:00"
              value={value("not_before")}
              aria-invalid={broken("not_before")}
            />
          </label>
        </div>
        <label class="check">
          <input type="checkbox" name="review" checked={value("review") === "on"} /> A person approves the result
        </label>
      </details>
      <p class="error" id={`error-${id}`} role="alert">
        {view.error?.message}
      </p>
    </>
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
