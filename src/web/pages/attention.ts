/**
 * What a tab asks for that is not looked at: how many things need a person, and which tasks.
 *
 * @module
 */
import type { Hono } from "hono";
import { GROUPS } from "../../../views/pages/need_pane.tsx";
import { plainText } from "../../../views/parts/plain_text.ts";
import { type Env, snapshot, type Web } from "../context.ts";
import { needsView } from "./need_list.ts";
import { navCounts } from "./page_shell.ts";

/** A notification shows about as much. */
const TEXT_MAX = 160;

/** Puts it on the router. */
export function mountAttention(app: Hono<Env>, web: Web): void {
  app.get("/attention", async (c) => {
    const { nav, view } = await snapshot(web, (board) => ({
      nav: navCounts(web, board),
      view: needsView(web, board, { id: null, opened: false }),
    }));
    const tasks = view.needs.map(({ kind, task, text, since }) => ({
      id: task.id,
      // Another one when the same task waits again.
      key: `${task.id} ${since}`,
      title: `${GROUPS.find((group) => group.kind === kind)!.one}: ${task.title}`,
      text: plainText(text ?? "").slice(0, TEXT_MAX),
    }));
    return c.json({ needs: nav.needs, tasks });
  });
}
