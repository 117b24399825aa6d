import { describe, expect, test } from "bun:test";
import { judge, type Verdict } from "./judge.ts";
import { AGENTS } from "./presets.ts";

const NOW = Date.UTC(2026, 10, 1);

/** The verdict on these lines; objects are events. */
function read(
  agent: string,
  lines: readonly (object | string)[],
  end: { exit_code?: number | null; signal?: string } = {},
): Verdict | null {
  const output = lines.map((line) => (typeof line === "string" ? line : JSON.stringify(line))).join("\n");
  const { exit_code = 0, signal = null } = end;
  return judge({ agent, run: { id: 1 }, exit_code, signal, output }, () => NOW);
}

describe("judge()", () => {
  test.each(AGENTS)("leaves a silent end of %s to the exit code", (agent) => {
    expect(read(agent, [])).toEqual({});
    expect(read(agent, ["some text", "{ broken", "[1]", "null"], { exit_code: 1 })).toEqual({});
    expect(read(agent, [], { exit_code: null, signal: "SIGKILL" })).toEqual({});
  });

  test("knows nothing of an agent without a preset", () => {
    expect(read("constructor", [])).toBeNull();
  });

  test("takes an error that was overcome for none", () => {
    const verdict = read("codex", [
      { type: "error", message: "Reconnecting... 1/5 (unexpected status 429 Too Many Requests)" },
      { type: "turn.completed", usage: { input_tokens: 1, output_tokens: 2 } },
    ]);
    expect(verdict).toEqual({ usage: { input_tokens: 1, output_tokens: 2 } });
  });

  test("adds up usage that is reported by step, and takes the last of totals", () => {
    const turn = { type: "turn.completed", usage: { input_tokens: 10, cached_input_tokens: 1, output_tokens: 2 } };
    expect(read("codex", [turn, turn])!.usage).toEqual({ input_tokens: 20, cache_read_tokens: 2, output_tokens: 4 });
    const result = (cost: number) => ({ type: "result", is_error: false, total_cost_usd: cost, num_turns: cost });
    expect(read("claude", [result(1), result(2)])!.usage).toEqual({ cost_usd: 2, turns: 2 });
  });

  test("believes no number that is none", () => {
    const usage = { input_tokens: "7", output_tokens: -1, cache_read_input_tokens: null };
    expect(read("claude", [{ type: "result", is_error: false, usage, total_cost_usd: {} }])!.usage).toBeUndefined();
  });

  test("waits until a limit ends, but neither too short nor too long", () => {
    const limited = (resetsAt: number) =>
      read(
        "claude",
        [
          { type: "rate_limit_event", rate_limit_info: { status: "rejected", resetsAt } },
          { type: "result", is_error: true, result: "You've hit your limit" },
        ],
        { exit_code: 1 },
      );
    expect(limited(NOW / 1_000 + 1_800)).toMatchObject({ outcome: "rate_limited", retry_seconds: 1_800 });
    expect(limited(NOW / 1_000 - 5)).toMatchObject({ retry_seconds: 60 });
    expect(limited(NOW / 1_000 + 9e9)).toMatchObject({ retry_seconds: 6 * 3_600 });
  });

  test("takes a notice that the limit is not reached for no limit", () => {
    const verdict = read("claude", [
      { type: "rate_limit_event", rate_limit_info: { status: "allowed_warning", resetsAt: NOW / 1_000 + 60 } },
      { type: "result", is_error: true, subtype: "error_max_turns" },
    ]);
    expect(verdict).toMatchObject({ outcome: "crashed", error: "Claude Code: error_max_turns" });
  });

  test.each([
    ["claude", [{ type: "result", is_error: true, api_error_status: 429, result: "Request rejected" }]],
    [
      "claude",
      [{ type: "result", is_error: true, result: "You've hit your session limit · resets 9am (Europe/Berlin)" }],
    ],
    [
      "codex",
      [
        {
          type: "turn.failed",
          error: { message: "You've hit your usage limit. Upgrade to Pro or try again at 3:28 PM." },
        },
      ],
    ],
    ["codex", [{ type: "error", message: "exceeded retry limit, last status: 429 Too Many Requests" }]],
    [
      "opencode",
      [{ type: "error", sessionID: "s", error: { name: "APIError", data: { message: "no", statusCode: 429 } } }],
    ],
    ["gemini", [{ type: "result", status: "error", error: { type: "Error", message: "RESOURCE_EXHAUSTED" } }]],
    ["gemini", ["Error when talking to Gemini API: 429 Too Many Requests"]],
    [
      "copilot",
      [{ type: "session.error", data: { errorType: "quota", message: "You have exceeded your premium requests" } }],
    ],
    ["droid", [{ type: "error", source: "agent_loop", message: "429 rate limited" }]],
    ["droid", [{ level: "error", error: { message: "Too many requests" } }]],
    ["hermes", ["API call failed after 3 retries: HTTP 429: The usage limit has been reached"]],
    ["cursor", ["You've hit your usage limit"]],
    ["amp", [{ type: "result", is_error: true, error: "429 rate limit" }]],
    ["claude", ["API Error: Request rejected (429)"]],
    ["claude", ['API Error: 529 {"type":"error"}']],
    ["codex", [{ type: "turn.failed", error: { message: "unexpected status 429" } }]],
    ["copilot", ['{"statusCode": 429', "HTTP 429"]],
    [
      "qwen",
      [
        {
          type: "result",
          is_error: true,
          subtype: "error_during_execution",
          error: { message: "[API Error: 529 overloaded]" },
        },
      ],
    ],
  ])("%s: recognises a limit in %p", (agent, lines) => {
    expect(read(agent, lines, { exit_code: 1 })).toMatchObject({ outcome: "rate_limited" });
  });

  test.each([
    ["hermes", ["API call failed after 3 retries: HTTP 429: The usage limit has been reached"], "rate_limited"],
    ["hermes", ["Error code: 401 - invalid key"], "crashed"],
    ["hermes", ["I fixed the handling of HTTP 429 in the client."], undefined],
    ["claude", [{ type: "result", is_error: false, result: "The server answers 429 at a rate limit" }], undefined],
    ["claude", ["The usage limit page is done"], undefined],
    ["opencode", [{ type: "error", sessionID: "s", error: { name: "UnknownError" } }], "crashed"],
  ])("%s: after a clean exit %p is %p", (agent, lines, outcome) => {
    expect(read(agent, lines)?.outcome).toBe(outcome as never);
  });

  test.each([
    "    at start (file:///usr/lib/agent/cli.js:429:12)",
    '  File "main.py", line 529, in run',
    "429 tests failed",
    "429 requests were answered, one was not",
  ])("a number is no limit by itself: %p crashes again each time", (line) => {
    for (const agent of AGENTS)
      expect(read(agent, ["TypeError: x is undefined", line], { exit_code: 1 })!.outcome).not.toBe("rate_limited");
  });

  test("what was cut in the middle of an event is no word of the agent's own", () => {
    for (const agent of AGENTS) {
      const cut = '{"type":"user","message":{"content":"if (status === 429) throw new Error(\\"rate limit exceeded';
      expect(read(agent, [cut], { exit_code: 1 })).toEqual({});
    }
  });

  test.each([
    [
      "claude",
      ["--dangerously-skip-permissions cannot be used with root/sudo privileges for security reasons"],
      "as another user",
    ],
    ["claude", [{ type: "result", is_error: true, result: "Not logged in · Please run /login" }], "ANTHROPIC_API_KEY"],
    ["claude", [{ type: "result", is_error: true, result: "Invalid API key · Fix external API key" }], "start claude"],
    ["codex", [{ type: "turn.failed", error: { message: "unexpected status 401 Unauthorized" } }], "codex login"],
    ["gemini", ["Please set an Auth method in your settings.json"], "start gemini"],
    ["cursor", ["Error: Authentication required. Please run 'agent login' first"], "cursor-agent login"],
    ["copilot", ["Error: No authentication information found."], "/login"],
    ["hermes", ["Error: Profile 'coder' does not exist."], "hermes profile create"],
    ["hermes", ["Error code: 401 - invalid key"], "hermes setup"],
  ])("%s: says what a person can do about %p", (agent, lines, advice) => {
    const verdict = read(agent, lines, { exit_code: 1 });
    expect(verdict).toMatchObject({ outcome: "crashed", error: expect.stringContaining(advice) });
  });

  test("gives no advice where the words are about something else, or the process was killed", () => {
    for (const line of ["    at login (file:///app/src/login.ts:40:1)", "401 tests failed", "cannot find profile.ts"])
      for (const agent of AGENTS) expect(read(agent, [line], { exit_code: 1 })).toEqual({});
    for (const agent of AGENTS)
      expect(read(agent, ["Please run /login"], { exit_code: null, signal: "SIGKILL" })).toEqual({});
    expect(read("gemini", ["x"], { exit_code: 41 })!.error).toStartWith("Gemini CLI: not signed in (exit code 41) (");
  });

  test("an ended signal is no limit, whatever stood there before", () => {
    const verdict = read("codex", ["429 Too Many Requests"], { exit_code: null, signal: "SIGKILL" });
    expect(verdict!.outcome).toBeUndefined();
  });

  test("a bill to pay is a failure: waiting does not help", () => {
    const verdict = read("claude", [{ type: "result", is_error: true, result: "Credit balance is too low" }], {
      exit_code: 1,
    });
    expect(verdict).toMatchObject({ outcome: "crashed", error: "Claude Code: Credit balance is too low" });
  });

  test("says what an exit code means where the output does not", () => {
    expect(read("gemini", [], { exit_code: 53 })).toEqual({
      outcome: "crashed",
      error: "Gemini CLI: turn limit reached (exit code 53)",
    });
  });

  test("joins the pieces of the last message, and only those", () => {
    const piece = (content: string) => ({ type: "message", role: "assistant", content, delta: true });
    const tool = { type: "tool_use", tool_name: "x" };
    expect(read("gemini", [piece("I "), piece("think"), tool, piece("All"), piece(" done")])!.summary).toBe("All done");
  });

  test("reads past colours, and keeps an error to one short line", () => {
    const event = JSON.stringify({ type: "turn.failed", error: { message: `a\n\u0000b ${"x".repeat(5_000)}` } });
    const { error } = read("codex", [`\x1b[?25h\x1b[2m${event}`])!;
    expect(error).toStartWith("Codex: a b xxx");
    expect(error!.length).toBeLessThan(620);
  });

  test("a megabyte of anything is read in no time", () => {
    const started = performance.now();
    for (const agent of AGENTS)
      read(agent, ["{".repeat(300_000), "rate ".repeat(60_000), `{"type":"${"x".repeat(300_000)}"}`], { exit_code: 1 });
    expect(performance.now() - started).toBeLessThan(1_000);
  });
});
