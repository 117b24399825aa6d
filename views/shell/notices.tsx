/** @jsxImportSource hono/jsx */
/**
 * The line above the columns that says why ready work does not start, with what one can do about it.
 *
 * Each notice has a cause. One that is dismissed stays away in that browser until its cause is gone or another one;
 * of the others only the first is shown, so it is one line. The stylesheet chooses it, since updates are the same for
 * every browser and `static/banner.js` hides what was dismissed.
 *
 * @module
 */
import { Icon } from "../parts/icons.tsx";

export interface Notice {
  /** Names the cause: another text for another one. In it are letters, digits and dashes. */
  cause: string;
  text: string;
  /** Tasks to assign, by their ids. */
  assign?: readonly string[];
  /** The one thing to do about it: a post. */
  act?: { path: string; text: string };
  /** Where to see more. */
  show?: { href: string; text: string };
}

/** @param dismissed Causes that this browser does not want to see. */
export function Notices({ notices, dismissed = [] }: { notices: readonly Notice[]; dismissed?: readonly string[] }) {
  return (
    <div class="notices" id="banner">
      {notices.map((notice) => (
        <Line notice={notice} hidden={dismissed.includes(notice.cause)} />
      ))}
    </div>
  );
}

function Line({ notice: { cause, text, assign, act, show }, hidden }: { notice: Notice; hidden: boolean }) {
  return (
    <div class="banner" role="note" data-cause={cause} hidden={hidden}>
      <Icon name="warn" small />
      <span class="ell" title={text}>
        {text}
      </span>
      {assign && (
        <button class="btn" type="button" data-do="assign-these" data-ids={assign.join(" ")} aria-haspopup="dialog">
          <Icon name="user" small />
          Assign…
        </button>
      )}
      {act && (
        <form method="post" action={act.path} hx-post={act.path} hx-swap="none">
          <button class="btn">{act.text}</button>
        </form>
      )}
      {show && (
        <a class="btn ghost" href={show.href}>
          {show.text}
        </a>
      )}
      <button class="icon" type="button" data-do="dismiss-notice" aria-label="Dismiss" title="Dismiss">
        <Icon name="x" small />
      </button>
    </div>
  );
}
