import { afterEach, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { AGENT_REPORT } from "../../home.ts";
import {
  activeHolds,
  archiveTask,
  asActor,
  completeTask,
  getTask,
  reclaimTask,
  recordToolUse,
  taskEvents,
} from "../../kernel/mod.ts";
import { type TestHome, testHome, UNTIL_TERM, workerUp } from "../../testing/dispatcher.ts";
import type { Agents } from "../start/plan.ts";

let t: TestHome;
afterEach(() => t?.close());

describe("agents", () => {
  const judged = (verdict: ReturnType<Agents["judge"]>, seen: string[] = []): Agents => ({
    names: () => ["echoer"],
    expand: () => ({ argv: ["/bin/cat"], stdin: "earlier line\nusage: 12\n" }),
    judge({ agent, exit_code, output }) {
      seen.push(`${agent} ${exit_code} ${output}`);
      return verdict;
    },
  });

  test("an error that the agent reports with exit 0 is a crash in its own words", async () => {
    t = testHome();
    t.profile("coder", { agent: "echoer" });
    const seen: string[] = [];
    const d = t.dispatcher({
      agents: judged({ outcome: "crashed", error: "model overloaded", usage: { tokens: 12 }, session_id: "s1" }, seen),
    });
    const { id } = t.ready();

    await t.pass(d);
    const run = await t.ended(d, id);

    expect(run).toMatchObject({
      outcome: "crashed",
      error: "model overloaded",
      usage: { tokens: 12 },
      session_id: "s1",
    });
    expect(seen).toEqual(["echoer 0 earlier line\nusage: 12\n"]);
  });

  test("hands on what the agent wrote about its run beside its output", async () => {
    t = testHome();
    t.profile("coder", { agent: "writer" });
    const d = t.dispatcher({
      agents: {
        names: () => ["writer"],
        expand: ({ dir }) => ({ argv: ["/bin/cp", "/dev/stdin", join(dir, AGENT_REPORT)], stdin: '{"tokens":12}' }),
        judge: ({ report }) => ({ usage: report ?? { tokens: 0 } }),
      },
    });
    const { id } = t.ready();

    await t.pass(d);

    expect(await t.ended(d, id)).toMatchObject({ usage: { tokens: 12 } });
  });

  test("a rate limit that the agent reports is waited out for as long as it says", async () => {
    t = testHome();
    t.profile("coder", { agent: "echoer" });
    const d = t.dispatcher({ agents: judged({ outcome: "rate_limited", error: "429", retry_seconds: 60 }) });
    const { id } = t.ready();

    await t.pass(d);

    expect(await t.ended(d, id)).toMatchObject({ outcome: "rate_limited", error: "429" });
    expect(getTask(t.board, id).retry_at).toBeNull();
    expect(activeHolds(t.board)).toMatchObject([
      { kind: "account", key: "echoer:login", until: t.clock.ms + 60_000, proof: "call" },
    ]);
  });

  test("ending well is not completing, unless the profile says so", async () => {
    t = testHome();
    t.profile("coder", { agent: "echoer" });
    t.profile("closer", { agent: "echoer", complete_on_exit: true });
    const d = t.dispatcher({ agents: judged({ outcome: "completed", summary: "all good" }) });
    const [one, two] = [t.ready(), t.ready({ assignee: "closer" })];

    await t.pass(d);

    expect((await t.ended(d, one.id)).outcome).toBe("abandoned");
    expect(await t.ended(d, two.id)).toMatchObject({ outcome: "completed", summary: "all good" });
  });

  test("usage is kept for a run that the worker closed itself", async () => {
    t = testHome();
    t.profile("coder", { agent: "echoer" });
    const d = t.dispatcher({ agents: judged({ usage: { tokens: 5 } }) });
    const { id } = t.ready();
    await t.pass(d);
    completeTask(asActor(t.board, "coder"), id, { runId: t.run(id).id, summary: "did it" });

    const run = await t.ended(d, id);

    expect(run).toMatchObject({ outcome: "completed", summary: "did it", usage: { tokens: 5 }, exit_code: 0 });
  });

  test("a preset that throws leaves the judgement to the exit code", async () => {
    t = testHome();
    t.profile("coder", { agent: "echoer" });
    const agents: Agents = {
      ...judged(null),
      judge() {
        throw new Error("unexpected token");
      },
    };
    const d = t.dispatcher({ agents });
    const { id } = t.ready();

    await t.pass(d);

    expect((await t.ended(d, id)).outcome).toBe("abandoned");
    expect(t.warnings).toEqual([expect.stringContaining("cannot read the output of echoer")]);
  });
});

describe("what an agent reports", () => {
  const reporting = (verdict: ReturnType<Agents["judge"]>): Agents => ({
    names: () => ["echoer"],
    expand: () => ({ argv: ["/bin/true"] }),
    judge: () => verdict,
  });

  test.each([
    ["a summary with NUL", { outcome: "completed", summary: "a\0b" }, { outcome: "completed", summary: "a\ufffdb" }],
    ["a summary without end", { outcome: "completed", summary: "é".repeat(600_000) }, { outcome: "completed" }],
    ["a blank summary", { outcome: "completed", summary: " \0 " }, { outcome: "completed", summary: "\ufffd" }],
    ["a session without end", { session_id: "s".repeat(500) }, { outcome: "completed", session_id: null }],
    ["a session with NUL", { session_id: "\0" }, { outcome: "completed", session_id: null }],
    ["a thousand numbers", { usage: Object.fromEntries(Array.from({ length: 1_000 }, (_, i) => [`n${i}`, i])) }, {}],
    ["a pause that is no number", { outcome: "rate_limited", retry_seconds: NaN }, { outcome: "rate_limited" }],
    ["a pause without end", { outcome: "rate_limited", retry_seconds: 1e300 }, { outcome: "rate_limited" }],
    ["a pause of no time", { outcome: "rate_limited", retry_seconds: -5 }, { outcome: "rate_limited" }],
  ] as [string, ReturnType<Agents["judge"]>, object][])(
    "%s ends the run all the same, and holds up no other",
    async (_, verdict, expected) => {
      t = testHome();
      t.profile("coder", { agent: "echoer", complete_on_exit: true });
      const d = t.dispatcher({ agents: reporting(verdict) });
      const [one, two] = [t.ready(), t.ready()];

      await t.pass(d);
      const run = await t.ended(d, one.id);
      await t.ended(d, two.id);

      expect(run).toMatchObject(expected);
      if (run.outcome === "rate_limited") {
        expect(activeHolds(t.board)[0]!.until! - t.clock.ms).toBeWithin(1_000, 86_400_001);
      }
    },
  );

  test.each([
    ["abandoned", "/bin/true", {}],
    ["crashed", "/bin/false", {}],
    ["rate_limited", "/bin/false", { outcome: "rate_limited" }],
    ["gave_up", "/bin/false", {}],
    ["completed", "/bin/true", { complete_on_exit: true }],
  ] as const)("last words and cost of a run that ended as %s are kept [C2] [N6]", async (end, program, more) => {
    t = testHome();
    t.profile("coder", { agent: "echoer", complete_on_exit: "complete_on_exit" in more });
    const report = { usage: { cost_usd: 0.42 }, session_id: "s-1", summary: "All done, wrote report.md" };
    const verdict = { ...report, ...("outcome" in more && { outcome: more.outcome }) };
    const agents = { ...reporting(verdict), expand: () => ({ argv: [program] }) };
    const d = t.dispatcher({ agents, failureLimit: end === "gave_up" ? 1 : 5 });
    const { id } = t.ready();
    await t.pass(d);

    expect(await t.ended(d, id)).toMatchObject({
      outcome: end,
      last_words: "All done, wrote report.md",
      usage: { cost_usd: 0.42 },
      session_id: "s-1",
    });
    if (end === "abandoned" || end === "gave_up") {
      expect(taskEvents(t.board, id).findLast(({ kind }) => kind === end)!.payload).toMatchObject({
        last_words: "All done, wrote report.md",
      });
    }
  });

  test("a run that was ended at its time limit says what it was retrying, and keeps its words [N9]", async () => {
    t = testHome();
    t.profile("coder", { agent: "echoer", max_runtime: "60s" });
    const verdict = { retrying: "429", summary: "I read the task first.", usage: { output_tokens: 40 } };
    const agents = { ...reporting(verdict), expand: () => ({ argv: ["/bin/sh", "-c", UNTIL_TERM] }) };
    const d = t.dispatcher({ agents });
    const { id } = t.ready();
    await t.pass(d);
    await workerUp(t, id);
    recordToolUse(t.board, t.run(id).id);

    t.advance(61_000);
    await t.pass(d);

    expect(await t.ended(d, id)).toMatchObject({
      outcome: "timed_out",
      error: "ran for 61 s, its time limit is 60 s, while retrying: 429",
      last_words: "I read the task first.",
      usage: { output_tokens: 40 },
    });
  });

  test.each([
    ["a person took it back", "reclaimed", (id) => void reclaimTask(t.board, id)],
    ["a person archived its task", "reclaimed", (id) => void archiveTask(t.board, id)],
    ["its agent was killed", "crashed", (id) => void process.kill(-t.run(id).pid!, "SIGKILL")],
    ["its time was up", "timed_out", () => t.advance(61_000)],
  ] as [string, string, (id: string) => void][])(
    "a run that ended because %s keeps what its agent had printed, whichever dispatcher sees the end",
    async (_, outcome, end) => {
      t = testHome();
      t.profile("coder", { agent: "echoer", max_runtime: "60s" });
      const agents: Agents = {
        ...reporting(null),
        expand: () => ({ argv: ["/bin/sh", "-c", UNTIL_TERM] }),
        judge: ({ output }) => ({ usage: { ups: output.split("up").length - 1 }, session_id: "s-1" }),
      };
      const { id } = t.ready();
      await t.pass(t.dispatcher({ agents }));
      await t.logged(id, "up");
      end(id);

      const run = await t.ended(t.dispatcher({ agents, max: 0 }), id);

      expect(run).toMatchObject({ outcome, usage: { ups: 1 }, session_id: "s-1" });
    },
  );

  test("a run says when its agent never asked for the tools that it was given [N9]", async () => {
    t = testHome();
    t.profile("coder", { agent: "echoer" });
    t.script("exit 0", {}, "plain");
    const d = t.dispatcher({ agents: reporting({}) });
    const [deaf, plain] = [t.ready(), t.ready({ assignee: "plain" })];

    await t.pass(d);

    const left = "exited without completing or blocking its task";
    expect((await t.ended(d, deaf.id)).error).toBe(`${left}, its agent never requested the tools of the board`);
    expect((await t.ended(d, plain.id)).error).toBe(left); // It was given none.
  });

  test("an unknown end shows its last line of plain text, else the last words of its agent, and never an event", async () => {
    t = testHome();
    t.profile("coder", { agent: "echoer" });
    const verdicts = [{ tail: "Error: Cannot find module 'x'", summary: "I start." }, { summary: "I start." }];
    const agents = {
      ...reporting(null),
      expand: () => ({ argv: ["/bin/sh", "-c", 'echo \'{"type":"x"}\'; exit 3'] }),
      judge: () => verdicts.shift()!,
    };
    const d = t.dispatcher({ agents });
    const tasks = [t.ready(), t.ready()];
    await t.pass(d);

    const errors = [];
    for (const { id } of tasks) errors.push((await t.ended(d, id)).error);

    const note = ", its agent never requested the tools of the board";
    expect(errors.toSorted()).toEqual([
      `exit code 3${note}: Error: Cannot find module 'x'`,
      `exit code 3${note}: I start.`,
    ]);
  });

  test("nothing but NUL and blanks is no summary, and holds up no other run", async () => {
    t = testHome();
    t.script("printf '\\000 \\000\\n'", { complete_on_exit: true });
    const d = t.dispatcher();
    const [one, two] = [t.ready(), t.ready()];

    await t.pass(d);

    expect(await t.ended(d, one.id)).toMatchObject({ outcome: "completed" });
    expect(await t.ended(d, two.id)).toMatchObject({ outcome: "completed" });
  });
});
