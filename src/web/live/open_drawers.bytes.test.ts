import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import {
  archiveTask,
  blockTask,
  createTask,
  editTask,
  getTask,
  listRuns,
  neighbours,
  write,
} from "../../kernel/mod.ts";
import { FILLERS, LARGE, largeTask } from "../../testing/large_task.ts";
import { testServer } from "../../testing/server.ts";
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
    expect(page.html.match(/<span class="chip[^"]*" id="d-[^"]*"><a /g)).toHaveLength(LARGE.parents + 20);
    expect(page.html).toContain(`>+${children - 20} more</button>`);
  });

  test("gives more of its relatives, the whole of a text, and the body to edit", async () => {
    const id = largeTask(t.board, FILLERS["plain text"]!, { children: 130 });
    const { html } = await t.page(`/t/${id}`);
    const { body } = getTask(t.board, id);
    const run = listRuns(t.board, id).at(-1)!;
    const childIds = neighbours(t.board, id, "children").map((child) => child.id);

    const more = await t.page(`/t/${id}/relatives?as=child&from=20&after=${childIds[19]}`);
    const last = await t.page(`/t/${id}/relatives?as=child&from=120&after=${childIds[119]}`);
    const text = await t.page(`/t/${id}/text?field=attempt:${run.id}.summary`);
    const description = await t.page(`/t/${id}/description`);
    const none = await t.page(`/t/${id}/text?field=comment:999999`);

    expect(html).not.toContain('id="edit-body"');
    expect(html).toContain(`hx-get="/t/${id}/description"`);
    expect(html).toContain(`hx-get="/t/${id}/text?field=attempt%3A${run.id}.summary"`);
    expect(more.html.match(/<span class="chip/g)).toHaveLength(100);
    expect(more.html).toContain(`hx-get="/t/${id}/relatives?as=child&amp;from=120&amp;after=${childIds[119]}"`);
    expect(last.html.match(/<span class="chip/g)).toHaveLength(10);
    expect(last.html).not.toContain('<button class="chip more"');
    expect(text.html).toContain(run.summary!.trim());
    expect(description.html).toContain('id="edit-body"');
    expect(description.html).toContain(body!.trim());
    expect(none.status).toBe(404);
  });
});

describe("the stream of a task with 5,000 children", () => {
  test("sends the chip of a child that changes, near or far, and not the drawer [L22]", async () => {
    const s = testServer();
    try {
      const { id, children } = write(s.board, () => {
        const parent = createTask(s.board, { title: "Wide" }).task;
        const made = Array.from({ length: 5_000 }, (_, i) =>
          createTask(s.board, { title: `child ${i}`, parents: [parent.id] }),
        );
        return { id: parent.id, children: made.map(({ task }) => task.id) };
      });
      const tab = await s.stream("/needs", { open: id });
      editTask(s.board, id, { title: "Wider" });
      const whole = await tab.next(({ data }) => data.includes("Wider"), "the drawer");
      const bytesSince = (from: number) =>
        tab.messages.slice(from).reduce((sum, { data }) => sum + Buffer.byteLength(data), 0);

      const near = tab.messages.length;
      editTask(s.board, children[3]!, { title: "Near" });
      await tab.next(({ data }) => data.includes(`#d-child-${children[3]}`) && data.includes("Near"), "a near chip");
      const nearBytes = bytesSince(near);
      const far = tab.messages.length;
      editTask(s.board, children[4_000]!, { title: "Far" });
      await tab.next(({ data }) => data.includes(`#d-child-${children[4_000]}`) && data.includes("Far"), "a far chip");
      const farBytes = bytesSince(far);

      expect(Buffer.byteLength(whole.data)).toBeLessThan(40 * KIB);
      expect(nearBytes).toBeLessThan(2 * KIB);
      expect(farBytes).toBeLessThan(2 * KIB);
    } finally {
      s.close();
    }
  });

  test("sends the section again when its first children are others", async () => {
    const s = testServer();
    try {
      const parent = createTask(s.board, { title: "Parent" }).task;
      const first = createTask(s.board, { title: "First", parents: [parent.id] }).task;
      const tab = await s.stream("/needs", { open: parent.id });
      editTask(s.board, parent.id, { title: "Other words" });
      await tab.next(({ data }) => data.includes("Other words"), "the drawer");

      createTask(s.board, { title: "Second", parents: [parent.id] });
      const section = await tab.next(({ data }) => data.includes("#d-deps") && data.includes("Second"), "the section");
      blockTask(s.board, createTask(s.board, { title: "Elsewhere" }).task.id, { reason: "?" });
      archiveTask(s.board, first.id);
      const chip = await tab.next(({ data }) => data.includes(`#d-child-${first.id}`), "the chip");

      expect(section.data).toContain(`id="d-child-${first.id}"`);
      expect(chip.data).not.toContain("Second");
    } finally {
      s.close();
    }
  });
});
