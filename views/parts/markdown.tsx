/** @jsxImportSource hono/jsx */
/**
 * Markdown of people and agents as safe HTML.
 *
 * Nothing from the source reaches the page unescaped: text is escaped, raw HTML is text, pictures are their alt text,
 * and a link survives only with a scheme of the allow-list. The result is inside `hx-ignore`, so that no attribute in
 * it can become behaviour.
 *
 * @module
 */

import { withMentions } from "./mentions.ts";

type Callbacks = NonNullable<Parameters<typeof Bun.markdown.render>[1]>;

/** A link may lead here and nowhere else; everything else is shown as its text. */
const LINK = /^(?:https?:\/\/|mailto:)/i;
/** Beyond this a body is shown as plain text: parsing must never stall a page. */
const PARSE_MAX = 200_000;

/** The body of a task, a comment, a summary or a result. With `plain` it is shown as written. */
export function Markdown({ text, plain }: { text: string; plain?: boolean }) {
  if (plain || text.length > PARSE_MAX) {
    return (
      <div
        class="prose plain"
        hx-ignore
        dangerouslySetInnerHTML={{ __html: withMentions(withTaskLinks(escape(text))) }}
      />
    );
  }
  return <div class="prose" hx-ignore dangerouslySetInnerHTML={{ __html: markdownHtml(text) }} />;
}

/** Escaped HTML of a Markdown source. */
export function markdownHtml(source: string): string {
  // Headings start below the h3 of their section and never skip a level, for any input.
  let depth = 3;
  const heading = (inner: string, level: number) => {
    depth = Math.min(6, level + 3, depth + 1);
    return `<h${depth}>${inner}</h${depth}>`;
  };
  const callbacks: Callbacks = {
    text: (text) => escape(text),
    paragraph: (inner) => `<p>${inner}</p>`,
    heading: (inner, { level }) => heading(inner, level),
    strong: (inner) => `<strong>${inner}</strong>`,
    emphasis: (inner) => `<em>${inner}</em>`,
    strikethrough: (inner) => `<del>${inner}</del>`,
    codespan: (inner) => `<code>${inner}</code>`,
    code: (inner) => `<pre tabindex="0"><code>${inner}</code></pre>`,
    blockquote: (inner) => `<blockquote>${inner}</blockquote>`,
    list: (inner, { ordered }) => (ordered ? `<ol>${inner}</ol>` : `<ul>${inner}</ul>`),
    listItem: (inner, { checked }) => (checked === undefined ? `<li>${inner}</li>` : checkItem(inner, checked)),
    hr: () => "<hr>",
    link: (inner, { href }) => link(inner, href),
    image: (inner) => inner,
    table: (inner) => `<table>${inner}</table>`,
    thead: (inner) => `<thead>${inner}</thead>`,
    tbody: (inner) => `<tbody>${inner}</tbody>`,
    tr: (inner) => `<tr>${inner}</tr>`,
    th: (inner) => `<th>${inner}</th>`,
    td: (inner) => `<td>${inner}</td>`,
  };
  const html = Bun.markdown.render(source, callbacks, { noHtmlBlocks: true, autolinks: { url: true } });
  return withMentions(withTaskLinks(html));
}

/** An item of a task list: the box takes the place of the bullet, and a loose item has it in its paragraph. */
function checkItem(inner: string, checked: boolean): string {
  const box = `<span role="img" aria-label="${checked ? "done" : "to do"}">${checked ? "☑" : "☐"}</span> `;
  const paragraph = inner.startsWith("<p>") ? "<p>" : "";
  return `<li class="check">${paragraph}${box}${inner.slice(paragraph.length)}</li>`;
}

/** Ids of tasks in this markup, which is escaped, as links; not inside links and blocks of code. */
function withTaskLinks(markup: string): string {
  let inside = 0;
  return markup.replace(/<(\/?)(?:a|pre)\b[^>]*>|<[^>]*>|\bt_[0-9a-f]{8}\b/g, (found, closing?: string) => {
    if (closing !== undefined) inside += closing === "" ? 1 : -1;
    if (found.startsWith("<") || inside > 0) return found;
    return `<a class="ref" href="/t/${found}">${found}</a>`;
  });
}

function link(inner: string, href: string): string {
  if (!LINK.test(href)) return inner;
  return `<a href="${escape(href)}" target="_blank" rel="noopener noreferrer">${inner}</a>`;
}

/** `Bun.escapeHTML`, without NUL, which no browser shows and some drop. */
function escape(text: string): string {
  return Bun.escapeHTML(text.replaceAll("\0", "\ufffd"));
}
