/** @jsxImportSource hono/jsx */
/**
 * What changed between two texts, in one text: what was taken out is struck through, what was put in is underlined,
 * so that neither is marked by its colour alone.
 *
 * @module
 */
import type { DiffPiece } from "../../src/kernel/mod.ts";

/** Characters of unchanged text that are shown on each side of a change, where not all of it is. */
const CONTEXT = 120;

/** @param whole Show all of the unchanged text, too. */
export function Diff({ pieces, whole }: { pieces: readonly DiffPiece[]; whole?: boolean }) {
  return (
    <div class="diff" hx-ignore>
      {pieces.map(({ kind, text }, at) => {
        if (kind === "removed") return <del>{text}</del>;
        if (kind === "added") return <ins>{text}</ins>;
        return whole ? text : nearby(text, { first: at === 0, last: at === pieces.length - 1 });
      })}
    </div>
  );
}

/** What is near to a change of an unchanged text. */
function nearby(text: string, { first, last }: { first: boolean; last: boolean }): string {
  const [before, after] = [first ? 0 : CONTEXT, last ? 0 : CONTEXT];
  if (text.length <= before + after + 40) return text;
  return `${text.slice(0, before).toWellFormed()} … ${after === 0 ? "" : text.slice(-after).toWellFormed()}`;
}
