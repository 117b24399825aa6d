/** @jsxImportSource hono/jsx */
/**
 * The board page in pieces: the texts of its columns, and the page around them, which is kept as well.
 *
 * What is around the columns is half of a page's work and changes less than they do. It is written with
 * seams in the places of the columns, of the newest event and of the server's clock, and cut there.
 *
 * @module
 */
import { type BoardPageProps, BoardPage } from "../../../views/pages/board.tsx";
import { daemonWords } from "../../../views/shell/daemon.tsx";
import { type Html, markup } from "../../../views/parts/html.ts";
import { document } from "../../../views/shell/document.tsx";
import type { Web } from "../context.ts";

/** No text of a task has it in it: what others wrote is escaped. */
const SEAM = "<!--seam-->";
/** Frames kept: as many filters as some people have open, at fifty kilobytes each. */
const KEPT_MAX = 16;
const kept = new WeakMap<Web, Map<string, readonly Html[]>>();

/** The page as pieces to be joined. Every column has its text. */
export function boardPieces(web: Web, page: BoardPageProps): Html[] {
  const frame = page.drawer ? frameOf(page) : keptFrame(web, page);
  const { since, daemon } = page.shell;
  const filling = [
    ...[since, daemon.now].map((n) => markup(String(n))),
    ...page.board.columns.map(({ text }) => text!),
  ];
  return frame.flatMap((piece, i) => (i < filling.length ? [piece, filling[i]!] : [piece]));
}

function keptFrame(web: Web, page: BoardPageProps): readonly Html[] {
  const { shell, board, path } = page;
  const { now: _now, oldest_ready_seconds: _oldest, ...daemon } = shell.daemon;
  const columns = board.columns.map(({ name, total, next, cards }) => [name, total, next, cards.length === 0]);
  const around = { ...shell, since: 0, daemon, words: daemonWords(shell.daemon) };
  const key = JSON.stringify([
    path,
    around,
    board.filter,
    board.lanes,
    board.dismissed,
    board.rails,
    board.start,
    columns,
  ]);
  let frames = kept.get(web);
  if (frames === undefined) kept.set(web, (frames = new Map()));
  let found = frames.get(key);
  frames.delete(key); // A view in use stays among the newest.
  frames.set(key, (found ??= frameOf(page)));
  if (frames.size > KEPT_MAX) frames.delete(frames.keys().next().value!);
  return found;
}

function frameOf(page: BoardPageProps): readonly Html[] {
  const columns = page.board.columns.map((column) => ({ ...column, text: markup(SEAM) }));
  const { since, daemon } = page.shell;
  let text = document(<BoardPage {...page} board={{ ...page.board, columns }} />);
  // In their order in the tag of the body, before anything that others wrote.
  for (const [name, value] of [
    ["since", since],
    ["now", daemon.now],
  ] as const)
    text = text.replace(` data-${name}="${value}"`, ` data-${name}="${SEAM}"`);
  return text.split(SEAM).map(markup);
}
