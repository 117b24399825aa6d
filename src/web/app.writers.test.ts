import { afterEach, beforeEach, expect, setDefaultTimeout, test } from "bun:test";
import { listComments } from "../kernel/mod.ts";
import { printed, spawnScript } from "../testing/kernel.ts";
import { type TestServer, testServer } from "../testing/server.ts";

// Processes take seconds where many share a machine; a hang is still found.
setDefaultTimeout(60_000);

let t: TestServer;
beforeEach(() => void (t = testServer()));
afterEach(() => t.close());

const headers = () => ({ authorization: `Bearer ${t.token}`, "content-type": "application/json" });
const read = async () => (await fetch(`${t.server.url}/api/stats`, { headers: headers() })).status;
const comment = async (id: string, body: string) =>
  (
    await fetch(`${t.server.url}/api/tasks/${id}/comments`, {
      method: "POST",
      headers: headers(),
      body: JSON.stringify({ body }),
    })
  ).status;

test("a server that waits to write still answers reads [T: 32 writers]", async () => {
  const { id } = t.create("contended");
  t.board.db.run("BEGIN IMMEDIATE");
  let written = false;
  const waiting = comment(id, "from the web").then((status) => ((written = true), status));

  const answers: number[] = [];
  for (let i = 0; i < 20; i++) answers.push(await read());

  expect(answers).toEqual(Array(20).fill(200));
  expect(written).toBe(false);
  t.board.db.run("COMMIT");
  expect(await waiting).toBe(200);
  expect(listComments(t.board, id).map(({ body }) => body)).toEqual(["from the web"]);
});

test("32 processes and a server write at once: nothing that was acknowledged is lost [T: 32 writers]", async () => {
  const { id } = t.create("everybody writes here");
  const code = `const board = kernel.openBoard(args[0], { actor: "writer" });
    while (Date.now() < args[2]) {}
    for (let n = 0; n < 10; n++) kernel.addComment(board, args[1], { body: args[3] + ":" + n });
    print({ wrote: 10 });`;
  const together = Date.now() + 2_000;
  const scripts = Array.from({ length: 32 }, (_, n) => spawnScript(code, t.home.db, id, together, n));
  const done = Promise.all(scripts.map((script) => printed<{ wrote: number }>(script)));
  let over = false;
  void done.then(() => (over = true));

  const acknowledged: string[] = [];
  for (let n = 0; !over; n++) {
    if ((await comment(id, `web:${n}`)) === 200) acknowledged.push(`web:${n}`);
    expect(await read()).toBe(200);
  }

  expect((await done).flat()).toEqual(Array.from({ length: 32 }, () => ({ wrote: 10 })));
  const expected = Array.from({ length: 320 }, (_, n) => `${Math.floor(n / 10)}:${n % 10}`);
  const found = new Set(listComments(t.board, id, { limit: 100_000 }).map(({ body }) => body));
  expect([...expected, ...acknowledged].filter((body) => !found.has(body))).toEqual([]);
  expect(found.size).toBe(320 + acknowledged.length);
});
