/**
 * How the output of Gemini CLI is read.
 *
 * @module
 */
import type { OutputRules } from "./preset.ts";

const GEMINI_ERROR = { type: "result", status: "error" } as const;

/** Its cause of a failure is mostly in its exit code. */
export const GEMINI_EVENTS: OutputRules = {
  tried: "0.61.0",
  session: [{ when: { type: "init" }, at: ["session_id"] }],
  summary: [{ when: { type: "message", role: "assistant" }, at: ["content"], join: true }],
  errors: [
    { when: { type: "error", severity: "error" }, at: ["message"] },
    { when: GEMINI_ERROR, at: ["error.message", "error.type"] },
  ],
  success: [{ type: "result", status: "success" }],
  answers: [{ type: "message", role: "assistant" }, { type: ["tool_use", "tool_result"] }],
  signs: [
    // Its provider answers 400 to a wrong key, as to any other wrong request: these are the words of the API itself.
    {
      when: GEMINI_ERROR,
      at: ["error.message"],
      form: /^\[API Error: \{"error":\{"code":400,"message":"API key not valid\. Please pass a valid API key\.","status":"INVALID_ARGUMENT"[,}]/,
      cause: "account",
    },
    {
      when: GEMINI_ERROR,
      at: ["error.message"],
      form: /^\[API Error: exception TypeError: fetch failed sending request\]$/,
      cause: "outage",
    },
  ],
  retries: [],
  lines: [
    {
      form: /^Attempt \d+ failed with status (?<status>\d{3})\. Retrying with backoff\.\.\. /,
      retry: true,
    },
    {
      form: /^Attempt \d+ failed\. Retrying with backoff\.\.\. Error: exception TypeError: (?<message>fetch failed sending request)$/,
      cause: "outage",
      retry: true,
    },
  ],
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
};
