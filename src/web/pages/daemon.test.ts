import { afterEach, expect, test } from "bun:test";
import { utimesSync, writeFileSync } from "node:fs";
import { acquireLock, type Lock } from "../../kernel/mod.ts";
import { type TestWeb, testWeb } from "../../testing/web.ts";

let t: TestWeb;
let lock: Lock | null = null;
afterEach(() => {
  lock?.release();
  lock = null;
  t?.close();
});

/** A dispatcher that holds its board and last touched its state a while ago. */
function dispatcher(beatSecondsAgo: number, more: object = {}): void {
  const holder = { pid: process.pid, host: "build", started_at: 5 };
  lock = acquireLock(t.home.dispatcherLock, holder) as Lock;
  writeFileSync(t.home.dispatcherState, JSON.stringify({ ...holder, max_workers: 4, beat_ms: 15_000, ...more }));
  const at = new Date(Date.now() - beatSecondsAgo * 1_000);
  utimesSync(t.home.dispatcherState, at, at);
}

test("a dispatcher that does not answer is shown in banner, card and Needs you [K2]", async () => {
  t = await testWeb();
  dispatcher(3_600);

  const [board, needs] = [(await t.page("/")).html, (await t.page("/needs")).html];

  expect(board).toContain("The dispatcher does not answer (silent for 1h");
  expect(board).toContain("<b>No answer</b>");
  expect(needs).toContain("The dispatcher does not answer");
});

test("one that answers is not, and says which runs are out of its sight [K2] [B1]", async () => {
  t = await testWeb();
  dispatcher(1, { unseen: "cannot see the processes of 1 run" });

  const { html } = await t.page("/needs");

  expect(html).not.toContain("does not answer");
  expect(html).toContain("<b>Dispatcher</b>");
  expect(html).toContain('title="The dispatcher cannot see the processes of 1 run."');
});
