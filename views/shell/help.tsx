/** @jsxImportSource hono/jsx */
/**
 * The keys and the command line beside them, and the dialog over any page that shows them.
 *
 * @module
 */
import { Icon } from "../parts/icons.tsx";

const KEYS: readonly (readonly [string, string])[] = [
  ["C", "New task"],
  ["/", "Filter tasks"],
  ["Ctrl K", "Commands and search"],
  ["J K", "Next and previous card, also ↓ ↑"],
  ["H L", "Column to the left and right, also ← →"],
  ["Tab", "From column to column; on a card, to its checkbox and buttons"],
  ["Enter", "Open the card"],
  ["O", "In Needs you: open the task"],
  ["Esc", "Close what is open"],
  ["X", "Select the card"],
  ["Shift J K", "Extend the selection"],
  ["M", "Move"],
  ["A", "Assign"],
  ["I", "Assign to me"],
  ["P", "Priority"],
  ["#", "Archive"],
  ["Z", "Undo the last change"],
  ["+ - 0", "In Dependencies: larger, smaller, as it was"],
  ["G B", "Board"],
  ["G L", "List"],
  ["G R", "Runs"],
  ["G D", "Dependencies"],
  ["G I", "Insights"],
  ["G N", "Needs you"],
  ["G M", "My tasks"],
  ["?", "This help"],
];
const COMMANDS: readonly (readonly [string, string])[] = [
  ['kanban create "Title" --assignee coder', "New task"],
  ["kanban list --mine", "My tasks"],
  ["kanban show ID", "Everything about a task"],
  ["kanban move ID ready", "Move"],
  ['kanban unblock ID --comment "Answer"', "Answer a question"],
  ["kanban approve ID", "Approve a review"],
  ["kanban daemon", "Start work that is ready"],
  ["kanban watch", "Follow what happens"],
];

export function HelpDialog() {
  return (
    <dialog class="dialog wide" id="help" aria-labelledby="help-title" closedby="any">
      <header class="row">
        <h2 id="help-title">Keys and help</h2>
        <span class="grow" />
        <form method="dialog">
          <button class="icon" aria-label="Close">
            <Icon name="x" />
          </button>
        </form>
      </header>
      <Help dialog />
    </dialog>
  );
}

/** The keys and the commands. */
export function Help({ dialog }: { dialog?: boolean }) {
  // On a page of its own the headings follow its h1, in the dialog its h2.
  const Heading = dialog ? "h3" : "h2";
  return (
    <div class="help-cols">
      <section>
        <Heading>Keys</Heading>
        <dl class="keys">
          {KEYS.map(([keys, what]) => (
            <div>
              <dt>
                {keys.split(" ").map((key) => (
                  <kbd>{key}</kbd>
                ))}
              </dt>
              <dd>{what}</dd>
            </div>
          ))}
        </dl>
      </section>
      <section>
        <Heading>The same in a terminal</Heading>
        <dl class="keys wide">
          {COMMANDS.map(([line, what]) => (
            <div>
              <dt>
                <code>{line}</code>
              </dt>
              <dd>{what}</dd>
            </div>
          ))}
        </dl>
        <p class="dim">Drag a card, or press its Move button. Ctrl- or shift-click selects without opening.</p>
        <p class="row wrap">
          <a class="btn" href="/start" title="The built-in worker, your agents, a board to look at">
            <Icon name="play" small />
            Start here
          </a>
          {dialog && (
            <button class="btn" type="button" data-do="notify">
              <Icon name="bell" small />
              Notifications…
            </button>
          )}
        </p>
      </section>
    </div>
  );
}
