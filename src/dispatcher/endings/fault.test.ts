import { afterEach, expect, test } from "bun:test";
import { activeHolds, getTask } from "../../kernel/mod.ts";
import { letGo, type TestHome, testHome, UNTIL_TERM, waits, workerUp } from "../../testing/dispatcher.ts";
import type { Agents, Verdict } from "../start/plan.ts";

let t: TestHome;
afterEach(() => t?.close());

/** An agent whose program is a shell script, and whose runs all end with this verdict. */
const agentsThat = (verdict: Verdict, script = "exit 1"): Agents => ({
  names: () => ["echoer"],
  expand: () => ({ argv: ["/bin/sh", "-c", script] }),
  judge: () => verdict,
});

async function ended(verdict: Verdict) {
  t = testHome();
  t.profile("coder", { agent: "echoer" });
  const { id } = t.ready();
  const d = t.dispatcher({ agents: agentsThat(verdict) });
  await t.pass(d);
  return { run: await t.ended(d, id), task: getTask(t.board, id), holds: activeHolds(t.board), d };
}

test.each([
  ["profile", "coder"],
  ["provider", "echoer"],
] as const)("a fault of the %s is booked on its key, and counts as no failure", async (on, key) => {
  const { run, task, holds, d } = await ended({ error: "HTTP 500", fault: { on, permanent: false } });

  expect(run).toMatchObject({ outcome: "unavailable", error: "HTTP 500", exit_code: 1 });
  expect(task).toMatchObject({ status: "ready", failures: 0, retry_at: null });
  expect(holds).toMatchObject([{ kind: on, key, until: t.clock.ms + 1_000, proof: "call" }]);
  expect(d.pass.tally).toMatchObject({ crashed: 0, auto_blocked: 0 });
});

test.each<[string, number, number]>([
  ["an end that the provider names is kept", 7_200, 7_200_000],
  ["one of years is believed for a day", 1e9, 86_400_000],
  ["one that is over is a second", -5, 1_000],
  ["one that is no number is a second", NaN, 1_000],
])("%s", async (_, retry_seconds, ms) => {
  const { holds } = await ended({ error: "503", fault: { on: "provider", permanent: false, retry_seconds } });

  expect(holds[0]!.until).toBe(t.clock.ms + ms);
});

test("a run that waited for what cannot be used until its time was over is no failure either", async () => {
  t = testHome();
  t.profile("coder", { agent: "echoer", max_runtime: "5s" });
  const { id } = t.ready();
  const verdict: Verdict = { error: "retrying: 401", fault: { on: "account", permanent: true } };
  const d = t.dispatcher({ agents: agentsThat(verdict, UNTIL_TERM) });
  await t.pass(d);
  await workerUp(t, id);
  t.advance(6_000);

  expect(await t.ended(d, id)).toMatchObject({ outcome: "unavailable", error: "retrying: 401" });

  expect(getTask(t.board, id)).toMatchObject({ status: "ready", failures: 0 });
  expect(d.pass.tally).toMatchObject({ timed_out: 0, reclaimed: 0 });
});

test("a fault of an account that ends by itself is its limit, also when its run was ended while it waited for that [N7] [N9]", async () => {
  t = testHome();
  t.profile("coder", { agent: "echoer", max_runtime: "5s" });
  const { id } = t.ready();
  const verdict: Verdict = { error: "still retrying: 429", fault: { on: "account", permanent: false } };
  const d = t.dispatcher({ agents: agentsThat(verdict, UNTIL_TERM) });
  await t.pass(d);
  await workerUp(t, id);
  t.advance(6_000);

  expect(await t.ended(d, id)).toMatchObject({ outcome: "rate_limited", error: "still retrying: 429" });

  expect(getTask(t.board, id)).toMatchObject({ status: "ready", failures: 0 });
  expect(activeHolds(t.board)).toMatchObject([{ kind: "account", key: "echoer:login", until: t.clock.ms + 300_000 }]);
});

test("a fault of an account that no profile uses any more holds nothing", async () => {
  t = testHome();
  t.profile("coder", { agent: "echoer", account: "old" });
  const { id } = t.ready();
  const verdict: Verdict = { error: "401", fault: { on: "account", permanent: true } };
  const d = t.dispatcher({ agents: agentsThat(verdict, waits(1)) });
  await t.pass(d);
  await workerUp(t, id);
  t.profile("coder", { agent: "echoer", account: "new" });
  letGo(t);

  expect((await t.ended(d, id)).outcome).toBe("unavailable");

  expect(activeHolds(t.board)).toEqual([]);
  expect(getTask(t.board, id)).toMatchObject({ status: "ready", failures: 0 });
});

test("a fault that the agent names after it has completed changes nothing", async () => {
  t = testHome();
  t.profile("coder", { agent: "echoer", complete_on_exit: true });
  const { id } = t.ready();
  const verdict: Verdict = { outcome: "completed", summary: "done", fault: { on: "account", permanent: true } };
  const d = t.dispatcher({ agents: agentsThat(verdict, "exit 0") });

  await t.pass(d);

  expect((await t.ended(d, id)).outcome).toBe("completed");
  expect(activeHolds(t.board)).toEqual([]);
});
