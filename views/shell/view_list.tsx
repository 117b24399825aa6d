/** @jsxImportSource hono/jsx */
/**
 * The saved views in the side bar, and the dialog in which one is named, shared and removed.
 *
 * @module
 */
import type { SavedView, ViewPage } from "../../src/kernel/mod.ts";
import { grouped, Icon } from "../parts/icons.tsx";

/** A view as this person sees it. */
export interface ViewLink extends SavedView {
  /** Tasks that it shows; null: not counted. */
  n: number | null;
  /** The one who looks made it. */
  mine: boolean;
}

export const PAGE_PATHS: Readonly<Record<ViewPage, string>> = {
  board: "/",
  list: "/list",
  deps: "/deps",
  insights: "/insights",
};

/** More are not told apart. */
const COUNT_MAX = 999;

function viewHref({ page, query }: Pick<SavedView, "page" | "query">): string {
  return query === "" ? PAGE_PATHS[page] : `${PAGE_PATHS[page]}?${query}`;
}

/** The section of the side bar. `path` is the address of the page around it, to mark the view that it shows. */
export function ViewList({ views, path }: { views: readonly ViewLink[]; path: string }) {
  return (
    <div
      id="views"
      hx-get="/views"
      hx-trigger="kanban:views"
      hx-swap="outerMorph"
      data-uncounted={views.some(({ n }) => n === null) ? "1" : undefined}
    >
      <h2 class="h-act">
        Views
        <button
          class="icon xs"
          type="button"
          data-do="saveview"
          aria-label="Save this filter as a view"
          title="Save this filter as a view"
        >
          <Icon name="plus" small />
        </button>
      </h2>
      {views.length === 0 && <p class="nav-none">Filter, then “Save view”</p>}
      {views.map((view) => (
        <div class="view-row" id={`view-${view.id}`}>
          <a class="nav" href={viewHref(view)} aria-current={viewHref(view) === path ? "page" : undefined}>
            <Icon name="layers" small />
            <span class="ell">{view.name}</span>
            {view.n !== null && <span class="num">{view.n > COUNT_MAX ? `${COUNT_MAX}+` : grouped(view.n)}</span>}
          </a>
          {view.mine ? (
            <button
              class="icon"
              type="button"
              data-do="changeview"
              data-view-id={view.id}
              data-name={view.name}
              data-shared={view.shared ? "1" : "0"}
              aria-haspopup="dialog"
              aria-label={`Change the view ${view.name}`}
              title="Rename, share or remove"
            >
              <Icon name="dots" small />
            </button>
          ) : (
            <span class="icon by" title={`Shared by ${view.owner}`}>
              <Icon name="user" small />
            </span>
          )}
        </div>
      ))}
    </div>
  );
}

/** One dialog for a new view and for one that is changed; the script fills it. */
export function ViewDialog() {
  return (
    <dialog id="view-dialog" class="dialog" aria-labelledby="view-title" closedby="any">
      <form method="post" id="view-form" hx-post="/views" hx-swap="none">
        <h2 id="view-title">Save this view</h2>
        <input type="hidden" name="path" />
        <label>
          Name
          <input name="name" required maxlength={200} autocomplete="off" />
        </label>
        <label class="check">
          <input type="checkbox" name="shared" value="1" />
          Everybody on this board sees it
        </label>
        <p class="error" id="error-view" role="alert" />
        <div class="row end">
          <button class="btn ghost danger" type="button" data-do="removeview" hidden>
            Remove
          </button>
          <button class="btn ghost" type="button" data-do="raiseview" hidden>
            Move up
          </button>
          <span class="grow" />
          <button class="btn ghost" type="button" data-do="closeview">
            Cancel
          </button>
          <button class="btn primary">Save</button>
        </div>
      </form>
    </dialog>
  );
}
