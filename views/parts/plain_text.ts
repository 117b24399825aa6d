/**
 * Markdown as plain words, for a line or a card: without its signs, its lines joined.
 *
 * @module
 */

/** A line shows no more than this of a text; the rest is not read. */
const READ_MAX = 2_000;

/** The words of a Markdown text in one line, of a long one those of its beginning. */
export function plainText(source: string): string {
  const beginning = source.length > READ_MAX ? source.slice(0, READ_MAX) : source;
  const words = Bun.markdown.render(
    beginning,
    {
      text: (text) => text,
      paragraph: (inner) => `${inner}\n`,
      heading: (inner) => `${inner}\n`,
      strong: (inner) => inner,
      emphasis: (inner) => inner,
      strikethrough: (inner) => inner,
      codespan: (inner) => inner,
      code: (inner) => `${inner}\n`,
      blockquote: (inner) => inner,
      list: (inner) => inner,
      listItem: (inner, { checked }) => `${checked === undefined ? "•" : checked ? "☑" : "☐"} ${inner}\n`,
      hr: () => "\n",
      link: (inner) => inner,
      image: (inner) => inner,
      table: (inner) => inner,
      thead: (inner) => inner,
      tbody: (inner) => inner,
      tr: (inner) => `${inner}\n`,
      th: (inner) => `${inner} `,
      td: (inner) => `${inner} `,
    },
    { noHtmlBlocks: true, autolinks: { url: true } },
  );
  return words.replaceAll("\0", "\ufffd").replace(/\s+/g, " ").trim();
}
