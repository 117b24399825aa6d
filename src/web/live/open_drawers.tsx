/** @jsxImportSource hono/jsx */
/**
 * What the tabs with an open drawer receive about its task: the parts that changed, not the whole.
 *
 * A drawer holds up to a hundred kilobytes, and the task of 5,000 children changes with each of them. A tab
 * is sent the whole once; from then on it is known what it shows. That is forgotten when the tab got the
 * drawer by another way (it asked for it, or its own form was answered): what it shows then may be newer.
 *
 * @module
 */
import { type DrawerParts, drawerParts } from "../../../views/drawer/drawer.tsx";
import { DrawerPart, DrawerUpdate } from "../../../views/parts/partials.tsx";
import type { Board } from "../../kernel/mod.ts";
import type { Web } from "../context.ts";
import { encode } from "./sse.ts";
import { updateView } from "../pages/task.ts";

/** What a tab was sent: two of the same text look the same. */
export interface DrawerState {
  status: string;
  parts: DrawerParts;
}

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

  /** Reads the drawer again. Returns what it is now, and the message for a tab that was sent `shown` last; null: unchanged. */
  update(
    web: Web,
    board: Board,
    id: string,
  ): { state: DrawerState; chunk(shown: DrawerState | null): Uint8Array | null } {
    const view = updateView(web, board, id);
    const parts = drawerParts(view);
    const before = this.#latest.get(id) ?? null;
    const state: DrawerState = { status: view.page.task.status, parts: withoutClock(parts) };
    this.#latest.set(id, state);
    const changes = before && changedParts(before, state);
    let whole: Uint8Array | undefined;
    const part = changes && encodeParts(id, changes, parts);
    return {
      state,
      chunk: (shown) => {
        if (shown !== null && shown === before && changes !== null) return part;
        return (whole ??= encode({ data: String(<DrawerUpdate view={view} parts={parts} />) }));
      },
    };
  }
}

/** The parts that differ; null when the drawer is made of other parts, or its task came to another status. */
function changedParts(before: DrawerState, after: DrawerState): string[] | null {
  if (before.status !== after.status) return null;
  if ([...before.parts.keys()].join() !== [...after.parts.keys()].join()) return null;
  return [...after.parts.keys()].filter((part) => before.parts.get(part) !== after.parts.get(part));
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
