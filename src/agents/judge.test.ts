import { describe, expect, test } from "bun:test";
import { judge, retryingOf, type Verdict } from "./judge.ts";
import { AGENTS } from "./presets.ts";

const NOW = Date.UTC(2026, 10, 1);

/** The verdict on these lines, without those that are no events; objects are events. */
function read(...given: Parameters<typeof whole>): Verdict | null {
  const verdict = whole(...given);
  delete verdict?.tail;
  return verdict;
}

function whole(
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

  describe("usage of a run that was ended from outside", () => {
    const message = (id: string, input: number, output: number) => ({
      type: "assistant",
      message: { id, content: [], usage: { input_tokens: input, output_tokens: output } },
    });
    const result = {
      type: "result",
      is_error: false,
      usage: { input_tokens: 50, output_tokens: 9 },
      total_cost_usd: 1,
    };

    test("is that of its messages, each counted once", () => {
      const lines = [message("m1", 10, 1), message("m1", 10, 3), message("m2", 20, 1)];
      expect(read("claude", lines)!.usage).toEqual({ input_tokens: 30, output_tokens: 4 });
    });

    test("has the messages after the last result beside the results", () => {
      const lines = [message("m1", 10, 1), result, message("m2", 20, 2)];
      expect(read("claude", lines)!.usage).toEqual({ input_tokens: 70, output_tokens: 11, cost_usd: 1 });
      expect(read("claude", [...lines, result])!.usage).toEqual({ input_tokens: 100, output_tokens: 18, cost_usd: 1 });
    });

    test("loses nothing to a result that has no numbers", () => {
      const failed = { type: "result", is_error: true, total_cost_usd: 1 };
      const { usage } = read("claude", [message("m1", 10, 1), failed])!;
      expect(usage).toEqual({ input_tokens: 10, output_tokens: 1, cost_usd: 1 });
    });

    test("has the middle of a long output", () => {
      const [head, end] = [message("m1", 10, 1), message("m3", 40, 1)].map((event) => `${JSON.stringify(event)}\n`);
      const middle = [message("m1", 10, 2), message("m2", 20, 1), { type: "result", is_error: true, result: "over" }];
      const lines = () => ["a line", ...middle.map((event) => JSON.stringify(event)), '{"input_tokens": 5'];
      const finished = { agent: "claude", run: { id: 1 }, exit_code: null, signal: "SIGKILL" };

      const verdict = judge({ ...finished, output: head! + end!, between: { at: head!.length, lines } });

      expect(verdict).toEqual({ usage: { input_tokens: 70, output_tokens: 4 } }); // Nothing else is read there.
    });

    test("does not exist where its messages say that nothing was used", () => {
      expect(read("claude", [message("m1", 0, 0)])!.usage).toBeUndefined();
    });
  });

  test("adds up usage that is reported by step, and takes the last of totals [N10]", () => {
    const turn = { type: "turn.completed", usage: { input_tokens: 10, cached_input_tokens: 1, output_tokens: 2 } };
    expect(read("codex", [turn, turn])!.usage).toEqual({ input_tokens: 20, cache_read_tokens: 2, output_tokens: 4 });
    // Each result of a session has its own tokens and turns, and the cost of all so far; a second session begins at
    // zero.
    const result = (cost: number, session_id = "s1") => ({
      ...{ type: "result", is_error: false, total_cost_usd: cost, num_turns: cost, session_id },
    });
    expect(read("claude", [result(1), result(2), result(4, "s2")])!.usage).toEqual({ cost_usd: 6, turns: 7 });
    expect(read("claude", [result(1), result(2)])!.usage).toEqual({ cost_usd: 2, turns: 3 });
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
      "opencode",
      [{ type: "error", sessionID: "s", error: { name: "APIError", data: { message: "no", statusCode: 429 } } }],
    ],
    [
      "codex",
      [{ type: "turn.failed", error: { message: "exceeded retry limit, last status: 429 Too Many Requests" } }],
    ],
    ["codex", [{ type: "turn.failed", error: { message: "You've hit your usage limit. Try again at 3:28 PM." } }]],
    [
      "copilot",
      [{ type: "session.error", data: { errorType: "quota", message: "You have exceeded your premium requests" } }],
    ],
    ["droid", [{ type: "error", source: "agent_loop", message: "429 rate limited" }]],
    ["hermes", ["❌ API call failed after 3 retries: HTTP 429: The usage limit has been reached"]],
    ["gemini", []],
  ])("%s: a limit is a status, an event or a form of its own [C1] [N7]", (agent, lines) => {
    const verdict = read(agent, lines, { exit_code: agent === "gemini" ? 173 : 1 });
    expect(verdict).toMatchObject({ outcome: "rate_limited", fault: { on: "account", permanent: false } });
  });

  const SAID = "the new rate limit middleware still fails 3 tests: HTTP 429 Too Many Requests, please run /login";
  const ANSWER = '{"error":{"code":429,"status":"RESOURCE_EXHAUSTED","message":"rate limit exceeded"}}';
  test.each([
    ["a module whose name has the words", ["Error: Cannot find module '/srv/app/rate-limiter.js'", "    at 429"]],
    ["what its model said", [SAID, `I think: ${SAID}`, `  ${ANSWER}`]],
    ["what a tool printed", [ANSWER, '{"statusCode":429}', "HTTP 401 Unauthorized", "Error code: 401 in the answer"]],
    [
      "a line that only contains a form",
      ["log: API call failed after 3 retries: HTTP 429: x", "see Error code: 401 - x"],
    ],
    [
      "numbers",
      ["    at start (file:///usr/lib/agent/cli.js:429:12)", "429 tests failed", "529 requests were answered"],
    ],
  ])("free text of any author decides nothing: %s [C1]", (_, lines) => {
    for (const agent of AGENTS) {
      expect(read(agent, lines, { exit_code: 1 })).toEqual({});
      expect(read(agent, lines, { exit_code: 0 })).toEqual({});
    }
  });

  test.each([
    ["claude", { type: "user", message: { content: [{ type: "tool_result", content: ANSWER }] } }],
    ["claude", { type: "assistant", message: { content: [{ type: "text", text: SAID }] } }],
    ["qwen", { type: "assistant", message: { content: [{ type: "text", text: "[API Error: 429 Rate limit]" }] } }],
    ["codex", { type: "item.completed", item: { type: "command_execution", aggregated_output: ANSWER } }],
    ["codex", { type: "item.completed", item: { type: "agent_message", text: "unexpected status 429 Too Many" } }],
    ["opencode", { type: "tool_use", part: { state: { output: ANSWER, error: { data: { statusCode: 429 } } } } }],
    ["gemini", { type: "message", role: "assistant", content: "[API Error: 429]" }],
    ["gemini", { type: "tool_result", status: "error", error: { code: 429, message: "rate limit" } }],
    ["copilot", { type: "assistant.message", data: { content: SAID, statusCode: 429 } }],
    ["droid", { type: "message", role: "assistant", text: "429 rate limited" }],
  ])("%s: nor does text in an event that says something else [C1]", (agent, event) => {
    const { summary: _, ...judged } = read(agent, [event], { exit_code: 1 })!;
    expect(judged).toEqual({});
  });

  test("the words of an error decide nothing either: they are kept [C1]", () => {
    const failed = (agent: string, event: object) => read(agent, [event], { exit_code: 1 });
    expect(failed("claude", { type: "result", is_error: true, result: "429 rate limit, please log in" })).toEqual({
      outcome: "crashed",
      error: "Claude Code: 429 rate limit, please log in",
    });
    expect(failed("codex", { type: "turn.failed", error: { message: "tests of the 429 rate limit fail" } })).toEqual({
      outcome: "crashed",
      error: "Codex: tests of the 429 rate limit fail",
    });
    expect(failed("opencode", { type: "error", error: { name: "UnknownError" } })).toMatchObject({
      outcome: "crashed",
      error: "opencode: UnknownError",
    });
  });

  test("a clean end is no failure, after any output", () => {
    const lines = ["❌ API call failed after 3 retries: HTTP 429: The usage limit has been reached"];
    expect(read("hermes", lines)).toEqual({});
    const result = { type: "result", is_error: false, result: "The server answers 429 at a rate limit" };
    expect(read("claude", [{ type: "assistant", error: "rate_limit" }, result])).toEqual({ summary: result.result });
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
      "profile",
    ],
    [
      "claude",
      [
        { type: "assistant", error: "authentication_failed", is_api_error_message: true },
        { type: "result", is_error: true, api_error_status: null, result: "Not logged in · Please run /login" },
      ],
      "ANTHROPIC_API_KEY",
      "account",
    ],
    [
      "codex",
      [{ type: "turn.failed", error: { message: "unexpected status 401 Unauthorized: x" } }],
      "codex login",
      "account",
    ],
    ["cursor", ["Error: Authentication required. Please run 'agent login' first"], "cursor-agent login", "account"],
    ["copilot", ["Error: No authentication information found."], "/login", "account"],
    ["hermes", ["Error: Profile 'coder' does not exist. Make it."], "hermes profile create", "profile"],
    ["hermes", ["Error code: 401 - invalid key"], "hermes setup", "account"],
    ["gemini", [], "start gemini", "account"],
  ] as const)(
    "%s: what only a person can mend is booked on what is at fault, with advice",
    (agent, lines, advice, on) => {
      const verdict = read(agent, lines, { exit_code: agent === "gemini" ? 41 : 1 });
      expect(verdict).toMatchObject({
        outcome: "crashed",
        error: expect.stringContaining(advice),
        fault: { on, permanent: true },
      });
    },
  );

  test.each([
    [400, null],
    [401, { on: "account", permanent: true }],
    [402, { on: "account", permanent: true }],
    [403, { on: "account", permanent: true }],
    [404, { on: "profile", permanent: true }],
    [429, { on: "account", permanent: false }],
    [500, { on: "provider", permanent: false }],
    [503, { on: "provider", permanent: false }],
    [529, { on: "provider", permanent: false }],
  ])("status %d is judged alike in an event and as an exit code [N7]", (status, fault) => {
    const event = { type: "result", is_error: true, api_error_status: status, result: "no" };
    const verdict = read("claude", [event], { exit_code: 1 })!;
    expect(verdict.fault ?? null).toEqual(fault as never);
    expect(verdict.outcome).toBe(status === 429 || status === 529 ? "rate_limited" : "crashed");
    expect(verdict.error).toStartWith(`Claude Code: no (status ${status}`);
    const failed = { type: "result", status: "error", error: { message: "no" } };
    expect(read("gemini", [failed], { exit_code: status % 256 })!.fault ?? null).toEqual(fault as never);
  });

  test("nothing is read into the output of a process that was killed", () => {
    for (const agent of AGENTS)
      expect(
        read(agent, ["Error: No authentication information found."], { exit_code: null, signal: "SIGKILL" }),
      ).toEqual({});
    const limit = { type: "rate_limit_event", rate_limit_info: { status: "rejected" } };
    expect(read("claude", [limit], { exit_code: null, signal: "SIGKILL" })).toEqual({});
  });

  test("keeps the request that was being made again when the process was ended, and no longer once it is answered [N9]", () => {
    const end = { exit_code: null, signal: "SIGTERM" };
    const retry = { type: "system", subtype: "api_retry", error_status: 401 };
    expect(read("claude", [retry], end)).toEqual({
      retrying: "401",
      error: expect.stringMatching(/^Claude Code: still retrying: 401 \(start claude in a terminal/),
      fault: { on: "account", permanent: true },
    });
    expect(read("claude", [retry, { type: "assistant", message: { content: [] } }], end)).toEqual({});
    const attempt = "Attempt 3 failed with status 503. Retrying with backoff... _ApiError: {}";
    const polite = read("gemini", [attempt], { exit_code: 0 });
    const error = "Gemini CLI: still retrying: 503";
    expect(polite).toEqual({ retrying: "503", error, fault: { on: "provider", permanent: false } });
    expect(retryingOf("claude", JSON.stringify(retry))).toBe("401");
    expect(retryingOf("codex", JSON.stringify(retry))).toBeNull();
    expect(retryingOf("constructor", "x")).toBeNull();
  });

  test("waits as long as a header says", () => {
    const data = { message: "slow down", statusCode: 429, responseHeaders: { "retry-after": "120" } };
    const verdict = read("opencode", [{ type: "error", error: { name: "APIError", data } }], { exit_code: 1 });
    expect(verdict).toMatchObject({
      retry_seconds: 120,
      fault: { on: "account", permanent: false, retry_seconds: 120 },
    });
  });

  test("an error that says nothing does not replace the one before it [N10]", () => {
    const lines = [
      { type: "error", source: "agent_loop", message: "500 The server had an error" },
      { type: "error", source: "cli", message: "Exec failed" },
    ];
    expect(read("droid", lines, { exit_code: 1 })!.error).toBe("Factory Droid: 500 The server had an error");
    expect(read("droid", lines.slice(1), { exit_code: 1 })!.error).toBe("Factory Droid: Exec failed");
  });

  test("a bill to pay is a failure: waiting does not help", () => {
    const verdict = read("claude", [{ type: "result", is_error: true, result: "Credit balance is too low" }], {
      exit_code: 1,
    });
    expect(verdict).toMatchObject({ outcome: "crashed", error: "Claude Code: Credit balance is too low" });
    const billing = [
      { type: "assistant", error: "billing_error" },
      { type: "result", is_error: true, result: "x" },
    ];
    expect(read("claude", billing, { exit_code: 1 })!.fault).toEqual({ on: "account", permanent: true });
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

  test("keeps the last lines that are no events", () => {
    const lines = Array.from({ length: 30 }, (_, n) => `line ${n}`);
    const { tail } = whole("codex", [...lines, { type: "turn.started" }], { exit_code: 1 })!;
    expect(tail).toBe(lines.slice(-20).join("\n"));
    expect(whole("codex", [{ type: "turn.started" }])).toEqual({});
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
