/** @jsxImportSource hono/jsx */
/**
 * What the tabs with an open drawer receive about its task: the parts that changed, not the whole.
 *
 * A drawer holds up to a hundred kilobytes, and the task of 5,000 children changes with each of them. A tab
 * is sent the whole once; from then on it is known what it shows. That is forgotten when the tab got the
 * drawer by another way (it asked for it, or its own form was answered): what it shows then may be newer.
 *
 * The chip of a parent or child is a part by itself. A tab may also show chips beyond the first twenty, which
 * it fetched; those of tasks that changed are sent with the rest, and a tab without them ignores them.
 *
 * @module
 */
import { chipParts, relativeParts } from "../../../views/drawer/deps.tsx";
import { type DrawerParts, drawerParts, type DrawerView } from "../../../views/drawer/drawer.tsx";
import { DrawerPart, DrawerUpdate } from "../../../views/parts/partials.tsx";
import { type Board, relativesAmong } from "../../kernel/mod.ts";
import type { Web } from "../context.ts";
import { encode } from "./sse.ts";
import { updateView } from "../pages/task.ts";

/** What a tab was sent: two of the same text look the same. */
export interface DrawerState {
  status: string;
  parts: DrawerParts;
  /** The parts of the dependencies, of which the section in `parts` has only the frame. */
  relatives: DrawerParts;
}

/** Chips beyond the first ones that are sent at most; with more changes at once the whole drawer is sent. */
const CHIPS_MAX = 100;

export class OpenDrawers {
  readonly #latest = new Map<string, DrawerState>();

  /** The tabs that show this task are sent the whole drawer next time. */
  forget(id: string): void {
    this.#latest.delete(id);
  }

  /** Keeps what is known of these tasks only. */
  keep(ids: ReadonlySet<string>): void {
    for (const id of this.#latest.keys()) if (!ids.has(id)) this.#latest.delete(id);
  }

  /**
   * Reads the drawer again, after `touched` tasks changed. Returns what it is now, and the message for a tab that was
   * sent `shown` last; null: unchanged.
   */
  update(
    web: Web,
    board: Board,
    id: string,
    touched: Iterable<string> = [],
  ): { state: DrawerState; chunk(shown: DrawerState | null): Uint8Array | null } {
    const view = updateView(web, board, id);
    const parts = drawerParts(view);
    const relatives = relativeParts(view);
    const before = this.#latest.get(id) ?? null;
    const state = stateOf(view, parts, relatives);
    this.#latest.set(id, state);
    const far = before && farChips(board, view, touched, relatives);
    const changes = before && far && changedParts(before, state);
    let whole: Uint8Array | undefined;
    const part = changes && encodeParts(id, [...changes, ...far!.keys()], new Map([...parts, ...relatives, ...far!]));
    return {
      state,
      chunk: (shown) => {
        if (shown !== null && shown === before && changes !== null) return part;
        return (whole ??= encode({ data: String(<DrawerUpdate view={view} parts={parts} />) }));
      },
    };
  }
}

function stateOf(view: DrawerView, parts: DrawerParts, relatives: DrawerParts): DrawerState {
  let frame = parts.get("d-deps") ?? "";
  for (const html of relatives.values()) frame = frame.replace(html, () => "");
  // Without the chips it has to say which they are.
  const framed = new Map([...parts, ["d-deps", `${[...relatives.keys()].join()} ${frame}`]]);
  return { status: view.page.task.status, parts: withoutClock(framed), relatives };
}

/** The chips of touched relatives that are not among the first ones; null when they are too many. */
function farChips(
  board: Board,
  view: DrawerView,
  touched: Iterable<string>,
  near: DrawerParts,
): Map<string, string> | null {
  const { id } = view.page.task;
  const { parents, children } = relativesAmong(board, id, touched);
  if (parents.length + children.length > CHIPS_MAX) return null;
  const chips = [
    ...chipParts(id, "parent", parents, view.never_released),
    ...chipParts(id, "child", children, []),
  ].filter(([chip]) => !near.has(chip));
  return new Map(chips);
}

/** The parts that differ; null when the drawer is made of other parts, or its task came to another status. */
function changedParts(before: DrawerState, after: DrawerState): string[] | null {
  if (before.status !== after.status) return null;
  if ([...before.parts.keys()].join() !== [...after.parts.keys()].join()) return null;
  const changed = differing(before.parts, after.parts);
  return changed.includes("d-deps") ? changed : [...changed, ...differing(before.relatives, after.relatives)];
}

function differing(before: DrawerParts, after: DrawerParts): string[] {
  return [...after.keys()].filter((part) => before.get(part) !== after.get(part));
}

function encodeParts(id: string, changed: readonly string[], parts: DrawerParts): Uint8Array | null {
  if (changed.length === 0) return null;
  const html = changed.map((part) => String(<DrawerPart id={id} part={part} html={parts.get(part)!} />));
  return encode({ data: html.join("") });
}

/** The words of a `<time>` pass with time and tick in the browser: they are no change. */
function withoutClock(parts: DrawerParts): DrawerParts {
  return new Map([...parts].map(([id, html]) => [id, html.replace(/(<time [^>]*>)[^<]*/g, "$1")]));
}
