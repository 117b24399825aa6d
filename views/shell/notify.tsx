/** @jsxImportSource hono/jsx */
/**
 * The dialog in which one asks for notifications. Until then there are none, and no sound.
 *
 * @module
 */

export function NotifyDialog() {
  return (
    <dialog class="dialog" id="notify" aria-labelledby="notify-title" closedby="any">
      <form method="dialog" class="stack">
        <h2 id="notify-title">Away from this tab</h2>
        <p class="dim">The title and the icon of the tab always say how many things need you.</p>
        <label class="check">
          <input type="checkbox" id="notify-on" aria-describedby="notify-problem" /> Notify me on this desktop when
          something new needs me
        </label>
        <label class="check">
          <input type="checkbox" id="notify-sound" /> With a sound
        </label>
        <p class="error" id="notify-problem" role="alert" />
        <p class="dim">
          One tab notifies for all, and only while you look at none of them. In chats:{" "}
          <code>kanban notify-subscribe ID --platform slack --chat-id CHANNEL</code>
        </p>
        <div class="row end">
          <button class="btn primary">Done</button>
        </div>
      </form>
    </dialog>
  );
}
