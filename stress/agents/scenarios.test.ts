import { describe, expect, test } from "bun:test";
import { replyTo } from "../models/script.ts";
import { PROGRAMS } from "./catalogue.ts";
import { byShell, judgementOf, type Played, type Scenario, SCENARIOS } from "./scenarios.ts";

const scenario = (name: string): Scenario => SCENARIOS.find((each) => each.name === name)!;
const AGENT = { reports: true, signIn: "sign in with it login" };

/** A run that went well in every scenario that wants one completed. */
const GOOD: Played = {
  scenario: "whole_task",
  outcome: "completed",
  exit_code: 0,
  signal: null,
  summary: "done by the scripted model",
  error: null,
  usage: { output_tokens: 20 },
  session_id: "s",
  seconds: 1,
  first_request_seconds: 0.5,
  requests: [],
  output: "",
  failures: 0,
  comments: ["a remark of the scripted model"],
  commits: ["made by the agent", "first"],
};

describe("the judgement of a scenario", () => {
  test.each(["whole_task", "commit", "commit_in_place", "late_last_turn"])(
    "%s: finds nothing in a good run",
    (name) => {
      expect(judgementOf(scenario(name), GOOD, AGENT)).toEqual([]);
    },
  );

  test.each<[string, Partial<Played>, RegExp]>([
    ["whole_task", { outcome: "abandoned" }, /abandoned/],
    ["whole_task", { comments: [] }, /comment/],
    ["whole_task", { session_id: null }, /session/],
    ["whole_task", { summary: "other" }, /summary/],
    ["commit", { commits: ["first"] }, /commit/],
    ["late_last_turn", { usage: null }, /tokens/],
    ["limit", { outcome: "crashed", failures: 1 }, /crashed with 1 failures/],
    ["dead_key", { outcome: "rate_limited" }, /limit/],
    ["dead_key", { outcome: "crashed", error: "it failed" }, /does not say/],
    ["silent_end", { outcome: "abandoned", requests: ["text I was not offered kanban_show"] }, /not offered/],
    ["outage", { outcome: "crashed", failures: 1 }, /failure/],
    ["overloaded", { outcome: "crashed", failures: 1 }, /failure/],
    ["unreachable", { outcome: "crashed", failures: 1 }, /failure/],
    ["too_long", { outcome: "crashed", error: "it failed" }, /too long/],
    ["no_account", { outcome: "crashed", error: "it failed" }, /sign in/],
    ["silent_end", { outcome: "completed" }, /completed/],
    ["hang", { outcome: "crashed" }, /crashed/],
  ])("%s: finds what is wrong", (name, change, sentence) => {
    const wrong = judgementOf(scenario(name), { ...GOOD, ...change }, AGENT);

    expect(wrong.join("\n")).toMatch(sentence);
  });

  test("takes a dead key whose error says what to do, and a run that still repeats its request, for well ended", () => {
    const told = { ...GOOD, outcome: "crashed", error: `401 (${AGENT.signIn})` };

    expect(judgementOf(scenario("dead_key"), told, AGENT)).toEqual([]);
    expect(judgementOf(scenario("limit"), { ...GOOD, outcome: "timed_out", failures: 1 }, AGENT)).toEqual([]);
  });

  test("asks nothing that only a preset can tell of an agent without one", () => {
    const failed = { ...GOOD, outcome: "abandoned", failures: 1 };

    expect(judgementOf(scenario("limit"), failed, { reports: false, signIn: null })).toEqual([]);
    expect(judgementOf(scenario("whole_task"), failed, { reports: false, signIn: null })).not.toEqual([]);
  });

  test("asks no tokens of an agent that reports none", () => {
    expect(
      judgementOf(scenario("whole_task"), { ...GOOD, usage: null, session_id: null }, { ...AGENT, reports: false }),
    ).toEqual([]);
  });
});

describe("byShell()", () => {
  test("calls each tool through the agent's shell, with what a quote is kept", async () => {
    const script = byShell({ steps: [{ tool: "kanban_show", args: { note: "it's $HOME" } }, { text: "bye" }] });
    const tools = [{ name: "bash" }];
    const conversation = { model: "m", tools, called: [], text: "" };

    const { call } = replyTo(script, conversation);

    const command = call!.args["command"] as string;
    const shell = Bun.spawn(["/bin/sh", "-c", command], { env: { KANBAN_BIN: "/bin/echo" } });
    expect(await new Response(shell.stdout).text()).toBe(`tool kanban_show {"note":"it's $HOME"}\n`);
    expect(replyTo(script, { ...conversation, called: ["bash"] })).toMatchObject({ call: null, text: "bye" });
  });
});

describe("the catalogue", () => {
  test.each(PROGRAMS.map((program) => [program.name, program] as const))(
    "%s: pinned, and pointed at the model",
    (_, program) => {
      const { env, files } = program.setUp({ url: "http://127.0.0.1:7801", key: "k" });

      if (program.cannot !== undefined) return;
      for (const name of program.packages) expect(name).toMatch(/.@\d/);
      const all = JSON.stringify([env, files]);
      expect(all).toContain("127.0.0.1:7801");
      expect(all).toMatch(/\bk\b|fk-k/);
    },
  );
});
