/** @jsxImportSource hono/jsx */
/**
 * Fields for a duration, a moment and a workspace: what is mostly wanted is chosen, anything else is typed.
 *
 * The names to choose from are lists of the browser, once in the page. A date is chosen in the browser's own calendar,
 * which writes it into the field as text with the time zone of the person (`static/pickers.js`).
 *
 * @module
 */
import { Icon } from "./icons.tsx";

const DURATIONS: readonly [string, string][] = [
  ["15m", "a quarter of an hour"],
  ["30m", "half an hour"],
  ["1h", "an hour"],
  ["2h", "two hours"],
  ["4h", "half a working day"],
  ["8h", "a working day"],
  ["1d", "a day and a night"],
];
const MOMENTS: readonly [string, string][] = [
  ["1h", "in an hour"],
  ["4h", "in four hours"],
  ["18:00", "this evening"],
  ["tomorrow 9:00", "tomorrow morning"],
  ["mon 9:00", "Monday morning"],
  ["1w", "in a week"],
];

/** The ids of the lists. */
export const LISTS = { max_runtime: "durations", not_before: "moments" } as const;

/** The lists, once in a page. */
export function PickerLists() {
  return (
    <>
      <Options id={LISTS.max_runtime} options={DURATIONS} />
      <Options id={LISTS.not_before} options={MOMENTS} />
    </>
  );
}

function Options({ id, options }: { id: string; options: readonly [string, string][] }) {
  return (
    <datalist id={id}>
      {options.map(([value, words]) => (
        <option value={value}>{words}</option>
      ))}
    </datalist>
  );
}

/** Opens the calendar for the text field before it. */
export function DateButton() {
  return (
    <span class="date-pick">
      <button class="icon" type="button" data-do="pick-date" aria-label="Choose a date" title="Choose a date">
        <Icon name="calendar" small />
      </button>
      <input type="datetime-local" data-date tabindex={-1} aria-hidden="true" aria-label="Date and time" />
    </span>
  );
}

interface WorkspaceProps {
  kind: string;
  path: string;
  broken: boolean;
}

/** The kind of a workspace, and its folder where it has one; the stylesheet hides the folder of the others. */
export function WorkspaceField({ kind, path, broken }: WorkspaceProps) {
  return (
    <div class="workspace-field">
      <label>
        Workspace
        <select name="workspace_kind">
          {WORKSPACES.map(([value, words]) => (
            <option value={value} selected={value === (kind || "scratch")}>
              {words}
            </option>
          ))}
        </select>
      </label>
      <label class="folder">
        <span>Folder</span>
        <input
          name="workspace_path"
          autocomplete="off"
          spellcheck={false}
          placeholder="/path/to/the/project"
          value={path}
          aria-invalid={broken ? "true" : undefined}
        />
      </label>
    </div>
  );
}

const WORKSPACES: readonly [string, string][] = [
  ["scratch", "A new empty folder"],
  ["worktree", "A git worktree of its own"],
  ["dir", "A folder that exists"],
];
