/** @jsxImportSource hono/jsx */
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { tags } from "../../src/testing/views.ts";
import { Markdown, markdownHtml } from "./markdown.tsx";

const hrefs = async (source: string) =>
  (await tags(markdownHtml(source))).filter((tag) => tag.name === "a").map((tag) => tag.attributes["href"]);

describe("links", () => {
  test.each(["https://a.b/c?d=1&e=2", "http://a.b", "mailto:a@b.c", "HTTPS://a.b"])(
    "keeps %s, in a new tab",
    async (address) => {
      const [link] = await tags(markdownHtml(`[x](${address})`)).then((all) => all.filter((tag) => tag.name === "a"));
      expect(link!.attributes).toMatchObject({ target: "_blank", rel: "noopener noreferrer" });
      expect(link!.attributes["href"]!.replaceAll("&amp;", "&")).toBe(address);
    },
  );
  test.each([
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    " javascript:alert(1)",
    "&#106;avascript:alert(1)",
    "&#x6A;avascript&colon;alert(1)",
    "java\tscript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "vbscript:x",
    "file:///etc/passwd",
    "//evil.example",
    "/t/t_00000000",
  ])("shows %s as its text only", async (address) => {
    expect(await hrefs(`[x](${address}) [y](<${address}>) [z][r]\n\n[r]: ${address}`)).toEqual([]);
  });
  test("a quote in an address stays in its attribute", async () => {
    const [link] = (await tags(markdownHtml('[b](https://x.y/"onmouseover="a)'))).filter((tag) => tag.name === "a");
    expect(Object.keys(link!.attributes).sort()).toEqual(["href", "rel", "target"]);
  });
});

test("raw HTML is text", () => {
  const made = markdownHtml(
    "<script>alert(1)</script>\n\na <img src=x onerror=alert(1)> b\n\n<hx-partial hx-target=body>x</hx-partial>",
  );
  expect(made).not.toMatch(/<(script|img|hx-)/);
  expect(made).toContain("&lt;script&gt;");
});

test("pictures are their alt text", () => {
  expect(markdownHtml("![a <b>](https://x.y/z.png)")).toBe("<p>a &lt;b&gt;</p>");
});

test("headings start below those of the page and skip no level", () => {
  expect(markdownHtml("### a\n\n# b\n\n###### c").match(/<h\d/g)).toEqual(["<h4", "<h4", "<h5"]);
});

test("code, lists, tables and tasks come through", () => {
  const made = markdownHtml("`a<b`\n\n- [x] done\n\n| h |\n|-|\n| c |\n\n```\n<i>\n```");
  expect(made).toContain("<code>a&lt;b</code>");
  expect(made).toContain(">☑</span> done");
  expect(made).toContain("<th>h</th>");
  expect(made).toContain("&lt;i&gt;\n</code></pre>");
});

const ATTRIBUTES = ["href", "target", "rel", "tabindex", "class", "role", "aria-label"];

test("no source makes an element or attribute outside the list", async () => {
  const allowed = new Set(
    "p h4 h5 h6 strong em del code pre blockquote ul ol li span hr a table thead tbody tr th td".split(" "),
  );
  const word = fc.constantFrom(
    "[",
    "](",
    ")",
    "<",
    ">",
    "javascript:",
    "https://a",
    '"',
    "onload=",
    "`",
    "*",
    "#",
    "\n",
    "- ",
    "[x] ",
    "t_1a2b3c4d",
    "![",
    "&#106;",
    "|",
    "\0",
    "x",
  );
  await fc.assert(
    fc.asyncProperty(fc.array(word, { maxLength: 30 }), async (words) => {
      for (const { name, attributes } of await tags(markdownHtml(words.join("")))) {
        expect(allowed.has(name)).toBe(true);
        expect(Object.keys(attributes).every((key) => ATTRIBUTES.includes(key))).toBe(true);
        if (attributes["href"]) expect(attributes["href"]).toMatch(/^(https?:\/\/|mailto:|\/t\/t_[0-9a-f]{8}$)/i);
      }
    }),
    { numRuns: 200 },
  );
});

test("is inside hx-ignore; plain text is escaped as written", () => {
  expect(String(<Markdown text="**a**" />)).toContain('<div class="prose" hx-ignore');
  expect(String(<Markdown text="**a** <b>" plain />)).toContain("**a** &lt;b&gt;");
});

test("a huge body is not parsed", () => {
  expect(String(<Markdown text={"**a** ".repeat(60_000)} />)).toContain("prose plain");
});

describe("ids of tasks", () => {
  const link = '<a class="ref" href="/t/t_1a2b3c4d">t_1a2b3c4d</a>';
  test.each([
    ["in a sentence", "see t_1a2b3c4d.", `<p>see ${link}.</p>`],
    ["in code", "see `t_1a2b3c4d`", `<p>see <code>${link}</code></p>`],
    ["strong", "**t_1a2b3c4d**", `<p><strong>${link}</strong></p>`],
  ])("%s are links to the task", (_, source, markup) => {
    expect(markdownHtml(source)).toBe(markup);
  });
  test("in a text that is shown as written, too", () => {
    expect(String(<Markdown text="<b> t_1a2b3c4d" plain />)).toBe(
      `<div class="prose plain" hx-ignore="true">&lt;b&gt; ${link}</div>`,
    );
  });
  test.each(["xt_1a2b3c4d", "t_1a2b3c4de", "t_1a2b", "t_1A2B3C4D"])("%s is none", async (text) => {
    expect(await hrefs(text)).toEqual([]);
  });
  test("are no links of their own inside links and blocks of code", async () => {
    expect(await hrefs("[t_1a2b3c4d](https://a.b) https://a.b/t_1a2b3c4d\n\n```\nt_1a2b3c4d\n```")).toEqual([
      "https://a.b",
      "https://a.b/t_1a2b3c4d",
    ]);
  });
});

test("a task list shows boxes instead of bullets, said as words", () => {
  const made = markdownHtml("- [ ] write\n- [x] read\n- plain");
  expect(made).toBe(
    '<ul><li class="check"><span role="img" aria-label="to do">☐</span> write</li>' +
      '<li class="check"><span role="img" aria-label="done">☑</span> read</li><li>plain</li></ul>',
  );
  expect(markdownHtml("- [ ] one\n\n- [ ] two")).toContain('<li class="check"><p><span role="img"');
});
