import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { asActor, createTask, editTask, getTask, restoreFields, taskHistory } from "../../kernel/mod.ts";
import { dump } from "../../testing/mod.ts";
import { textOf } from "../../testing/views.ts";
import { type TestWeb, testWeb } from "../../testing/web.ts";

let t: TestWeb;
beforeEach(async () => void (t = await testWeb()));
afterEach(() => t.close());

const create = (input: object = {}) => createTask(t.board, { title: "Old", body: "Keep the tone.", ...input }).task;
/** Posts an edit that another change came before; nothing is changed by it. */
async function conflicting(path: string, fields: Record<string, string>) {
  const before = dump(t.board);
  const { status, html } = await t.post(path, fields);
  expect(status).toBe(409);
  expect(dump(t.board)).toBe(before);
  expect(html).toContain('hx-target="#conflict-body"');
  return html;
}
const field = (html: string, name: string) => new RegExp(`name="${name}"[^>]*?value="([^"]*)"`).exec(html)?.[1];

describe("an edit that another change came before", () => {
  test("is answered with both texts, and is sent again on top of what it found", async () => {
    const { id, last_event_id: base } = create();
    editTask(asActor(t.board, "bob"), id, { body: "Keep the <style>." });
    const html = await conflicting(`/t/${id}/edit`, { body: "Keep the tone. And mine", base: String(base) });

    expect(textOf(html)).toContain("Theirs, by bob Keep the tone <style> .");
    expect(html).toContain("<ins>&lt;style&gt;</ins>");
    expect(html).toContain("<ins> And mine</ins>");
    expect(html).toContain('data-both="Keep the &lt;style&gt;. And mine"');
    expect(html).toContain(`hx-target="#error-edit-body"`);

    const again = { body: "Keep the <style>. And mine", base: field(html, "base")!, conflict: "1" };
    expect((await t.post(`/t/${id}/edit`, again)).status).toBe(200);
    expect(getTask(t.board, id).body).toBe("Keep the <style>. And mine");
    expect(taskHistory(t.board, id).changes[0]!.fields[0]).toMatchObject({ was: "Keep the <style>." });
  });

  test.each([
    ["priority", { priority: "1" }, () => ({ priority: 4 }), ["Urgent", "Low"]],
    ["edit", { max_runtime: "30m" }, () => ({ max_runtime_seconds: 3600 }), ["1h 00m", "30m"]],
    ["edit", { review: "0" }, () => ({ review: true }), ["a person approves", "not asked for"]],
    ["edit", { skills: "a b" }, () => ({ skills: ["c"] }), ["c", "a b"]],
  ] as const)("of %s %j says both values in words", async (path, mine, theirs, words) => {
    const { id, last_event_id: base } = create();
    editTask(asActor(t.board, "bob"), id, theirs());
    const html = await conflicting(`/t/${id}/${path}`, { ...mine, base: String(base) });
    for (const word of words) expect(textOf(html)).toContain(word);
    expect(html).not.toContain("conflict-both");
  });

  test("without a script is a page with the sentence", async () => {
    const { id, last_event_id: base } = create();
    editTask(asActor(t.board, "bob"), id, { title: "Bob's" });
    const before = dump(t.board);
    const answer = await t.send("POST", `/t/${id}/edit`, {
      headers: { ...t.browser, "content-type": "application/x-www-form-urlencoded" },
      body: new URLSearchParams({ title: "Mine", base: String(base) }).toString(),
    });
    expect([answer.status, await answer.text()]).toEqual([409, expect.stringContaining("bob changed it")]);
    expect(dump(t.board)).toBe(before);
  });

  test.each(["x", "-1", "1e3", "99999999"])("a base %j that is no event is refused", async (base) => {
    const { id } = create();
    const before = dump(t.board);
    expect((await t.post(`/t/${id}/edit`, { title: "Mine", base })).status).toBe(400);
    expect(dump(t.board)).toBe(before);
  });
});

describe("the history", () => {
  test("shows changes with what was taken out and put in, page by page, and puts one back", async () => {
    const { id } = create();
    const change = editTask(asActor(t.board, "bob"), id, { title: "New", body: "Keep the <style>." }).last_event_id;
    for (let i = 0; i < 25; i++) editTask(t.board, id, { priority: (i % 4) + 1 });

    const first = await t.page(`/t/${id}/history`);
    const more = /hx-get="([^"]*history\?before=\d+)"/.exec(first.html)![1]!;
    const second = await t.page(more);
    expect(first.html.match(/<li>/g)).toHaveLength(20);
    expect(textOf(second.html)).toContain("bob");
    expect(second.html).toContain("<del>tone</del><ins>&lt;style&gt;</ins>");
    expect(second.html).not.toContain("history?before");

    const put = { event: String(change), base: field(second.html, "base")! };
    expect((await t.post(`/t/${id}/restore`, put)).status).toBe(200);
    expect(getTask(t.board, id)).toMatchObject({ title: "Old", body: "Keep the tone." });
  });

  test("puts nothing back over what was changed since it was shown, and knows its own changes alone", async () => {
    const { id, last_event_id: base } = create();
    const change = editTask(t.board, id, { title: "New" }).last_event_id;
    restoreFields(t.board, id, change);
    editTask(t.board, id, { title: "Newest" });
    const before = dump(t.board);
    const put = (fields: Record<string, string>) => t.post(`/t/${id}/restore`, fields).then(({ status }) => status);
    expect(await put({ event: String(change), base: String(change) })).toBe(409);
    expect(await put({ event: String(base) })).toBe(404);
    expect(await put({ event: "x" })).toBe(400);
    expect(await put({})).toBe(400);
    expect((await t.page("/t/t_00000000/history")).status).toBe(404);
    expect(dump(t.board)).toBe(before);
  });
});
