import { afterEach, beforeEach, expect, test } from "bun:test";
import { createTask, latestEventId, read } from "../../kernel/mod.ts";
import { type TestWeb, testWeb } from "../../testing/web.ts";
import { viewOf } from "../pages/filter.ts";
import { type Client, Hub } from "./hub.tsx";
import { Outlet } from "./sse.ts";

let t: TestWeb;
beforeEach(async () => {
  t = await testWeb();
});
afterEach(() => t.close());

/** A tab that shows the board, over a hub that gathers events for `gatherMs`; `until` reads on to a text. */
function tab(gatherMs: number) {
  const hub = new Hub({ ...t.web, gatherMs });
  const outlet = new Outlet({ closed: () => {} });
  const client: Client = { outlet, view: viewOf("/", t.web.config), me: "maya", open: null, drawer: null, log: null };
  read(t.web.board, () => {
    hub.join(t.web.board, client, {
      since: latestEventId(t.web.board),
      log: null,
      build: null,
      mark: null,
      signIn: null,
    });
  });
  const reader = outlet.response.body!.getReader();
  let seen = "";
  return {
    leave: () => hub.leave(client),
    async until(text: string): Promise<string> {
      while (!seen.includes(text)) {
        const { value, done } = await reader.read();
        if (done) throw new Error(`the stream ended before it said ${text}`);
        seen += Buffer.from(value).toString();
      }
      return seen;
    },
  };
}

test("the first event of a quiet period is sent at once, those behind it together when the time is over", async () => {
  const quiet = tab(3_600_000);
  const first = createTask(t.board, { title: "First" }).task;
  await quiet.until(`card-${first.id}`); // An hour before what is collected is sent.
  quiet.leave();

  const busy = tab(50);
  const tasks = Array.from({ length: 20 }, (_, i) => createTask(t.board, { title: `More ${i}` }).task);
  const said = await busy.until(`card-${tasks.at(-1)!.id}`);
  busy.leave();

  expect(said.match(/hx-target="#list-ready"/g)).toHaveLength(tasks.length);
  expect(said.match(/^data: .*list-ready/gm)!.length).toBeLessThan(tasks.length);
});
