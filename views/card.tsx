/** @jsxImportSource hono/jsx */
/**
 * One task as a card: the same markup in the page, in an update of the stream and in an answer.
 *
 * A card is rendered once per event and shared by all viewers, so nothing in it depends on who looks:
 * filters, selection, open menus and lanes belong to the page around it. The whole card is one link;
 * what else can be pressed lies above it.
 *
 * @module
 */
import type { Card } from "../src/kernel/mod.ts";
import { guarded } from "./guard.tsx";
import { Avatar, Icon, PriorityMark, Ring, StatusMark, Tag } from "./marks.tsx";
import { When, span, stamp } from "./time.tsx";

export interface CardView {
  card: Card;
  now: number;
  /** When it came to its status; null: as far as the row tells. */
  since: number | null;
  /** How long it has been where it is, against the tiers of its status. */
  stale: "fresh" | "amber" | "red";
  /** One line of trouble: no profile of that name, a retry to come, a start date. */
  note: string | null;
  /** Running: the last line its worker printed. */
  tail: string | null;
}

/** The list item of a card: its place in the column (`data-a`, `data-b`) and the guarded card itself. */
export function CardItem({ view }: { view: CardView }) {
  const { card } = view;
  const [a, b] = place(card);
  const html = guarded("task", card.id, () => <CardBody view={view} />);
  return (
    <li
      id={`card-${card.id}`}
      class="item"
      data-id={card.id}
      data-status={card.status}
      data-a={a}
      data-b={b}
      data-lane={card.status === "running" ? (card.assignee ?? card.claimer ?? "") : undefined}
      dangerouslySetInnerHTML={{ __html: html }}
    />
  );
}

/** Ascending sort key inside a column, the same order as the kernel's pages. */
export function place(card: Card): [number, number] {
  if (card.status === "done" || card.status === "archived") return [-(card.completed_at ?? card.created_at), 0];
  if (card.status === "running") return [card.run_started_at ?? card.created_at, 0];
  return [-card.priority, card.status === "ready" ? (card.ready_at ?? card.created_at) : card.created_at];
}

function CardBody({ view }: { view: CardView }) {
  const { card, stale } = view;
  return (
    <article class={`card ${stale}`}>
      <Top view={view} />
      <h3>
        <a href={`/t/${card.id}`} hx-get={`/t/${card.id}`} hx-target="#drawer" hx-push-url="true" data-open={card.id}>
          {card.title}
        </a>
      </h3>
      <Meta view={view} />
      {card.status === "running" && <Strip view={view} />}
      <Why card={card} />
      {card.status === "blocked" && <Answer id={card.id} />}
      {card.status === "review" && <Verdict id={card.id} />}
      <div class="acts">
        <button
          class="icon"
          type="button"
          data-do="menu"
          aria-haspopup="menu"
          aria-label={`Move ${card.id}`}
          title="Move  M"
        >
          <Icon name="move" small />
        </button>
        <button
          class="icon"
          type="button"
          data-do="actions"
          aria-haspopup="menu"
          aria-label={`Actions for ${card.id}`}
          title="Actions  ."
        >
          <Icon name="dots" small />
        </button>
      </div>
    </article>
  );
}

/** Priority, id, time in its state and who does it; over the glyph lies the checkbox. */
function Top({ view: { card, now, since } }: { view: CardView }) {
  return (
    <div class="top">
      <label class="pick" title="Select  X">
        <input type="checkbox" aria-label={`Select ${card.id}`} data-pick={card.id} />
      </label>
      <PriorityMark priority={card.priority} />
      <span class="id mono">{card.id}</span>
      <span class="grow" />
      {card.status !== "running" && (
        <span class="age">
          <When
            at={since ?? guess(card)}
            now={now}
            form="short"
            about={`created ${stamp(card.created_at)}, ${card.status} since`}
          />
        </span>
      )}
      {card.assignee && <Avatar name={card.assignee} />}
    </div>
  );
}

function Meta({ view: { card, note } }: { view: CardView }) {
  const { progress, waits_for, comment_count, attempts, age } = card;
  const took = card.status === "done" ? age.time_to_complete_seconds : null;
  return (
    <div class="meta">
      {card.tenant && <Tag name={card.tenant} />}
      {waits_for > 0 && (
        <span title="Parents that are not finished">
          <Icon name="link" small />
          waits for <span class="num">{waits_for}</span>
        </span>
      )}
      {card.held && <span title="A person parked it here">held</span>}
      {progress && (
        <span title="Children done">
          <Ring done={progress.done} total={progress.total} />
          <span class="num">
            {progress.done}/{progress.total}
          </span>
        </span>
      )}
      {comment_count > 0 && (
        <span title="Comments">
          <Icon name="chat" small />
          <span class="num">{comment_count}</span>
        </span>
      )}
      {card.link_counts.children > 0 && !progress && (
        <span title="Tasks that wait for this one">
          <Icon name="graph" small />
          <span class="num">{card.link_counts.children}</span>
        </span>
      )}
      {took !== null && <span class="num">{span(took)}</span>}
      {attempts > 1 && card.status !== "running" && (
        <span class={card.failures > 0 ? "late" : ""}>
          <Icon name="redo" small />
          <span class="num">{attempts}</span> tries
        </span>
      )}
      {note && (
        <span class="late note">
          <Icon name="warn" small />
          {note}
        </span>
      )}
    </div>
  );
}

/** What a person must know at a glance: the question, the failure, or the first line of the result. */
function Why({ card }: { card: Card }) {
  const text =
    card.status === "blocked" ? (card.question ?? card.last_error) : firstLine(card.latest_summary ?? card.result);
  if (!text || !["blocked", "review", "done"].includes(card.status)) return null;
  return <p class={`why c-${card.status}`}>{text}</p>;
}

function Answer({ id }: { id: string }) {
  return (
    <div class="reply">
      <details>
        <summary class="btn">Reply</summary>
        <form hx-post={`/t/${id}/unblock`} hx-swap="none" method="post" action={`/t/${id}/unblock`}>
          <input name="comment" required autocomplete="off" aria-label="Answer" placeholder="Answer, then it goes on" />
          <button class="btn primary">Send</button>
        </form>
      </details>
      <form hx-post={`/t/${id}/unblock`} hx-swap="none" method="post" action={`/t/${id}/unblock`}>
        <button class="btn ghost">Unblock</button>
      </form>
    </div>
  );
}

function Verdict({ id }: { id: string }) {
  return (
    <div class="reply">
      <form hx-post={`/t/${id}/approve`} hx-swap="none" method="post" action={`/t/${id}/approve`}>
        <button class="btn">
          <Icon name="check" small />
          Approve
        </button>
      </form>
      <details>
        <summary class="btn ghost">Request changes</summary>
        <form hx-post={`/t/${id}/request-changes`} hx-swap="none" method="post" action={`/t/${id}/request-changes`}>
          <input
            name="reason"
            required
            autocomplete="off"
            aria-label="What should change"
            placeholder="What should change"
          />
          <button class="btn primary">Send</button>
        </form>
      </details>
    </div>
  );
}

/** The live part of a running card; the stream replaces only this when the worker's output or heartbeat moves on. */
export function Strip({ view: { card, now, tail } }: { view: CardView }) {
  const left = leaseShare(card, now);
  return (
    <div class={`run ${left !== null && left < 25 ? "c-ready" : "c-running"}`} id={`run-${card.id}`}>
      <div class="row">
        <span class="dot beat" />
        <b>
          <When at={card.run_started_at ?? card.started_at ?? now} now={now} form="clock" about="started" />
        </b>
        {card.attempts > 0 && (
          <span class="ell try">
            <span class="wide">attempt </span>
            {card.attempts}
          </span>
        )}
        <span class="grow" />
        {card.last_heartbeat_at !== null && (
          <When at={card.last_heartbeat_at} now={now} form="ago" about="last heartbeat" />
        )}
      </div>
      <div class="tail ell">
        {tail ?? (card.worker_pid === null ? `claimed by ${card.claimer ?? "a person"}` : "no output yet")}
      </div>
      {left !== null && <Lease card={card} left={left} />}
    </div>
  );
}

function Lease({ card, left }: { card: Card; left: number }) {
  return (
    <svg
      class="lease"
      viewBox="0 0 100 2"
      preserveAspectRatio="none"
      role="img"
      aria-label={`lease ${Math.round(left)} % left`}
      data-until={card.claim_expires_at}
      data-total={leaseTotal(card)}
    >
      <rect width="100" height="2" rx="1" class="rest" />
      <rect width={left.toFixed(1)} height="2" rx="1" />
    </svg>
  );
}

/** Per cent of the lease that is left, or null without one. */
function leaseShare(card: Card, now: number): number | null {
  if (card.claim_expires_at === null) return null;
  return Math.max(0, Math.min(100, ((card.claim_expires_at - now) / leaseTotal(card)) * 100));
}

/** The dispatcher renews a worker's lease without a heartbeat, so its length is the standing 900 s. */
function leaseTotal(card: Card): number {
  const given = (card.claim_expires_at ?? 0) - (card.last_heartbeat_at ?? card.run_started_at ?? card.created_at);
  return card.worker_pid === null ? Math.max(given, 1) : 900_000;
}

/** Since when the card is where it is, as far as the row tells. */
function guess(card: Card): number {
  if (card.status === "done" || card.status === "archived") return card.completed_at ?? card.created_at;
  if (card.status === "ready") return card.ready_at ?? card.created_at;
  return card.created_at;
}

function firstLine(text: string | null): string | null {
  return text?.split("\n", 1)[0]?.slice(0, 400) ?? null;
}

/** The heading of a lane in Running. */
export function LaneHead({ name, count }: { name: string; count: number }) {
  return (
    <li class="lane" data-lane-head={name}>
      {name ? <Avatar name={name} beside /> : <StatusMark status="running" />}
      {name || "nobody"}
      <span class="num">{count}</span>
    </li>
  );
}
