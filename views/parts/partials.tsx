/** @jsxImportSource hono/jsx */
/**
 * What answers and the stream are made of: `<hx-partial>`s, each with its target and its swap.
 *
 * Any number of them go into one answer or one message. A target that is not on the page is ignored,
 * so the sender need not know the viewer's page. Cards are put in place by the swap style `place` of
 * `static/card_order.js`, which finds their position, keeps focus and is harmless when repeated.
 *
 * @module
 */
import type { Status } from "../../src/kernel/mod.ts";
import { CardItem, type CardView } from "../card/card.tsx";
import { RowItem } from "../card/row.tsx";
import { DaemonCard, type DaemonView } from "../shell/daemon.tsx";
import { Notices } from "../shell/notices.tsx";
import { Drawer, type DrawerParts, type DrawerView } from "../drawer/drawer.tsx";
import { markup } from "./html.ts";
import type { NavCounts } from "../shell/layout.tsx";
import { grouped } from "./icons.tsx";
import { strip } from "../card/run_strip.ts";
import { Toast, type ToastView } from "../shell/toast.tsx";

/** A card came into this view, moved in it, or changed; on the list it is a row. */
export function CardIn({ view, row = false }: { view: CardView; row?: boolean | undefined }) {
  return (
    <hx-partial hx-target={`#list-${view.card.status}`} hx-swap="place">
      {row ? <RowItem view={view} /> : <CardItem view={view} />}
    </hx-partial>
  );
}

/** A card is no longer in this view. */
export function CardOut({ id }: { id: string }) {
  return <hx-partial hx-target={`#card-${id}`} hx-swap="delete" />;
}

/** Totals of columns in this view. */
export function Counts({ counts }: { counts: Partial<Record<Status, number>> }) {
  return (
    <>
      {Object.entries(counts).map(([status, total]) => (
        <hx-partial hx-target={`[data-n=${status}]`} hx-swap="textContent">
          {grouped(total)}
        </hx-partial>
      ))}
    </>
  );
}

/** The counts of the side bar and the dock; zero is shown as empty. */
export function Nav({ nav }: { nav: NavCounts }) {
  return (
    <>
      {Object.entries(nav).map(([name, value]) => (
        <hx-partial hx-target={`[data-nav=${name}]`} hx-swap="textContent">
          {name === "needs" && value === 0 ? "" : grouped(value)}
        </hx-partial>
      ))}
    </>
  );
}

/** A running card's worker moved on. */
export function StripUpdate({ view }: { view: CardView }) {
  return (
    <hx-partial hx-target={`#run-${view.card.id}`} hx-swap="outerMorph">
      {strip(view)}
    </hx-partial>
  );
}

export function DaemonUpdate({ daemon }: { daemon: DaemonView }) {
  return (
    <>
      <hx-partial hx-target="#daemon" hx-swap="outerMorph">
        <DaemonCard view={daemon} />
      </hx-partial>
      <hx-partial hx-target="#banner" hx-swap="outerMorph">
        <Notices notices={daemon.notices} />
      </hx-partial>
    </>
  );
}

/** The open drawer follows its task; pass `log: null`. */
export function DrawerUpdate({ view, parts }: { view: DrawerView; parts?: DrawerParts }) {
  return (
    <hx-partial hx-target={`#drawer-${view.page.task.id}`} hx-swap="outerMorph">
      <Drawer view={view} parts={parts} />
    </hx-partial>
  );
}

/** One part of the open drawer of a task. */
export function DrawerPart({ id, part, html }: { id: string; part: string; html: string }) {
  return (
    <hx-partial hx-target={`#drawer-${id} #${part}`} hx-swap="outerMorph">
      {markup(html)}
    </hx-partial>
  );
}

function ToastIn({ toast }: { toast: ToastView }) {
  return (
    <hx-partial hx-target="#toasts" hx-swap="beforeend">
      <Toast toast={toast} />
    </hx-partial>
  );
}

/** One line for the live region. */
export function Say({ text }: { text: string }) {
  return (
    <hx-partial hx-target="#say" hx-swap="textContent">
      {text}
    </hx-partial>
  );
}

/** A task no longer needs a person. */
export function NeedOut({ id }: { id: string }) {
  return <hx-partial hx-target={`#need-${id}`} hx-swap="delete" />;
}

/** What every successful post answers. */
export interface Change {
  card?: CardView | null;
  /** The page is a list: the card is a row. */
  row?: boolean;
  /** The card left the view. */
  out?: string | null;
  /** The task no longer needs anybody. */
  settled?: string | null;
  counts?: Partial<Record<Status, number>>;
  nav?: NavCounts;
  drawer?: DrawerView | null;
  daemon?: DaemonView | null;
  toast: ToastView;
}

/** The answer to a post that changed something, as text. */
export function changed({ card, row, out, settled, counts, nav, drawer, daemon, toast }: Change): string {
  return String(
    <>
      {card && <CardIn view={card} row={row} />}
      {out && <CardOut id={out} />}
      {settled && <NeedOut id={settled} />}
      {counts && <Counts counts={counts} />}
      {nav && <Nav nav={nav} />}
      {drawer && <DrawerUpdate view={drawer} />}
      {daemon && <DaemonUpdate daemon={daemon} />}
      <ToastIn toast={toast} />
      <Say text={toast.text} />
    </>,
  );
}

/** What a refused post answers. */
export interface Refusal {
  message: string;
  hint?: string | null;
  /** The card as it really is: rolls an optimistic move back. */
  card?: CardView | null;
  row?: boolean;
  drawer?: DrawerView | null;
  /** The form it came from (`create`, `quick-ready`, `edit-title`, `complete`, `link`): its error line says it too. */
  form?: string | null;
  /** Both sides of two changes of one field, as a partial: a dialog shows them instead of a toast. */
  conflict?: string;
}

/** The answer to a refused post, as text; its status carries the code. */
export function refused({ message, hint, card, row, drawer, form, conflict }: Refusal): string {
  return String(
    <>
      {card && <CardIn view={card} row={row} />}
      {drawer && <DrawerUpdate view={drawer} />}
      {conflict !== undefined && markup(conflict)}
      {form ? (
        <hx-partial hx-target={`#error-${form}`} hx-swap="textContent">
          {message}
        </hx-partial>
      ) : (
        conflict === undefined && <ToastIn toast={{ text: message, tone: "error", hint: hint ?? null }} />
      )}
      <Say text={message} />
    </>,
  );
}

/** The answer to a bulk action: how many went through, and each that did not by name. */
export function BulkDone({
  done,
  what,
  failed,
  refusedAs = "refused",
  undo,
  redo,
}: {
  done: number;
  what: string;
  failed: { id: string; error: string }[];
  refusedAs?: string;
  undo?: number | null;
  redo?: number | null;
}) {
  const text = failed.length === 0 ? `${done} ${what}` : `${done || "None"} ${what}, ${failed.length} ${refusedAs}`;
  const hint =
    failed.length === 0
      ? null
      : failed
          .slice(0, 8)
          .map(({ id, error }) => (error.includes(id) ? error : `${id}: ${error}`))
          .join("\n");
  return (
    <>
      <ToastIn toast={{ text, tone: failed.length === 0 ? "ok" : "error", hint, undo, redo }} />
      <Say text={text} />
    </>
  );
}
