import { describe, expect, test } from "bun:test";
import { judge } from "./judge.ts";
import { presetOf } from "./presets.ts";
import { agentRuns } from "./testing/agent_run.ts";

const ACCOUNT = { on: "account", permanent: true };
const LIMIT = { on: "account", permanent: false };
const PROVIDER = { on: "provider", permanent: false };

/** Outcome (none: the exit status decides), fault, a part of the error, what is being retried, tokens put out. */
type Expected = readonly [string | null, object | null, string | null, (string | null)?, (number | null)?];

const ENDED: Expected = [null, null, null, null];
const ended = (tokens: number | null): Expected => [null, null, null, null, tokens];

/** What each recorded run is judged to be. Copilot writes its tokens into a file. */
const EXPECTED: Record<string, Record<string, Expected>> = {
  claude: {
    whole_task: ended(160),
    commit: ended(140),
    commit_in_place: ended(140),
    silent_end: ended(60),
    late_last_turn: ended(4),
    hang: ENDED,
    limit: ["rate_limited", LIMIT, "Request rejected (429)", null, 0],
    overloaded: ["rate_limited", PROVIDER, "529 Overloaded", null, 0],
    outage: ["crashed", PROVIDER, "API Error: 500", null, 0],
    unreachable: ["crashed", PROVIDER, "Connection refused", null, 0],
    dead_key: ["crashed", ACCOUNT, "Invalid API key · Fix external API key (status 401; start claude", null, 0],
    no_account: ["crashed", ACCOUNT, "Not logged in · Please run /login (start claude", null, 0],
    too_long: ["crashed", null, "Prompt is too long", null, 0],
  },
  codex: {
    whole_task: ended(100),
    commit: ended(80),
    commit_in_place: ended(80),
    silent_end: ended(40),
    late_last_turn: ENDED,
    hang: ENDED,
    limit: ["rate_limited", LIMIT, "last status: 429"],
    overloaded: ["crashed", PROVIDER, "unexpected status 503"],
    outage: ["crashed", PROVIDER, "experiencing high demand"],
    unreachable: [null, PROVIDER, "still retrying: Connection failed", "Connection failed: error sending request"],
    dead_key: ["crashed", ACCOUNT, "unexpected status 401"],
    no_account: [null, PROVIDER, "still retrying: Connection failed", "Connection failed: error sending request"],
    too_long: ["crashed", null, "ran out of room"],
  },
  opencode: {
    whole_task: ended(100),
    commit: ended(80),
    commit_in_place: ended(80),
    silent_end: ended(40),
    late_last_turn: ended(40),
    hang: ENDED,
    limit: ["rate_limited", LIMIT, "Rate limit reached"],
    overloaded: ["crashed", PROVIDER, "overloaded, please try again later (status 503)"],
    outage: [
      "crashed",
      PROVIDER,
      "The server had an error while processing your request. Sorry about that! (status 500)",
    ],
    unreachable: ["crashed", PROVIDER, "Cannot connect to API"],
    dead_key: ["crashed", ACCOUNT, "(status 401; sign in with opencode auth login"],
    no_account: ["crashed", PROVIDER, "Cannot connect to API"],
    too_long: ["crashed", null, "maximum context length", null, 200],
  },
  gemini: {
    whole_task: ended(100),
    commit: ended(80),
    commit_in_place: ended(80),
    silent_end: ended(40),
    no_tools: ended(20),
    late_last_turn: ENDED,
    hang: ENDED,
    limit: ["rate_limited", LIMIT, "You exceeded your current quota", null, 0],
    overloaded: ["crashed", PROVIDER, "The model is overloaded. Please try again later.] (status 503)", null, 0],
    outage: ["crashed", PROVIDER, '"code":500', null, 0],
    unreachable: ["crashed", PROVIDER, "fetch failed sending request", null, 0],
    dead_key: ["crashed", ACCOUNT, "API key not valid", null, 0],
    no_account: ["crashed", ACCOUNT, "not signed in (exit code 41) (start gemini"],
    too_long: ["crashed", null, "The input token count", null, 0],
  },
  qwen: {
    whole_task: ended(100),
    commit: ended(80),
    commit_in_place: ended(80),
    silent_end: ended(40),
    late_last_turn: ended(40),
    hang: ENDED,
    limit: [null, LIMIT, "still retrying: 429", "429"],
    overloaded: [null, PROVIDER, "still retrying: 503", "503"],
    outage: ["crashed", PROVIDER, "[API Error: 500", null, 0],
    unreachable: ["crashed", PROVIDER, "Connection error.", null, 0],
    dead_key: ["crashed", ACCOUNT, "[API Error: 401", null, 0],
    no_account: ["crashed", ACCOUNT, "No auth type is selected", null, 0],
    too_long: ["crashed", null, "[API Error: 400", null, 0],
  },
  copilot: {
    whole_task: ENDED,
    commit: ENDED,
    commit_in_place: ENDED,
    silent_end: ENDED,
    late_last_turn: ENDED,
    hang: ENDED,
    limit: ["rate_limited", LIMIT, "Last error: 429"],
    overloaded: ["crashed", PROVIDER, "Last error: 503"],
    outage: ["crashed", PROVIDER, "Last error: 500"],
    unreachable: ["crashed", PROVIDER, "Could not connect"],
    dead_key: ["crashed", ACCOUNT, "(HTTP 401)"],
    no_account: ["crashed", ACCOUNT, "No authentication information found. (start copilot"],
    too_long: ["crashed", null, "400 This model's maximum context length"],
  },
  droid: {
    whole_task: ended(100),
    commit: ended(100),
    commit_in_place: ended(100),
    silent_end: ended(40),
    late_last_turn: ENDED,
    hang: ENDED,
    limit: ["rate_limited", LIMIT, "429 Rate limit reached"],
    overloaded: ["crashed", PROVIDER, "503 The engine"],
    outage: ["crashed", PROVIDER, "500 The server"],
    unreachable: ["crashed", PROVIDER, "Connection error."],
    dead_key: ["crashed", ACCOUNT, "401 Incorrect API key provided"],
    no_account: ["crashed", ACCOUNT, "Please log in using /login"],
    too_long: ["crashed", null, "400 This model's"],
  },
  // Of its many events most are left out of a fixture, and with them a part of the tokens.
  pi: {
    whole_task: ended(60),
    commit: ended(60),
    commit_in_place: ended(60),
    silent_end: ended(40),
    late_last_turn: ended(60),
    hang: ENDED,
    limit: ["rate_limited", LIMIT, "429 Rate limit reached", null, 0],
    overloaded: ["crashed", PROVIDER, "503 The engine is currently overloaded", null, 0],
    outage: ["crashed", PROVIDER, "500 The server had an error", null, 0],
    unreachable: ["crashed", PROVIDER, "Connection error.", null, 0],
    dead_key: ["crashed", ACCOUNT, "401 Incorrect API key provided", null, 0],
    no_account: ["crashed", ACCOUNT, "No API key found for the selected model. (start pi in a terminal"],
    too_long: ["crashed", null, "400 This model's maximum context length", null, 0],
  },
  kilo: {
    whole_task: ended(100),
    commit: ended(100),
    commit_in_place: ended(100),
    silent_end: ended(40),
    late_last_turn: ended(60),
    hang: ENDED,
    limit: ["rate_limited", LIMIT, "Rate limit reached"],
    overloaded: ["crashed", PROVIDER, "overloaded, please try again later (status 503)"],
    outage: [
      "crashed",
      PROVIDER,
      "The server had an error while processing your request. Sorry about that! (status 500)",
    ],
    // Without a network it says nothing until its time is over.
    unreachable: ENDED,
    no_account: ENDED,
    dead_key: ["crashed", ACCOUNT, "(status 401; sign in with kilo auth login"],
    too_long: ["crashed", null, "Compaction exhausted: context still exceeds model limits", null, 60],
  },
};

const RUNS = agentRuns();

describe("judge() of recorded runs of real agents", () => {
  test("has an expectation for each of them", () => {
    for (const { agent, scenario } of RUNS) expect(EXPECTED).toHaveProperty([agent, scenario]);
  });

  test.each(RUNS.map((run) => [`${run.agent}, ${run.scenario}`, run] as const))("%s", (_, run) => {
    const { agent, scenario, exit_code, signal, output } = run;
    const [outcome, fault, error, retrying = null, tokens = null] = EXPECTED[agent]![scenario]!;

    const verdict = judge({ agent, run: { id: 1 }, exit_code, signal, output })!;

    expect(verdict.outcome ?? null).toBe(outcome as never);
    expect(verdict.fault ?? null).toEqual(fault as never);
    if (error === null) expect(verdict.error).toBeUndefined();
    else expect(verdict.error).toInclude(error);
    expect(verdict.retrying ?? null).toBe(retrying);
    expect(verdict.retry_seconds).toBeUndefined(); // The scripted providers name no time.
    expect(verdict.usage?.["output_tokens"] ?? null).toBe(tokens);
  });

  test.each([
    ['Error: Model "sim/sim-model" not found. Use --list-models to see available models.', "profile"],
    ['Error: Unknown provider "sim". Use --list-models to see available providers/models.', "profile"],
    ["No models available. Use /login to log into a provider via OAuth or API key. See:", "account"],
  ])("pi: what only a person can mend, as it says it before its first event: %s", (line, on) => {
    const verdict = judge({ agent: "pi", run: { id: 1 }, exit_code: 1, signal: null, output: `${line}\n` })!;
    expect(verdict).toMatchObject({ outcome: "crashed", fault: { on, permanent: true } });
  });

  test.each(RUNS.filter(({ scenario }) => scenario === "silent_end").map((run) => [run.agent, run] as const))(
    "%s: the last words of a run that ends in silence are kept [C2] [N6]",
    (agent, { exit_code, signal, output }) => {
      const verdict = judge({ agent, run: { id: 1 }, exit_code, signal, output })!;
      expect(verdict.summary).toBe("I looked around and found nothing to do.");
    },
  );

  test("says which version each preset's rules were tried with", () => {
    for (const { agent, package: name } of RUNS) expect(name).toEndWith(`@${presetOf(agent)!.output.tried}`);
  });
});
