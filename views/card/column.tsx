/** @jsxImportSource hono/jsx */
/**
 * A column of the board: head, quick add, and the first page of its cards.
 *
 * An empty column is the same markup; the stylesheet turns it into a rail where room is short, so a card
 * that arrives by the stream opens it without a word from the server.
 *
 * @module
 */
import type { Status } from "../../src/kernel/mod.ts";
import { CardItem, type CardView, LaneHead, place } from "./card.tsx";
import { type Html, markup } from "../parts/html.ts";
import { grouped, Icon, STATUS_LABEL, StatusMark } from "../parts/icons.tsx";

export interface ColumnView {
  name: Status;
  /** All of its tasks in this view, loaded or not. */
  total: number;
  /** Cursor of the next page. */
  next: string | null;
  cards: CardView[];
  /** The filters of the page as a query without `?`, or "". */
  query: string;
  /** Running: grouped by assignee. */
  lanes: boolean;
  /** `cards` as they were joined before; without it they are joined now. */
  text?: Html;
}

const SUBTITLE: Record<Status, string> = {
  triage: "rough ideas",
  todo: "waiting",
  ready: "next to start",
  running: "being worked on",
  review: "needs approval",
  blocked: "needs an answer",
  done: "finished",
  archived: "out of sight",
};
const EMPTY: Record<Status, { text: string; key?: string; command?: string }> = {
  triage: { text: "Park an idea here", key: "C" },
  todo: { text: "Tasks that wait for another task, a date or you", key: "C" },
  ready: { text: "Drop a task here to start it", key: "C", command: 'kanban create "…"' },
  running: { text: "Workers claim from Ready", command: "kanban up" },
  review: { text: "Finished work waits here for your approval" },
  blocked: { text: "Questions for you come here", key: "M" },
  done: { text: "Results collect here", key: "M" },
  archived: { text: "Nothing is archived" },
};
/** Columns a person may add to in one line. */
const QUICK: readonly Status[] = ["triage", "todo", "ready"];

export function Column({ view, slots }: { view: ColumnView; slots: number | null }) {
  const { name, query } = view;
  return (
    <section
      class={`col c-${name}${view.cards.length === 0 ? " vacant" : ""}`}
      id={`col-${name}`}
      data-col={name}
      aria-labelledby={`h-${name}`}
    >
      <ColumnHead view={view} slots={slots} />
      {QUICK.includes(name) && <QuickAdd column={name} query={query} />}
      <ul
        class="list"
        id={`list-${name}`}
        data-lanes={name === "running" ? String(view.lanes) : undefined}
        hx-get={`/c/${name}${query ? `?${query}` : ""}`}
        hx-trigger="kanban:stale"
        hx-swap="innerMorph"
      >
        <ColumnRows view={view} />
      </ul>
    </section>
  );
}

function ColumnHead({ view: { name, total }, slots }: { view: ColumnView; slots: number | null }) {
  return (
    <header>
      <StatusMark status={name} />
      <div class="head">
        <div class="row">
          <h2 id={`h-${name}`}>{STATUS_LABEL[name]}</h2>
          {name === "running" && slots !== null ? (
            <span class="wip num" title="Running tasks, and slots of the dispatcher">
              <span data-n={name}>{grouped(total)}</span> / {slots}
            </span>
          ) : (
            <span class="num" data-n={name}>
              {grouped(total)}
            </span>
          )}
        </div>
        <p class="sub ell">{SUBTITLE[name]}</p>
        <p class="whynot" />
      </div>
      {QUICK.includes(name) && (
        <button
          class="icon"
          type="button"
          data-do="quick"
          aria-label={`New task in ${STATUS_LABEL[name]}`}
          title="New task"
        >
          <Icon name="plus" small />
        </button>
      )}
      <button
        class="icon hide-s"
        type="button"
        data-do="column"
        aria-haspopup="menu"
        aria-label={`${STATUS_LABEL[name]} column options`}
      >
        <Icon name="dots" small />
      </button>
      <button class="open-rail" type="button" data-do="rail" aria-label={`Open ${STATUS_LABEL[name]}`} />
    </header>
  );
}

/** The rows of one page of a column; what `/c/:status` answers. */
export function ColumnRows({ view }: { view: ColumnView }) {
  return (
    <>
      {view.text ?? columnText(view)}
      {view.next && <More view={view} />}
      <li class="empty">
        <Empty name={view.name} filtered={view.query !== ""} />
      </li>
    </>
  );
}

/** The cards of a column, in lanes if they are to be. */
export function columnText({ name, cards, lanes }: ColumnView): Html {
  if (name !== "running") return items(cards);
  // Running comes whole, so it can be in the order of its claims.
  const claimed = cards.toSorted((a, b) => place(a.card)[0] - place(b.card)[0]);
  if (!lanes) return items(claimed);
  const groups = Map.groupBy(claimed, ({ card }) => card.assignee ?? card.claimer ?? "");
  const names = [...groups.keys()].sort((a, b) => (a < b ? -1 : 1));
  const lane = (head: string) => {
    const group = groups.get(head)!;
    return `${String(<LaneHead name={head} count={group.length} />)}${items(group)}`;
  };
  return markup(names.map(lane).join(""));
}

function items(cards: CardView[]): Html {
  return markup(cards.map((view) => CardItem({ view })).join(""));
}

function More({ view: { name, next, total, query } }: { view: ColumnView }) {
  const after = `after=${encodeURIComponent(next!)}`;
  return (
    <li class="more-row">
      <a
        class="more"
        href={`/list?status=${name}`}
        hx-get={`/c/${name}?${query ? `${query}&${after}` : after}`}
        hx-target="closest li"
        hx-swap="outerHTML"
      >
        Show 50 more <span class="faint num">of {grouped(total)}</span>
      </a>
    </li>
  );
}

/** What is added to a filtered board belongs to it: else the new card would not be on it. */
function QuickAdd({ column, query }: { column: Status; query: string }) {
  const filter = new URLSearchParams(query);
  const given = ["tenant", "assignee"].filter((name) => filter.get(name));
  return (
    <form class="quick" hidden method="post" action="/tasks" hx-post="/tasks" hx-swap="none">
      <input type="hidden" name="column" value={column} />
      <input type="hidden" name="quick" value="1" />
      {given.map((name) => (
        <input type="hidden" name={name} value={filter.get(name)!} />
      ))}
      <input
        name="title"
        required
        maxlength={500}
        autocomplete="off"
        aria-label={`Title of a new task in ${STATUS_LABEL[column]}`}
        placeholder="Title, then Enter"
      />
      <p class="error" id={`error-quick-${column}`} role="alert" />
    </form>
  );
}

/** What an empty column is for, and the key or the command that puts something there. */
function Empty({ name, filtered }: { name: Status; filtered: boolean }) {
  if (filtered) return <span>Nothing here matches the filters.</span>;
  const { text, key, command } = EMPTY[name];
  return (
    <>
      <span>{text}</span>
      {key && <kbd>{key}</kbd>}
      {command && <code>{command}</code>}
    </>
  );
}
