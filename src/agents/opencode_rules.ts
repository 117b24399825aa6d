/**
 * How the output of opencode is read, and of the agents that were made of it.
 *
 * @module
 */
import type { OutputRules } from "./preset.ts";

/** opencode exited 0 after errors for long, so only its events are believed. */
export const OPENCODE_EVENTS: OutputRules = {
  tried: "1.18.33",
  session: [{ when: { type: ["step_start", "text", "tool_use", "step_finish", "error"] }, at: ["sessionID"] }],
  summary: [{ when: { type: "text", "part.synthetic": null }, at: ["part.text"] }],
  errors: [{ when: { type: "error" }, at: ["error.data.message", "error.message", "error.name"] }],
  success: [{ type: "step_finish", "part.reason": "stop" }],
  answers: [{ type: ["text", "tool_use", "step_finish"] }],
  signs: [
    {
      when: { type: "error" },
      status: ["error.data.statusCode"],
      wait: ["error.data.responseHeaders.retry-after"],
    },
    { when: { type: "error", "error.name": "ProviderAuthError" }, cause: "account" },
    // Worth a retry; no response had a status.
    { when: { type: "error", "error.name": "APIError", "error.data.isRetryable": true }, cause: "outage" },
  ],
  retries: [],
  lines: [],
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
};

/** Kilo was made of opencode, and prints what that prints. */
export const KILO_EVENTS: OutputRules = { ...OPENCODE_EVENTS, tried: "7.7.9" };
