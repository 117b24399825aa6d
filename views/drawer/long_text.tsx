/** @jsxImportSource hono/jsx */
/**
 * A text of which there may be only the beginning, with a button that is replaced by the whole.
 *
 * @module
 */
import { Markdown } from "../parts/markdown.tsx";

interface LongTextProps {
  /** The task. */
  id: string;
  /** The name under which the whole is read. */
  field: string;
  text: string;
  markdown: boolean;
  /** The fields that are not whole. */
  cut: ReadonlySet<string>;
}

export function LongText({ id, field, text, markdown, cut }: LongTextProps) {
  if (!cut.has(field)) return <Markdown text={text} plain={!markdown} />;
  return (
    <div>
      <Markdown text={text} plain={!markdown} />
      <button
        class="btn ghost"
        type="button"
        hx-get={`/t/${id}/text?field=${encodeURIComponent(field)}`}
        hx-target="closest div"
        hx-swap="outerHTML"
      >
        Show all
      </button>
    </div>
  );
}
