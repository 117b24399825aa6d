/**
 * How the output of Claude Code is read, and of the agents that print events of the same kind.
 *
 * @module
 */
import type { OutputRules } from "./preset.ts";

export const CLAUDE_EVENTS: OutputRules = {
  tried: "2.1.332",
  session: [
    { when: { type: "system", subtype: "init" }, at: ["session_id"] },
    { when: { type: "result" }, at: ["session_id"] },
  ],
  summary: [
    { when: { type: "result", is_error: false }, at: ["result"] },
    { when: { type: "assistant", error: null, parent_tool_use_id: null }, at: ["message.content.*.text"] },
  ],
  errors: [
    { when: { type: "result", is_error: true }, at: ["result", "error.message", "error", "errors.0", "subtype"] },
  ],
  success: [{ type: "result", is_error: false }],
  answers: [{ type: ["assistant", "user"], error: null }],
  signs: [
    {
      when: { type: "rate_limit_event", "rate_limit_info.status": "rejected" },
      cause: "limit",
      ends: ["rate_limit_info.resetsAt"],
    },
    { when: { type: "result", is_error: true }, status: ["api_error_status"] },
    { when: { type: "result", is_error: true, api_error: "connection_failed" }, cause: "outage" },
    { when: { type: "assistant" }, status: ["api_error_status"] },
    { when: { type: "assistant", error: "authentication_failed" }, cause: "account" },
    { when: { type: "assistant", error: "billing_error" }, cause: "bill" },
    { when: { type: "assistant", error: "rate_limit" }, cause: "limit" },
    { when: { type: "assistant", error: "overloaded" }, cause: "overload" },
    { when: { type: "assistant", error: "server_error" }, cause: "outage" },
  ],
  retries: [
    { when: { type: "system", subtype: "api_retry" }, status: ["error_status"] },
    { when: { type: "system", subtype: "api_retry", error_status: null }, cause: "outage" },
  ],
  lines: [
    {
      form: /^--dangerously-skip-permissions cannot be used with root\/sudo privileges for security reasons$/,
      cause: "setup",
      say: "start the dispatcher as another user, or give the profile IS_SANDBOX=1 in env if this machine is one",
    },
  ],
  // A session may have several results: each has the tokens of its own turns, and the cost of all so far. One that is
  // ended from outside has none. A message names the tokens that were put out when it began, which are too few.
  usage: [
    {
      when: { type: "assistant" },
      counts: "message",
      id: ["message.id"],
      numbers: {
        input_tokens: ["message.usage.input_tokens"],
        output_tokens: ["message.usage.output_tokens"],
        cache_read_tokens: ["message.usage.cache_read_input_tokens"],
        cache_write_tokens: ["message.usage.cache_creation_input_tokens"],
      },
    },
    {
      when: { type: "result" },
      counts: "step",
      numbers: {
        input_tokens: ["usage.input_tokens", "usage.inputTokens"],
        output_tokens: ["usage.output_tokens", "usage.outputTokens"],
        cache_read_tokens: ["usage.cache_read_input_tokens", "usage.cacheReadTokens"],
        cache_write_tokens: ["usage.cache_creation_input_tokens", "usage.cacheWriteTokens"],
        turns: ["num_turns"],
      },
    },
    { when: { type: "result" }, counts: "total", numbers: { cost_usd: ["total_cost_usd"] } },
  ],
};

/** It writes its provider's answer into brackets, and announces each repetition in a line beside the event. */
export const QWEN_EVENTS: OutputRules = {
  ...CLAUDE_EVENTS,
  tried: "0.24.4",
  signs: [
    {
      when: { type: "result", is_error: true },
      at: ["error.message"],
      form: /^\[API Error: (?<status>\d{3}) /,
    },
    {
      when: { type: "result", is_error: true },
      at: ["error.message"],
      form: /^\[API Error: Connection error\. \(cause: .*\)\]$/,
      cause: "outage",
    },
    {
      when: { type: "result", is_error: true },
      at: ["error.message"],
      form: /^No auth type is selected\. Please configure an auth type /,
      cause: "account",
    },
  ],
  retries: [],
  lines: [
    {
      form: /^Retrying in \d+s \(attempt \d+\/\d+\): \[API Error: (?<message>(?<status>\d{3}) .*)\]$/,
      retry: true,
    },
    {
      form: /^Retrying in \d+s \(attempt \d+\/\d+\): \[API Error: (?<message>Connection error\..*)\]$/,
      cause: "outage",
      retry: true,
    },
  ],
};

/** Known from its documentation alone. */
export const CURSOR_EVENTS: OutputRules = {
  ...CLAUDE_EVENTS,
  tried: null,
  signs: [],
  retries: [],
  lines: [
    { form: /^Error: Authentication required\. Please run 'agent login' first/, cause: "account" },
    { form: /^[A-Z]\w*: (?<message>You've hit your usage limit\b.*)$/, cause: "limit" },
  ],
};

/** Known from its documentation alone: it does nothing without its own server. */
export const AMP_EVENTS: OutputRules = { ...CLAUDE_EVENTS, tried: null, lines: [] };
