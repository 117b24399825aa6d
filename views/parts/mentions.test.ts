import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { markdownHtml } from "./markdown.tsx";
import { mentionedProfiles, setMentionable, withMentions } from "./mentions.ts";

beforeEach(() => setMentionable({ people: ["ann", "Bo Li", "R&D"], profiles: ["coder", "tester"] }));
afterEach(() => setMentionable({ people: [], profiles: [] }));

describe("withMentions()", () => {
  test.each([
    ["hi @ann!", '<p>hi <b class="mention">@ann</b>!</p>'],
    ["@bo li, @R&D", '<p><b class="mention">@bo li</b>, <b class="mention">@R&amp;D</b></p>'],
    ["*@coder*", '<p><em><b class="mention">@coder</b></em></p>'],
    ["`@ann` and ann@ann.example", "<p><code>@ann</code> and ann@ann.example</p>"],
    ["@anna @zoe", "<p>@anna @zoe</p>"],
  ])("%s", (source, html) => {
    expect(markdownHtml(source)).toBe(html);
  });

  test("leaves links and blocks of code alone", () => {
    const html = markdownHtml("[@ann](https://x.example/@ann)\n\n```\n@ann\n```");

    expect(html).not.toContain("mention");
  });

  test("without names changes nothing", () => {
    setMentionable({ people: [], profiles: [] });

    expect(withMentions("<p>@ann</p>")).toBe("<p>@ann</p>");
  });
});

test("mentionedProfiles() are those of the text outside of code, each once", () => {
  const html = markdownHtml("@coder and @CODER, not `@tester`, and @ann");

  expect(mentionedProfiles(html)).toEqual(["coder"]);
  expect(mentionedProfiles(markdownHtml("@te\u017fter"))).toEqual(["tester"]);
});
