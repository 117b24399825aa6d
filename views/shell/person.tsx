/** @jsxImportSource hono/jsx */
/**
 * Who uses this browser: the entry in the side bar, and its menu to change the name and to sign out.
 *
 * Both are plain forms and the menu is a popover, so they work without scripts too.
 *
 * @module
 */
import { Avatar, Icon } from "../parts/icons.tsx";

export function PersonButton({ name }: { name: string }) {
  return (
    <button class="nav me" type="button" popovertarget="person" aria-haspopup="dialog" title={`Signed in as ${name}`}>
      <Avatar name={name} beside />
      <span class="sr">Signed in as</span>
      <span class="ell">{name}</span>
    </button>
  );
}

/** @param next The page to come back to. */
export function PersonMenu({ name, next }: { name: string; next: string }) {
  return (
    <div class="menu person" id="person" popover="auto" role="dialog" aria-label="You">
      <p class="menu-head">Signed in as {name}</p>
      <form class="stack" method="post" action="/me">
        <input type="hidden" name="next" value={next} />
        <label>
          Name
          <input name="name" value={name} required maxlength={200} autocomplete="nickname" spellcheck={false} />
        </label>
        <p class="dim">What you do here is signed with it.</p>
        <button class="btn">Change name</button>
      </form>
      <form method="post" action="/logout">
        <button class="choice">
          <Icon name="x" small />
          Sign out
        </button>
      </form>
    </div>
  );
}
