/** @jsxImportSource hono/jsx */
/**
 * The command palette: actions on the focused task, places to go, tasks to open.
 *
 * The dialog is on every page; what it lists comes from `/palette?q=&focus=` as one types.
 *
 * @module
 */
import type { Status } from "../../src/kernel/mod.ts";
import { Icon, type IconName, STATUS_LABEL, StatusMark } from "../parts/icons.tsx";

export interface PaletteView {
  q: string;
  /** The task the keyboard is on. */
  focus: { id: string; title: string; status: Status } | null;
  /** Its legal moves. */
  moves: Record<Status, true | string> | null;
  tasks: { id: string; title: string; status: Status }[];
}

export function PaletteDialog() {
  return (
    <dialog class="pal" id="palette" aria-label="Commands" closedby="any">
      <input
        type="text"
        id="palette-q"
        name="q"
        role="combobox"
        aria-expanded="true"
        aria-controls="palette-list"
        aria-autocomplete="list"
        aria-label="Command or task"
        placeholder="Type a command or a task"
        autocomplete="off"
        spellcheck={false}
        hx-get="/palette"
        hx-include="#palette-focus"
        hx-trigger="input changed delay:80ms, kanban:palette"
        hx-target="#palette-list"
        hx-sync="this:replace"
      />
      <input type="hidden" name="focus" id="palette-focus" />
      <div class="results" id="palette-list" role="listbox" aria-label="Commands" />
    </dialog>
  );
}

interface Entry {
  text: string;
  icon: IconName;
  keys?: string;
  /** Handled by the script (`data-act`), or a place to go. */
  act?: string;
  href?: string;
  to?: Status;
}

const GO: readonly Entry[] = [
  { text: "Board", icon: "board", href: "/", keys: "G B" },
  { text: "Needs you", icon: "bell", href: "/needs", keys: "G N" },
  { text: "My tasks", icon: "user", href: "/mine", keys: "G M" },
  { text: "Runs", icon: "time", href: "/runs", keys: "G R" },
  { text: "List", icon: "list", href: "/list", keys: "G L" },
  { text: "Dependencies", icon: "graph", href: "/deps", keys: "G D" },
  { text: "Insights", icon: "chart", href: "/insights", keys: "G I" },
];
const DO: readonly Entry[] = [
  { text: "New task", icon: "plus", act: "create", keys: "C" },
  { text: "Filter tasks", icon: "search", act: "filter", keys: "/" },
  { text: "Dispatch now", icon: "bolt", act: "dispatch" },
  { text: "Pause the dispatcher", icon: "pause", act: "pause" },
  { text: "Resume the dispatcher", icon: "play", act: "resume" },
  { text: "Notifications…", icon: "bell", act: "notify" },
  { text: "Theme: dark", icon: "theme", act: "theme-dark" },
  { text: "Theme: light", icon: "theme", act: "theme-light" },
  { text: "Theme: system", icon: "theme", act: "theme-system" },
  { text: "Keys and help", icon: "help", act: "help", keys: "?" },
  { text: "Change my name", icon: "user", act: "person" },
  { text: "Sign out", icon: "x", act: "logout" },
];

/** What `/palette` answers. */
export function PaletteResults({ view }: { view: PaletteView }) {
  const { q, focus, tasks } = view;
  const on = focus ? matching(taskEntries(view), q) : [];
  const go = matching(GO, q);
  const act = matching(DO, q);
  const nothing = on.length + go.length + act.length + tasks.length === 0;
  return (
    <>
      {on.length > 0 && (
        <Group title={`${focus!.id} · ${focus!.title}`}>
          {on.map((entry) => (
            <Row entry={entry} id={focus!.id} />
          ))}
        </Group>
      )}
      {go.length > 0 && (
        <Group title="Go to">
          {go.map((entry) => (
            <Row entry={entry} />
          ))}
        </Group>
      )}
      {act.length > 0 && (
        <Group title="Do">
          {act.map((entry) => (
            <Row entry={entry} />
          ))}
        </Group>
      )}
      {tasks.length > 0 && <Tasks tasks={tasks} />}
      {nothing && <p class="faint pad">Nothing matches “{q}”.</p>}
    </>
  );
}

function taskEntries({ focus, moves }: PaletteView): Entry[] {
  const entries: Entry[] = [
    { text: "Open", icon: "full", act: "open", keys: "Enter" },
    { text: "Assign to…", icon: "user", act: "assign", keys: "A" },
    { text: "Assign to me", icon: "user", act: "assign-me", keys: "I" },
    { text: "Priority…", icon: "signal", act: "priority", keys: "P" },
    { text: "Copy link", icon: "copy", act: "copy" },
  ];
  for (const [to, legal] of Object.entries(moves ?? {})) {
    if (legal === true) entries.push({ text: moveText(to as Status), icon: "move", to: to as Status });
  }
  if (focus?.status === "ready") entries.push({ text: "Claim it", icon: "user", act: "take" });
  return entries;
}

function moveText(to: Status): string {
  if (to === "blocked") return "Block with a reason…";
  if (to === "done") return "Complete…";
  if (to === "archived") return "Archive…";
  return `Move to ${STATUS_LABEL[to]}`;
}

function matching<E extends Entry>(entries: readonly E[], q: string): E[] {
  const words = q.toLowerCase().split(/\s+/).filter(Boolean);
  return entries.filter(({ text }) => words.every((word) => text.toLowerCase().includes(word)));
}

function Group({ title, children }: { title: string; children?: unknown }) {
  return (
    <div role="group" aria-label={title}>
      <div class="group" aria-hidden="true">
        {title}
      </div>
      {children}
    </div>
  );
}

function Tasks({ tasks }: { tasks: PaletteView["tasks"] }) {
  return (
    <Group title="Tasks">
      {tasks.map(({ id, title, status }) => (
        <a class="option" role="option" aria-selected="false" tabindex={-1} href={`/t/${id}`} data-open={id}>
          <StatusMark status={status} label />
          <span class="ell">{title}</span>
          <span class="mono faint">{id}</span>
        </a>
      ))}
    </Group>
  );
}

function Row({ entry, id }: { entry: Entry; id?: string }) {
  const { text, icon, keys, act, href, to } = entry;
  const inner = (
    <>
      {to ? <StatusMark status={to} /> : <Icon name={icon} />}
      <span>{text}</span>
      {keys && (
        <span class="keys">
          {keys.split(" ").map((key) => (
            <kbd>{key}</kbd>
          ))}
        </span>
      )}
    </>
  );
  return href ? (
    <a class="option" role="option" aria-selected="false" tabindex={-1} href={href}>
      {inner}
    </a>
  ) : (
    <button
      class="option"
      role="option"
      aria-selected="false"
      tabindex={-1}
      type="button"
      data-act={act}
      data-to={to}
      data-id={id}
    >
      {inner}
    </button>
  );
}
