import { afterEach, beforeEach, expect, test } from "bun:test";
import { addComment, blockTask, createTask, unblockTask } from "../../kernel/mod.ts";
import { until } from "../../testing/mod.ts";
import { type TestWeb, testWeb } from "../../testing/web.ts";

let t: TestWeb;
beforeEach(async () => void (t = await testWeb()));
afterEach(() => t.close());

interface Attention {
  needs: number;
  tasks: { id: string; key: string; title: string; text: string }[];
}

test("says how many things need a person, and of each task what is asked, in plain words", async () => {
  expect((await t.api<Attention>("GET", "/attention")).body).toEqual({ needs: 0, tasks: [] });
  const { id } = createTask(t.board, { title: "Choose" }).task;
  blockTask(t.board, id, { reason: "**Which** of `a` and b?" });

  const { body } = await t.api<Attention>("GET", "/attention");
  expect(body).toMatchObject({ needs: 1, tasks: [{ id, title: "Question: Choose", text: "Which of a and b?" }] });
});

test("a task that waits again is another thing", async () => {
  const { id } = createTask(t.board, { title: "Choose" }).task;
  const key = async () => (await t.api<Attention>("GET", "/attention")).body.tasks[0]!.key;
  blockTask(t.board, id, { reason: "first" });
  const first = await key();
  const at = Date.now();
  await until(() => Date.now() > at); // The instants of the two differ.
  unblockTask(t.board, id);
  blockTask(t.board, id, { reason: "second" });
  expect(await key()).not.toBe(first);
});

test("a task of another person is counted, and is that person's to answer", async () => {
  for (const author of ["maya", "zoe"]) {
    const { id } = createTask(t.board, { title: `For ${author}`, assignee: author }).task;
    addComment(t.board, id, { author, body: "I do" });
    blockTask(t.board, id, { reason: "When?" });
  }
  const answer = await t.send("GET", "/attention", { headers: t.browser });
  const { needs, tasks } = (await answer.json()) as Attention;
  expect({ needs, titles: tasks.map(({ title }) => title) }).toEqual({ needs: 2, titles: ["Question: For maya"] });
});

test("is for those who are signed in", async () => {
  expect((await t.send("GET", "/attention")).status).toBe(401);
});
