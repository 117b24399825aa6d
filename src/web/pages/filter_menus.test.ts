import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { addComment, createTask } from "../../kernel/mod.ts";
import { type TestWeb, testWeb } from "../../testing/web.ts";

let t: TestWeb;
beforeAll(async () => {
  t = await testWeb();
  for (const [title, assignee, tenant] of [
    ["one", "ann", "shop"],
    ["two", "ann", "web"],
    ["three", "bob", "shop"],
  ] as const) {
    createTask(t.board, { title, assignee, tenant });
  }
});
afterAll(() => t.close());

const HTMX = { "hx-request": "true" };
const menu = async (query: string) => (await t.page(`/filter?page=/list&${query}`, HTMX)).html;
/** The options of a menu: value, whether it is chosen, how many tasks have it. */
const optionsOf = (html: string) =>
  [...html.matchAll(/aria-selected="(\w+)" data-value="([^"]*)">(.*?)<.li>/g)].map(
    ([, on, value, inside]) => [value, on === "true", /class="num faint">(\d+)</.exec(inside!)?.[1] ?? null] as const,
  );

describe("GET /filter", () => {
  test("offers the values of a field with how many tasks each would show", async () => {
    expect(optionsOf(await menu("field=tenant&assignee=ann&tenant=shop"))).toEqual([
      ["shop", true, "1"],
      ["web", false, "1"],
    ]);
    expect(optionsOf(await menu("field=assignee&not_assignee=bob&op=none"))).toEqual([
      ["ann", false, "2"],
      ["bob", true, "1"],
    ]);
    expect(optionsOf(await menu("field=status")).filter(([, , n]) => n !== "0")).toEqual([["ready", false, "3"]]);
  });

  test("keeps a chosen name that no task has, and finds names by a part of them", async () => {
    expect(optionsOf(await menu("field=assignee&assignee=zoe"))[0]).toEqual(["zoe", true, null]);
    expect(optionsOf(await menu("field=assignee&find=BO"))).toEqual([["bob", false, "1"]]);
  });

  test("is a page with a form that leads to the filtered page, where there are no scripts", async () => {
    const { html, status } = await t.page("/filter?page=/list&assignee=ann");

    expect(status).toBe(200);
    expect(html).toMatch(/<form[^>]* action="\/list" method="get"/);
    expect(html).toMatch(/<input type="checkbox" name="assignee" value="ann" checked/);
    expect(html).toContain('name="not_tenant" value="shop"');
  });

  test("leads to no page but ours", async () => {
    expect((await t.page("/filter?page=https://elsewhere.example/")).html).toMatch(
      /<form[^>]* action="\/" method="get"/,
    );
  });

  test("tells the people among the names from the profiles", async () => {
    addComment(t.board, createTask(t.board, { title: "four", assignee: "demo", tenant: "web" }).task.id, {
      body: "seen",
      author: "ann",
    });
    const html = await menu("field=assignee");
    const kindOf = (name: string) => new RegExp(`data-value="${name}".*?</li>`).exec(html)![0].includes(">person<");

    expect([kindOf("ann"), kindOf("demo")]).toEqual([true, false]);
  });
});

describe("a filter in the address", () => {
  const shown = async (query: string) => {
    const { html } = await t.page(`/list?${query}`);
    return ["one", "two", "three"].filter((title) => html.includes(`>${title}</a>`));
  };

  test("takes several values of a field, and the negation", async () => {
    expect(await shown("assignee=ann&assignee=bob&tenant=shop")).toEqual(["one", "three"]);
    expect(await shown("not_tenant=shop")).toEqual(["two"]);
    expect(await shown("not_assignee=ann&not_assignee=bob")).toEqual([]);
    expect(await shown("created_after=1h&priority=0&failed=0")).toEqual(["one", "two", "three"]);
    expect(await shown("created_before=1h")).toEqual([]);
  });

  test("ignores what it cannot read", async () => {
    expect(await shown("priority=soon&created_after=yesterday&status=nope&failed=x")).toEqual(["one", "two", "three"]);
  });
});
