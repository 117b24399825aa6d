/** @jsxImportSource hono/jsx */
/**
 * The history of a task in sentences: who did what, newest last.
 *
 * @module
 */
import type { Event, EventKind, EventPayloads } from "../../src/kernel/mod.ts";
import { guarded } from "../parts/error_boundary.tsx";
import { STATUS_LABEL, priorityLabel } from "../parts/icons.tsx";
import { When, span, stamp } from "../parts/time.ts";

const SHOWN = 20;

interface Props {
  id: string;
  events: Event[];
  total: number;
  now: number;
  all?: boolean | undefined;
}

export function EventsSection({ id, events, total, now, all }: Props) {
  const shown = all ? events : events.slice(-SHOWN);
  return (
    <section class="sect" id="d-events">
      <h3>
        History <span class="num">{total}</span>
        <span class="grow" />
        <button class="btn ghost" type="button" data-do="history">
          Changes…
        </button>
        {total > shown.length && (
          <button class="btn ghost" type="button" hx-get={`/t/${id}/events`} hx-target="#d-events" hx-swap="outerHTML">
            Show all
          </button>
        )}
      </h3>
      <ol class="events">
        {shown.map((event) => (
          <li
            id={`event-${event.id}`}
            dangerouslySetInnerHTML={{ __html: guarded("event", event.id, () => <Line event={event} now={now} />) }}
          />
        ))}
      </ol>
    </section>
  );
}

function Line({ event, now }: { event: Event; now: number }) {
  return (
    <>
      <span>
        <b>{event.actor}</b> {sentence(event)}
        {event.run_id !== null && <span class="faint num"> run {event.run_id}</span>}
      </span>
      <When at={event.created_at} now={now} form="ago" about={event.kind} />
    </>
  );
}

/** What happened, without who did it. */
export function sentence<K extends EventKind>(event: { kind: K; actor: string; payload: EventPayloads[K] }): string {
  return SENTENCES[event.kind](event.payload, event.actor);
}

/** A field as the drawer calls it. */
function fieldWord(field: string): string {
  return { body: "description", tenant: "project" }[field] ?? field.replaceAll("_", " ");
}

const SENTENCES: { [K in EventKind]: (payload: EventPayloads[K], actor: string) => string } = {
  created: ({ status }) => `created it in ${STATUS_LABEL[status]}`,
  promoted: () => "made it ready: it waits for nothing any more",
  claimed: ({ claimer }) => `claimed it as ${claimer}`,
  completed: ({ summary }) => (summary ? `completed it: ${summary}` : "completed it"),
  review_requested: ({ summary }) => (summary ? `asked for review: ${summary}` : "asked for review"),
  changes_requested: ({ reason }) => `asked for changes: ${reason}`,
  approved: () => "approved it",
  blocked: ({ reason }) => (reason ? `blocked it: ${reason}` : "blocked it"),
  asked_again: ({ reason, times }) => `asked the same ${times} times, so a person must answer: ${reason}`,
  unblocked: ({ status }) => `unblocked it, now ${STATUS_LABEL[status]}`,
  archived: ({ from }) => `archived it from ${STATUS_LABEL[from]}`,
  restored: ({ status }) => `restored it, now ${STATUS_LABEL[status]}`,
  undone: ({ from, status }) => `undid the move to ${STATUS_LABEL[from]}, back in ${STATUS_LABEL[status]}`,
  reopened: ({ from, status }) => `reopened it from ${STATUS_LABEL[from]}, now ${STATUS_LABEL[status]}`,
  assigned: ({ assignee }) => (assignee ? `assigned it to ${assignee}` : "unassigned it"),
  edited: ({ fields }) => `edited the ${fields.map(fieldWord).join(", ")}`,
  reprioritized: ({ priority }) => `set the priority to ${priorityLabel(priority).toLowerCase()}`,
  status: ({ from, status }) => `moved it from ${STATUS_LABEL[from]} to ${STATUS_LABEL[status]}`,
  linked: ({ parent, child }) => `linked ${parent} before ${child}`,
  unlinked: ({ parent, child }) => `unlinked ${parent} from ${child}`,
  commented: ({ author }, actor) => (author === actor ? "commented" : `commented as ${author}`),
  mentioned: ({ person, author }, actor) =>
    author === actor ? `mentioned ${person}` : `mentioned ${person} in a text of ${author}`,
  scheduled: ({ not_before }) =>
    not_before === null ? "removed its start date" : `scheduled it for ${stamp(not_before)} UTC`,
  spawned: ({ pid }) => `started worker ${pid}`,
  adopted: ({ pid }) => `adopted worker ${pid}`,
  heartbeat: ({ note }) => (note ? `reports progress: ${note}` : "reports progress"),
  stopped: ({ reason }) => (reason ? `stopped its worker: ${reason}` : "stopped its worker"),
  reclaimed: ({ reason }) => `reclaimed it: ${reason}`,
  crashed: ({ error }) => `found its worker crashed: ${error}`,
  abandoned: ({ last_words }) =>
    `found its worker gone without completing or blocking${last_words ? `: ${last_words}` : ""}`,
  rate_limited: ({ until }) => `postponed it until ${stamp(until)} UTC: rate limited`,
  unavailable: ({ kind, key, error }) => `put it back: ${kind} ${key} cannot be used: ${error}`,
  held: ({ kind, key, reason, until }) =>
    `holds work for ${kind} ${key}${until === null ? "" : ` until ${stamp(until)} UTC`}: ${reason}`,
  released: ({ kind, key }) => `starts work for ${kind} ${key} again`,
  timed_out: ({ elapsed_seconds, limit_seconds, silent }) =>
    `ended it after ${span(elapsed_seconds)}${silent ? " without a sign of life" : ""}, the limit is ${span(limit_seconds)}`,
  spawn_failed: ({ error }) => `could not start it: ${error}`,
  stranded: ({ assignee, meant }) =>
    `found no profile named "${assignee}"${meant === null ? "" : `; did you mean "${meant}"?`}`,
  gave_up: ({ error, failures }) => `gave up after ${failures} failures: ${error}`,
};
