/** @jsxImportSource hono/jsx */
/**
 * The drawer between the press and the answer: the script fills in what the page knows of the task already.
 *
 * @module
 */
import { Icon } from "../parts/icons.tsx";

export function DrawerLoading() {
  return (
    <template id="drawer-loading">
      <div class="sheet loading" role="dialog" aria-labelledby="d-title" aria-busy="true">
        <header>
          <span class="mono faint" data-loading-id />
          <span class="grow" />
          <a class="icon" href="/" data-do="close" aria-label="Close" title="Close  Esc">
            <Icon name="x" />
          </a>
        </header>
        <div class="body" tabindex={-1}>
          <h2 id="d-title" />
          <p>
            <span class="badge" data-loading-status />
          </p>
          <div class="lines" aria-hidden="true">
            <i />
            <i />
            <i />
          </div>
          <p class="trouble" role="alert" hidden>
            <span>It could not be loaded.</span>
            <span class="grow" />
            <button class="btn" type="button" data-do="load-again">
              Try again
            </button>
          </p>
        </div>
      </div>
    </template>
  );
}
