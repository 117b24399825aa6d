/** @jsxImportSource hono/jsx */
/**
 * The bar that appears while cards are selected; the script fills in the count and sends the ids.
 *
 * @module
 */
import { Icon } from "../parts/icons.tsx";

export function BulkBar() {
  return (
    <div class="bulk" id="bulk" role="toolbar" aria-label="Selected tasks" hidden>
      <b>
        <span class="num" data-selected>
          0
        </span>{" "}
        selected
      </b>
      <button class="btn ghost" type="button" data-do="bulk-all">
        All matching
      </button>
      <button class="btn ghost" type="button" data-do="menu" aria-haspopup="menu">
        <Icon name="move" small />
        Move <kbd>M</kbd>
      </button>
      <button class="btn ghost" type="button" data-do="assign" aria-haspopup="menu">
        <Icon name="user" small />
        Assign <kbd>A</kbd>
      </button>
      <button class="btn ghost" type="button" data-do="priority" aria-haspopup="menu">
        <Icon name="signal" small />
        Priority <kbd>P</kbd>
      </button>
      <button class="btn ghost" type="button" data-do="bulk-to" data-to="done">
        <Icon name="check" small />
        Complete
      </button>
      <button class="btn ghost" type="button" data-do="bulk-to" data-to="blocked">
        <Icon name="block" small />
        Block
      </button>
      <button class="btn ghost danger" type="button" data-do="bulk-to" data-to="archived">
        <Icon name="archive" small />
        Archive <kbd>#</kbd>
      </button>
      <button class="icon" type="button" data-do="unselect" aria-label="Clear the selection" title="Esc">
        <Icon name="x" small />
      </button>
    </div>
  );
}
