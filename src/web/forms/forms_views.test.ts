import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { createTask, listViews, saveView, asActor } from "../../kernel/mod.ts";
import { OneView, ViewsAnswer } from "../api/responses.ts";
import { answered, refusedBy, type TestWeb, testWeb } from "../../testing/web.ts";

let t: TestWeb;
beforeEach(async () => void (t = await testWeb()));
afterEach(() => t.close());

/** Who the browser of these tests acts as. */
const me = async () => {
  await t.post("/views", { name: "probe", path: "/" });
  const [{ owner }] = t.board.db.query("SELECT owner FROM saved_views").all() as [{ owner: string }];
  t.board.db.run("DELETE FROM saved_views");
  return owner;
};

describe("POST /views", () => {
  test("saves the page that is shown, with the count of its tasks in the side bar", async () => {
    createTask(t.board, { title: "one", assignee: "ann" });
    createTask(t.board, { title: "two", assignee: "bob" });

    const saved = await t.post(
      "/views",
      { name: "Ann's", path: "/list?assignee=ann", shared: "1" },
      "/list?assignee=ann",
    );
    const page = await t.page("/list?assignee=ann");

    expect(saved.headers.get("hx-trigger")).toContain("kanban:viewsaved");
    expect(saved.html).toContain("View Ann&#39;s saved");
    for (const { html } of [saved, page]) {
      expect(html).toMatch(
        /<a class="nav" href="\/list\?assignee=ann" aria-current="page">.*?Ann&#39;s<\/span><span class="num">1<\/span>/s,
      );
    }
  });

  test("renames, shares, moves up and removes", async () => {
    const owner = await me();
    const names = () => listViews(t.board, owner).map(({ name, shared }) => `${name}${shared ? "*" : ""}`);
    await t.post("/views", { name: "A", path: "/" });
    await t.post("/views", { name: "B", path: "/deps?q=x" });
    const [a, b] = listViews(t.board, owner);

    await t.post(`/views/${b!.id}`, { name: "Bee", shared: "1" });
    await t.post(`/views/${b!.id}`, { up: "1" });
    expect(names()).toEqual(["Bee*", "A"]);
    await t.post(`/views/${a!.id}/remove`, {});
    expect(names()).toEqual(["Bee*"]);
  });

  test("refuses other pages and the views of others, with the reason under the form", async () => {
    const view = saveView(asActor(t.board, "zoe"), { name: "Zoe's", page: "list", query: "", shared: true });
    const before = listViews(t.board, "zoe");

    const runs = await t.post("/views", { name: "Runs", path: "/runs" });
    const other = await t.post(`/views/${view.id}`, { name: "Mine" });

    expect([runs.status, other.status]).toEqual([400, 409]);
    expect(other.html).toContain('hx-target="#error-view"');
    expect(listViews(t.board, "zoe")).toEqual(before);
  });

  test("counts what no counter holds only when it is asked for", async () => {
    createTask(t.board, { title: "needle" });
    await t.post("/views", { name: "Needles", path: "/list?q=needle" });

    expect((await t.page("/")).html).toMatch(/id="views"[^>]* data-uncounted="1"/);
    expect((await t.page("/views")).html).toMatch(/Needles<\/span><span class="num">1</);
  });
});

describe("/api/views", () => {
  test("lists, saves, changes and removes", async () => {
    const { view } = await answered(t, OneView, "POST", "/api/views", { name: "A", page: "board", query: "tenant=x" });
    expect(view).toMatchObject({ name: "A", mine: true, n: 0, shared: false });
    await answered(t, OneView, "PATCH", `/api/views/${view.id}`, { name: "B", shared: true });
    expect((await answered(t, ViewsAnswer, "GET", "/api/views")).views).toMatchObject([{ name: "B", shared: true }]);
    await refusedBy(t, 400, "POST", "/api/views", { name: "C", page: "runs" });
    await refusedBy(t, 404, "PATCH", "/api/views/v_00000000", { name: "C" });
    expect((await t.api("DELETE", `/api/views/${view.id}`)).body).toEqual({ ok: true });
    expect((await answered(t, ViewsAnswer, "GET", "/api/views")).views).toEqual([]);
  });
});
