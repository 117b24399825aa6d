/** @jsxImportSource hono/jsx */
/**
 * What the Move, Assign and Priority menus offer, and the questions some moves ask first.
 *
 * Legal moves depend only on a task's status, so the page carries one template per status instead of
 * a menu per card; dragging reads its targets and their reasons from the same templates.
 *
 * @module
 */
import type { Status } from "../../src/kernel/mod.ts";
import { Avatar, Icon, PriorityMark, STATUS_LABEL, StatusMark, priorityLabel } from "../parts/icons.tsx";

export interface MenuView {
  /** From each status: which others are legal, and in words why the rest is not. */
  moves: Record<Status, Record<Status, true | string>>;
  profiles: string[];
  /** Other names: first people, then those of which nothing is known. */
  assignees: string[];
  /** Which of them are people. */
  people: string[];
  /** Tenants that exist, to choose from. */
  tenants: string[];
}

const ORDER: readonly Status[] = ["triage", "todo", "ready", "running", "review", "blocked", "done", "archived"];

/** The templates that the page's one menu is filled from, and the dialog some moves need. */
export function Menus({ view }: { view: MenuView }) {
  return (
    <>
      {ORDER.map((from) => (
        <template id={`menu-move-${from}`}>
          <MoveItems from={from} moves={view.moves[from]} />
        </template>
      ))}
      <template id="menu-assign">
        <input
          type="text"
          id="assign-name"
          autocomplete="off"
          spellcheck={false}
          aria-label="Assign to"
          placeholder="Assign to…"
        />
        <button type="button" data-assign="">
          <Icon name="user" small />
          No assignee
        </button>
        <button type="button" data-assign="" data-me>
          <Icon name="user" small />
          Me <kbd>I</kbd>
        </button>
        {[...view.profiles, ...view.assignees].map((name) => (
          <button type="button" data-assign={name}>
            <Avatar name={name} beside />
            {name}
            {view.profiles.includes(name) && <span class="faint">profile</span>}
            {view.people.includes(name) && <span class="faint">person</span>}
          </button>
        ))}
        <button type="button" data-assign="" data-new hidden>
          <Icon name="plus" small />
          <span class="ell" />
        </button>
      </template>
      <template id="menu-priority">
        {[4, 3, 2, 1, 0].map((priority) => (
          <button role="menuitem" type="button" data-priority={priority}>
            <PriorityMark priority={priority} />
            {priorityLabel(priority)}
            <kbd>{priority}</kbd>
          </button>
        ))}
      </template>
      <template id="menu-column">
        <Item act="select-column" icon="check" text="Select all" />
        <Item act="collapse" icon="layers" text="Collapse" />
      </template>
      <template id="menu-actions">
        <Item act="open" icon="full" text="Open" hint="Enter" />
        <Item act="menu" icon="move" text="Move…" hint="M" />
        <Item act="assign" icon="user" text="Assign…" hint="A" />
        <Item act="assign-me" icon="user" text="Assign to me" hint="I" />
        <Item act="priority" icon="signal" text="Priority…" hint="P" />
        <Item act="copy" icon="copy" text="Copy link" />
        <Item act="deps" icon="graph" text="Show dependencies" />
      </template>
      <TaskItems />
      <Ask />
    </>
  );
}

/** The "…" of a task: what is rarely wanted, or not taken back by itself. */
function TaskItems() {
  return (
    <template id="menu-task">
      <Item act="menu" icon="move" text="Move…" hint="M" when="running" />
      <Item act="block" icon="block" text="Block…" when="ready running" />
      <Item act="duplicate" icon="layers" text="Duplicate" />
      <Item act="history" icon="clock" text="History…" />
      <Item act="copy" icon="link" text="Copy link" />
      <Item act="copy-command" icon="term" text="Copy as command" />
      <Item
        act="archive"
        icon="archive"
        text="Archive…"
        hint="#"
        when="triage todo ready running review blocked done"
      />
    </template>
  );
}

/** The targets of one status: first those that are open to a person, then the others with their reason. */
export function MoveItems({ from, moves }: { from: Status; moves: Record<Status, true | string> }) {
  return (
    <>
      {ORDER.filter((to) => to !== from).map((to) => {
        const why = moves[to];
        return (
          <button
            role="menuitem"
            type="button"
            data-to={to}
            data-why={why === true ? undefined : why}
            aria-disabled={why === true ? undefined : "true"}
          >
            <StatusMark status={to} />
            <span>{STATUS_LABEL[to]}</span>
            {why !== true && <span class="faint why-not">{why}</span>}
          </button>
        );
      })}
      {from === "ready" && <Item act="take" icon="user" text="Claim it" />}
    </>
  );
}

/** The one dialog that asks before a move: a question for Blocked, a confirmation for Done and Archived. */
function Ask() {
  return (
    <dialog id="ask" class="dialog" aria-labelledby="ask-title" closedby="any">
      <form method="dialog" id="ask-form">
        <h2 id="ask-title" data-ask-title />
        <p class="dim" data-ask-text />
        <ul class="ask-list" data-ask-list hidden />
        <label data-ask-label>
          <span data-ask-field />
          <input name="text" id="ask-text" autocomplete="off" />
        </label>
        <label data-ask-count hidden>
          <span data-ask-count-words />
          <input id="ask-count" inputmode="numeric" autocomplete="off" />
        </label>
        <p class="error" data-ask-error role="alert" />
        <div class="row end">
          <button class="btn ghost" type="button" data-do="ask-cancel" data-ask-cancel>
            Cancel
          </button>
          <button class="btn primary" value="ok" data-ask-ok>
            OK
          </button>
        </div>
      </form>
    </dialog>
  );
}

interface ItemProps {
  act: string;
  icon: Parameters<typeof Icon>[0]["name"];
  text: string;
  hint?: string;
  /** The statuses in which it can be done; all by default. */
  when?: string;
}

function Item({ act, icon, text, hint, when }: ItemProps) {
  return (
    <button role="menuitem" type="button" data-act={act} data-when={when}>
      <Icon name={icon} small />
      {text}
      {hint && <kbd>{hint}</kbd>}
    </button>
  );
}
