import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { getTask, listRuns } from "../../kernel/mod.ts";
import { FILLERS, LARGE, largeTask } from "../../testing/large_task.ts";
import { type TestWeb, testWeb } from "../../testing/web.ts";

let t: TestWeb;
beforeAll(async () => void (t = await testWeb()));
afterAll(() => t.close());

const KIB = 1024;

describe("the drawer of the largest task", () => {
  test.each(Object.entries(FILLERS))("made of %s is less than a megabyte of HTML [E1]", async (name, filler) => {
    const children = name === "plain text" ? LARGE.children : 30;
    const id = largeTask(t.board, filler, { children });

    const page = await t.page(`/t/${id}`);

    expect(page.status).toBe(200);
    expect(Buffer.byteLength(page.html)).toBeLessThan(900 * KIB);
    expect(page.html.match(/<span class="chip[^"]*"><a /g)).toHaveLength(LARGE.parents + 20);
    expect(page.html).toContain(`>+${children - 20}</button>`);
  });

  test("gives more of its relatives, the whole of a text, and the body to edit", async () => {
    const id = largeTask(t.board, FILLERS["plain text"]!, { children: 130 });
    const { html } = await t.page(`/t/${id}`);
    const { body } = getTask(t.board, id);
    const run = listRuns(t.board, id).at(-1)!;

    const more = await t.page(`/t/${id}/relatives?as=child&from=20`);
    const last = await t.page(`/t/${id}/relatives?as=child&from=120`);
    const text = await t.page(`/t/${id}/text?field=attempt:${run.id}.summary`);
    const description = await t.page(`/t/${id}/description`);
    const none = await t.page(`/t/${id}/text?field=comment:999999`);

    expect(html).not.toContain('id="edit-body"');
    expect(html).toContain(`hx-get="/t/${id}/description"`);
    expect(html).toContain(`hx-get="/t/${id}/text?field=attempt%3A${run.id}.summary"`);
    expect(more.html.match(/<span class="chip/g)).toHaveLength(100);
    expect(more.html).toContain(`hx-get="/t/${id}/relatives?as=child&amp;from=120"`);
    expect(last.html.match(/<span class="chip/g)).toHaveLength(10);
    expect(last.html).not.toContain('<button class="chip more"');
    expect(text.html).toContain(run.summary!.trim());
    expect(description.html).toContain('id="edit-body"');
    expect(description.html).toContain(body!.trim());
    expect(none.status).toBe(404);
  });
});
