import { afterEach, beforeEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import { latestEventId } from "../../kernel/mod.ts";
import { type Nginx, noNginx, startNginx } from "../../testing/nginx.ts";
import { into, type TestServer, testServer } from "../../testing/server.ts";
import { openEvents } from "../../testing/sse.ts";
import { until } from "../../testing/mod.ts";

setDefaultTimeout(30_000);

describe.skipIf(noNginx !== null)(`behind nginx as it comes${noNginx === null ? "" : ` (skipped: ${noNginx})`}`, () => {
  let t: TestServer;
  let nginx: Nginx | undefined;
  beforeEach(() => void (t = testServer()));
  afterEach(async () => {
    await nginx?.close();
    t.close();
  });
  const headers = () => ({ authorization: `Bearer ${t.token}` });

  test("events arrive at once, although it buffers answers and speaks HTTP/1.0 to the server", async () => {
    nginx = await startNginx(t.server.port);
    const stream = await openEvents(`${nginx.url}/stream?view=/&since=${latestEventId(t.board)}`, headers());
    await stream.next(({ event }) => event === "hello");
    const programs = await openEvents(`${nginx.url}/api/events`, headers());

    const at = performance.now();
    const task = t.create("Through the proxy");
    await stream.next(into(task, "ready"));
    await programs.next(({ data }) => data.includes(task.id));
    expect(performance.now() - at).toBeLessThan(2_000); // Held back, they would come when 4 KB are together.
    for (const reader of [stream, programs]) reader.close();
  });

  test("the server notices when a reader behind it hangs up", async () => {
    nginx = await startNginx(t.server.port);
    const cookie = await t.signIn();
    const own = { cookie, "sec-fetch-site": "same-origin" };
    const all = await Promise.all(Array.from({ length: 64 }, () => openEvents(`${nginx!.url}/api/events`, own)));
    expect((await openEvents(`${nginx.url}/api/events`, own)).status).toBe(503);
    for (const reader of all) reader.close();
    await until(async () => (await openEvents(`${nginx!.url}/api/events`, own)).status === 200, {
      what: "room for another stream",
      ms: 20_000,
    });
  });

  test("one that is told to hold everything back does; a question that ends is answered all the same", async () => {
    nginx = await startNginx(t.server.port, "proxy_ignore_headers X-Accel-Buffering;");
    const since = String(latestEventId(t.board));
    const held = openEvents(`${nginx.url}/stream?view=/&since=${since}`, headers());
    const task = t.create("Held back");
    const form = new URLSearchParams({ once: "1", sub: String(new URLSearchParams({ key: "a", view: "/", since })) });
    const asked = await openEvents(`${nginx.url}/stream`, headers(), form);
    await asked.next(into(task, "ready"));
    await until(() => asked.ended);
    expect(await Promise.race([held.then(() => "arrived"), Promise.resolve("held")])).toBe("held");
    t.server.stop();
    (await held.catch(() => null))?.close();
  });
});
