/**
 * How the output of each agent is read, as data: success, errors, their causes, usage, session.
 *
 * The shapes are those that the programs print in the recorded runs beside the tests. Other output of an agent is
 * skipped. The families of Claude Code and of opencode, Codex and Gemini have files of their own.
 *
 * @module
 */
import type { OutputRules } from "./preset.ts";

export const COPILOT_EVENTS: OutputRules = {
  tried: "1.0.102",
  session: [{ when: { type: "result" }, at: ["sessionId"] }],
  summary: [{ when: { type: "assistant.message" }, at: ["data.content"] }],
  errors: [{ when: { type: "session.error" }, at: ["data.message", "data.errorType"] }],
  success: [],
  answers: [{ type: ["assistant.message", "tool.execution_start"] }],
  signs: [
    { when: { type: "session.error" }, status: ["data.statusCode"] },
    { when: { type: "session.error", "data.errorType": "authentication" }, cause: "account" },
    { when: { type: "session.error", "data.errorType": ["rate_limit", "quota"] }, cause: "limit" },
    { when: { type: "model.call_final_result", "data.result": "transport_error" }, cause: "outage" },
  ],
  retries: [
    { when: { type: "model.call_failure" }, status: ["data.statusCode"] },
    { when: { type: "model.call_failure" }, cause: "outage" },
  ],
  lines: [{ form: /^Error: No authentication information found\.$/, cause: "account" }],
  usage: [
    { when: { type: "assistant.message" }, counts: "step", numbers: { output_tokens: ["data.outputTokens"] } },
    { when: { type: "result" }, counts: "total", numbers: { premium_requests: ["usage.premiumRequests"] } },
  ],
  report: {
    of: "modelMetrics",
    numbers: {
      input_tokens: ["usage.inputTokens"],
      output_tokens: ["usage.outputTokens"],
      cache_read_tokens: ["usage.cacheReadTokens"],
      cache_write_tokens: ["usage.cacheWriteTokens"],
    },
  },
};

const DROID_ERROR = { type: "error", source: "agent_loop" } as const;

export const DROID_EVENTS: OutputRules = {
  tried: "0.225.2",
  session: [{ when: { type: ["system", "completion"] }, at: ["session_id"] }],
  summary: [
    { when: { type: "completion" }, at: ["finalText"] },
    { when: { type: "message", role: "assistant" }, at: ["text"] },
  ],
  errors: [
    { when: { type: "error", source: "cli", message: "Exec failed" }, at: ["message"], weak: true },
    { when: { type: "error" }, at: ["message"] },
    { when: { level: "error" }, at: ["error.message", "msg"] },
  ],
  success: [{ type: "completion" }],
  answers: [{ type: "message", role: "assistant" }, { type: ["tool_call", "tool_result"] }],
  signs: [
    { when: DROID_ERROR, at: ["message"], form: /^(?<status>\d{3}) / },
    { when: DROID_ERROR, at: ["message"], form: /^Connection error\.$/, cause: "outage" },
    {
      when: { type: "error", source: "cli" },
      at: ["message"],
      form: /^Error: Authentication failed\. Please log in using \/login or set a valid FACTORY_API_KEY /,
      cause: "account",
    },
  ],
  retries: [],
  lines: [],
  usage: [
    {
      when: { type: "completion" },
      counts: "total",
      numbers: {
        input_tokens: ["usage.input_tokens"],
        output_tokens: ["usage.output_tokens"],
        cache_read_tokens: ["usage.cache_read_input_tokens"],
        turns: ["numTurns"],
      },
    },
  ],
};

/**
 * Known from its documentation alone. A run that cannot even begin prints plain text; those lines count only where
 * the program itself ended badly.
 */
export const HERMES_EVENTS: OutputRules = {
  tried: null,
  session: [
    { when: { type: "system", subtype: "init" }, at: ["session_id"] },
    { when: { type: "result" }, at: ["session_id"] },
  ],
  summary: [
    { when: { type: "result" }, at: ["text"] },
    { when: { type: "text" }, at: ["text"], join: true },
  ],
  errors: [{ when: { type: "result", exit_code: [1, 2, 130] }, at: ["error", "text"] }],
  success: [{ type: "result", exit_code: 0 }],
  answers: [{ type: "text" }],
  signs: [{ when: { type: "result", exit_code: [1, 2] }, at: ["error"], form: /^HTTP (?<status>\d{3}): / }],
  retries: [],
  lines: [
    { form: /^(?:❌ )?(?<message>API call failed after \d+ retries: HTTP (?<status>\d{3})\b.*)$/ },
    { form: /^(?:❌ )?(?<message>Error code: (?<status>\d{3}) - .*)$/ },
    { form: /^(?:❌ )?(?<message>Provider authentication failed.*)$/, cause: "account" },
    {
      form: /^(?<message>Error: Profile '[^']{1,80}' does not exist\..*)$/,
      cause: "setup",
      say: "make it with hermes profile create, or name another one in the profile's file under options: profile",
    },
  ],
  usage: [
    {
      when: { type: "result" },
      counts: "total",
      numbers: {
        input_tokens: ["tokens.input"],
        output_tokens: ["tokens.output"],
        cache_read_tokens: ["tokens.cache_read"],
        cache_write_tokens: ["tokens.cache_write"],
      },
    },
  ],
};

const PI_ERROR = { when: { type: "turn_end", "message.stopReason": "error" }, at: ["message.errorMessage"] } as const;

/** It exits 0 after errors. A turn that ended without one overcame those before it. */
export const PI_EVENTS: OutputRules = {
  tried: "0.74.2",
  session: [{ when: { type: "session" }, at: ["id"] }],
  summary: [
    {
      when: { type: "turn_end", "message.stopReason": "stop" },
      at: ["message.content.0.text", "message.content.1.text", "message.content.2.text"],
    },
  ],
  errors: [PI_ERROR, { when: { type: "auto_retry_end", success: false }, at: ["finalError"] }],
  success: [
    { type: "turn_end", "message.stopReason": ["stop", "toolUse"] },
    { type: "auto_retry_end", success: true },
  ],
  answers: [{ type: "turn_end", "message.stopReason": ["stop", "toolUse"] }],
  signs: [
    { ...PI_ERROR, form: /^(?<status>\d{3}) / },
    { ...PI_ERROR, form: /^Connection error\.$/, cause: "outage" },
  ],
  retries: [],
  lines: [
    { form: /^No API key found for [^.]{1,80}\.$/, cause: "account" },
    { form: /^No models available\. Use \/login to log into a provider\b.*$/, cause: "account" },
    { form: /^Error: (?<message>Unknown provider "[^"]{1,200}"\. Use --list-models to see .*)$/, cause: "model" },
    { form: /^Error: (?<message>Model "[^"]{1,200}" not found\. Use --list-models to see .*)$/, cause: "model" },
  ],
  usage: [
    {
      when: { type: "turn_end" },
      counts: "step",
      numbers: {
        input_tokens: ["message.usage.input"],
        output_tokens: ["message.usage.output"],
        cache_read_tokens: ["message.usage.cacheRead"],
        cache_write_tokens: ["message.usage.cacheWrite"],
        cost_usd: ["message.usage.cost.total"],
      },
    },
  ],
};
