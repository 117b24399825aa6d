/**
 * How the output of Codex is read. Its cause of a failure is mostly in a sentence of its own.
 *
 * @module
 */
import type { OutputRules } from "./preset.ts";

const CODEX_FAILED = { when: { type: "turn.failed" }, at: ["error.message"] } as const;
const CODEX_RETRY = { when: { type: "error" }, at: ["message"] } as const;

export const CODEX_EVENTS: OutputRules = {
  tried: "0.171.0",
  session: [{ when: { type: "thread.started" }, at: ["thread_id"] }],
  summary: [{ when: { type: "item.completed", "item.type": "agent_message" }, at: ["item.text"] }],
  errors: [CODEX_FAILED, { when: { type: "error" }, at: ["message"] }],
  success: [{ type: "turn.completed" }],
  answers: [
    {
      type: ["item.started", "item.completed"],
      "item.type": ["agent_message", "reasoning", "command_execution", "file_change", "mcp_tool_call", "web_search"],
    },
  ],
  // It has no field for the status: it writes the whole sentence itself, and what the provider said after it.
  signs: [
    { ...CODEX_FAILED, form: /^unexpected status (?<status>\d{3}) / },
    { ...CODEX_FAILED, form: /^exceeded retry limit, last status: (?<status>\d{3}) / },
    {
      ...CODEX_FAILED,
      form: /^We’re currently experiencing high demand, which may cause temporary errors\.$/,
      cause: "outage",
    },
    { ...CODEX_FAILED, form: /^stream disconnected before completion: /, cause: "outage" },
    { ...CODEX_FAILED, form: /^Connection failed: /, cause: "outage" },
    { ...CODEX_FAILED, form: /^You've hit your usage limit\./, cause: "limit" },
  ],
  retries: [
    {
      ...CODEX_RETRY,
      form: /^Reconnecting\.\.\. \d+\/\d+ \((?<message>(?:unexpected status|exceeded retry limit, last status:) (?<status>\d{3}) .*)\)$/s,
    },
    {
      ...CODEX_RETRY,
      form: /^Reconnecting\.\.\. (?:\d+\/\d+|waiting for network) \((?<message>.*)\)$/s,
      cause: "outage",
    },
  ],
  lines: [],
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
};
