import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { claimTask, createTask, getTask, listTasks } from "../../kernel/mod.ts";
import { dump } from "../../testing/mod.ts";
import { type TestWeb, testWeb } from "../../testing/web.ts";

let t: TestWeb;
beforeEach(async () => void (t = await testWeb()));
afterEach(() => t.close());

const create = (title: string, input: object = {}) => createTask(t.board, { title, ...input }).task;
const many = (count: number, tenant: string) =>
  Array.from({ length: count }, (_, n) => create(`${tenant} ${n}`, { tenant }).id);
const archived = () => listTasks(t.board, { status: ["archived"], limit: 1_000 }).length;

describe("POST /bulk/count", () => {
  test("counts all that the page's filter lets through, names the newest and says how many run", async () => {
    const ids = many(60, "acme"); // More than a column shows.
    const until = Date.now() + 2; // The newest is a millisecond younger at least.
    while (Date.now() < until);
    create("the newest", { tenant: "acme" });
    claimTask(t.board, ids[0]!, { claimer: "w" });
    many(5, "globex");
    const before = dump(t.board);

    const { status, html } = await t.post("/bulk/count", { all: "1", view: "/?tenant=acme" });

    expect(status).toBe(200);
    expect(JSON.parse(html)).toMatchObject({ count: 61, running: 1 });
    expect(JSON.parse(html).titles).toHaveLength(3);
    expect(JSON.parse(html).titles[0]).toBe("the newest");
    expect(dump(t.board)).toBe(before);
  });

  test("counts the named ones that there are, once each", async () => {
    const [one, two] = many(2, "acme");

    const { html } = await t.post("/bulk/count", { ids: `${one},${two},${one},t_00000000` });

    expect(JSON.parse(html)).toMatchObject({ count: 2, running: 0 });
  });
});

test.each(["/bulk", "/bulk/count"])("%s names at most 10,000 tasks, and changes nothing of more", async (path) => {
  const [id] = many(1, "acme");
  const before = dump(t.board);
  const ids = [id, ...Array.from({ length: 10_000 }, (_, n) => `t_${n.toString(16).padStart(8, "0")}`)].join();

  const { status, html } = await t.post(path, { ids, priority: "4" });

  expect(status).toBe(400);
  expect(html).toContain("at most 10000");
  expect(dump(t.board)).toBe(before);
});

describe("POST /bulk for all that match", () => {
  const archive = (count?: number) =>
    t.post("/bulk", { all: "1", view: "/?tenant=acme", to: "archived", ...(count ? { count: String(count) } : {}) });

  test("does it when the number is what was confirmed, or nearly", async () => {
    many(21, "acme");

    const { status } = await archive(20);

    expect([status, archived()]).toEqual([200, 21]);
  });

  test("is refused when the number has become another, and changes nothing", async () => {
    many(30, "acme");
    const before = dump(t.board);

    const { status, html } = await archive(20);

    expect(status).toBe(409);
    expect(html).toContain("they must be 20, as you confirmed, they are 30 now");
    expect(dump(t.board)).toBe(before);
  });

  test("is refused without a number, and changes nothing", async () => {
    const [id] = many(1, "acme");
    const before = dump(t.board);

    const { status, html } = await archive();

    expect(status).toBe(400);
    expect(html).toContain("the form must say how many they are");
    expect(dump(t.board)).toBe(before);
    expect(getTask(t.board, id!).status).toBe("ready");
  });
});
