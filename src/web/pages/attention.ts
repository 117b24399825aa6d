/**
 * What a tab asks for that is not looked at: how many things need a person, and which tasks need the one signed in.
 *
 * @module
 */
import type { Hono } from "hono";
import { GROUPS } from "../../../views/pages/need_pane.tsx";
import type { NeedView } from "../../../views/pages/needs.tsx";
import { plainText } from "../../../views/parts/plain_text.ts";
import { standingOf } from "../../kernel/mod.ts";
import { type Env, snapshot, type Web } from "../context.ts";
import { needsView } from "./need_list.ts";
import { navCounts } from "./page_shell.ts";
import { queueOf } from "./queue.ts";

/** A notification shows about as much. */
const TEXT_MAX = 160;

/** Puts it on the router. */
export function mountAttention(app: Hono<Env>, web: Web): void {
  app.get("/attention", async (c) => {
    const me = c.get("caller").name;
    const { nav, needs } = await snapshot(web, (board) => {
      const queue = queueOf(web, board);
      // What is another person's is that person's to answer.
      const isMine = ({ task: { assignee } }: NeedView) =>
        assignee === null || assignee === me || standingOf(board, assignee, queue) !== "person";
      const { needs: all } = needsView(web, board, { id: null, opened: false }, me);
      return { nav: navCounts(web, board, me), needs: all.filter(isMine) };
    });
    const tasks = needs.map(({ kind, task, text, since }) => ({
      id: task.id,
      // Another one when the same task waits again.
      key: `${task.id} ${since}`,
      title: `${GROUPS.find((group) => group.kind === kind)!.one}: ${task.title}`,
      text: plainText(text ?? "").slice(0, TEXT_MAX),
    }));
    return c.json({ needs: nav.needs, tasks });
  });
}
