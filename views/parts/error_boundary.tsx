/** @jsxImportSource hono/jsx */
/**
 * The error boundary of every repeated thing: one card, run, comment or event that fails to render
 * becomes a small error in its place, and the rest of the page works.
 *
 * JSX is rendered late, when the whole tree turns into a string, so a boundary has to render its
 * child to a string itself. That is also what makes a card reusable: its text is made once.
 *
 * @module
 */

type Watcher = (what: string, id: string, error: unknown) => void;
let watcher: Watcher = () => {};

/** From now on `fn` hears of everything that failed to render. */
export function onViewError(fn: Watcher): void {
  watcher = fn;
}

/** The HTML of `render()`, or of a one-line error that names the thing by its id. */
export function guarded(what: string, id: string | number, render: () => unknown): string {
  try {
    const html = render();
    if (typeof html === "object" && html !== null && "then" in html)
      throw new TypeError("a view must not be asynchronous");
    return String(html);
  } catch (error) {
    watcher(what, String(id), error);
    return String(<Broken what={what} id={String(id)} />);
  }
}

function Broken({ what, id }: { what: string; id: string }) {
  return (
    <p class="broken" role="note">
      This {what} could not be shown: <span class="mono">{id}</span>
    </p>
  );
}
