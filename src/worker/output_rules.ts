/**
 * How the output of each agent is read, as data: success, errors, limits, usage, session.
 *
 * The shapes are those of the programs' own documentation and source of 2026. Whatever an agent
 * prints beside them is skipped.
 *
 * @module
 */
import type { OutputRules } from "./preset.ts";

/**
 * Words of a provider that will serve again later. Bills to pay are not among them: they need a person.
 * A number alone is no status: line 429 of a stack that crashes every time would be waited for for ever.
 */
const LIMIT_WORDS =
  /rate.?limit|too many requests|(?:http|status|error|code|rejected)["']?\W{0,4}(?:429|529)\b|(?:usage|session|weekly|daily|5-hour) limit|hit your limit|limit reached|quota (?:exceeded|exhausted)|resource.?exhausted|overloaded/i;

/** The events of Claude Code, which several others print as well. */
export const CLAUDE_EVENTS: OutputRules = {
  session: [
    { when: { type: "system", subtype: "init" }, at: ["session_id"] },
    { when: { type: "result" }, at: ["session_id"] },
  ],
  summary: [{ when: { type: "result", is_error: false }, at: ["result"] }],
  errors: [
    { when: { type: "result", is_error: true }, at: ["result", "error.message", "error", "errors.0", "subtype"] },
  ],
  success: [{ type: "result", is_error: false }],
  usage: [
    {
      when: { type: "result" },
      counts: "total",
      numbers: {
        input_tokens: ["usage.input_tokens", "usage.inputTokens"],
        output_tokens: ["usage.output_tokens", "usage.outputTokens"],
        cache_read_tokens: ["usage.cache_read_input_tokens", "usage.cacheReadTokens"],
        cache_write_tokens: ["usage.cache_creation_input_tokens", "usage.cacheWriteTokens"],
        cost_usd: ["total_cost_usd"],
        turns: ["num_turns"],
      },
    },
  ],
  limits: [
    { when: { type: "rate_limit_event", "rate_limit_info.status": "rejected" }, at: ["rate_limit_info.resetsAt"] },
    { when: { type: "result", is_error: true, api_error_status: [429, 529] }, at: [] },
  ],
  limit_words: LIMIT_WORDS,
};

export const GEMINI_EVENTS: OutputRules = {
  session: [{ when: { type: "init" }, at: ["session_id"] }],
  summary: [{ when: { type: "message", role: "assistant" }, at: ["content"], join: true }],
  errors: [
    { when: { type: "error", severity: "error" }, at: ["message"] },
    { when: { type: "result", status: "error" }, at: ["error.message", "error.type"] },
  ],
  success: [{ type: "result", status: "success" }],
  usage: [
    {
      when: { type: "result" },
      counts: "total",
      numbers: {
        input_tokens: ["stats.input_tokens"],
        output_tokens: ["stats.output_tokens"],
        cache_read_tokens: ["stats.cached"],
        tool_calls: ["stats.tool_calls"],
      },
    },
  ],
  limits: [],
  limit_words: LIMIT_WORDS,
};

export const CODEX_EVENTS: OutputRules = {
  session: [{ when: { type: "thread.started" }, at: ["thread_id"] }],
  summary: [{ when: { type: "item.completed", "item.type": "agent_message" }, at: ["item.text"] }],
  errors: [
    { when: { type: "turn.failed" }, at: ["error.message"] },
    { when: { type: "error" }, at: ["message"] },
  ],
  success: [{ type: "turn.completed" }],
  usage: [
    {
      when: { type: "turn.completed" },
      counts: "step",
      numbers: {
        input_tokens: ["usage.input_tokens"],
        output_tokens: ["usage.output_tokens"],
        cache_read_tokens: ["usage.cached_input_tokens"],
        reasoning_tokens: ["usage.reasoning_output_tokens"],
      },
    },
  ],
  limits: [],
  limit_words: LIMIT_WORDS,
};

/** opencode exited 0 after errors for long, so only its events are believed. */
export const OPENCODE_EVENTS: OutputRules = {
  session: [{ when: { type: ["step_start", "text", "tool_use", "step_finish", "error"] }, at: ["sessionID"] }],
  summary: [{ when: { type: "text" }, at: ["part.text"] }],
  errors: [{ when: { type: "error" }, at: ["error.data.message", "error.message", "error.name"] }],
  success: [],
  usage: [
    {
      when: { type: "step_finish" },
      counts: "step",
      numbers: {
        input_tokens: ["part.tokens.input"],
        output_tokens: ["part.tokens.output"],
        reasoning_tokens: ["part.tokens.reasoning"],
        cache_read_tokens: ["part.tokens.cache.read"],
        cache_write_tokens: ["part.tokens.cache.write"],
        cost_usd: ["part.cost"],
      },
    },
  ],
  limits: [{ when: { type: "error", "error.data.statusCode": [429, 529] }, at: [] }],
  limit_words: LIMIT_WORDS,
};

export const COPILOT_EVENTS: OutputRules = {
  session: [{ when: { type: "result" }, at: ["sessionId"] }],
  summary: [{ when: { type: "assistant.message" }, at: ["data.content"] }],
  errors: [{ when: { type: "session.error" }, at: ["data.message", "data.errorType"] }],
  success: [],
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
  limits: [{ when: { type: "session.error", "data.errorType": ["rate_limit", "quota"] }, at: [] }],
  limit_words: LIMIT_WORDS,
};

export const DROID_EVENTS: OutputRules = {
  session: [{ when: { type: ["system", "completion"] }, at: ["session_id"] }],
  summary: [{ when: { type: "completion" }, at: ["finalText"] }],
  errors: [
    { when: { type: "error" }, at: ["message"] },
    { when: { level: "error" }, at: ["error.message", "msg"] },
  ],
  success: [{ type: "completion" }],
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
  limits: [],
  limit_words: LIMIT_WORDS,
};

/** A run that cannot even begin prints plain text. Before September 2026 it exited 0 when its provider gave up on it. */
export const HERMES_EVENTS: OutputRules = {
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
  limits: [],
  limit_words: /HTTP (?:429|529)|usage_limit_reached|rate_limit_exceeded|rate limit exceeded/i,
  error_words: /^\W*((?:API call failed after|Error code:|Max retries|Provider authentication failed).*)$/im,
};

/** It exits 0 after errors. A turn that ended without one overcame those before it. */
export const PI_EVENTS: OutputRules = {
  session: [{ when: { type: "session" }, at: ["id"] }],
  summary: [
    {
      when: { type: "turn_end", "message.stopReason": "stop" },
      at: ["message.content.0.text", "message.content.1.text", "message.content.2.text"],
    },
  ],
  errors: [
    { when: { type: "turn_end", "message.stopReason": "error" }, at: ["message.errorMessage"] },
    { when: { type: "auto_retry_end", success: false }, at: ["finalError"] },
  ],
  success: [
    { type: "turn_end", "message.stopReason": ["stop", "toolUse"] },
    { type: "auto_retry_end", success: true },
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
  limits: [],
  limit_words: LIMIT_WORDS,
};
