/**
 * How the lines that each agent prints are shown to a person, as data: what it said, which tools it called, what
 * went wrong.
 *
 * The first rule of an agent that matches an event and finds a text in it applies; an event that none matches is
 * shown as it is. So an event of a newer version is seen, and one that says nothing to a person has a rule that
 * says so.
 *
 * @module
 */
import type { Match } from "./preset.ts";
import type { AgentName } from "./presets.ts";

export type LineRule =
  /** `at`: the first of these paths that has a text. */
  | {
      readonly when: Match;
      readonly as: "text" | "result" | "error";
      readonly at: readonly string[];
      readonly join?: true;
    }
  /** `with`: its arguments. `more`: the event has its answer, too. */
  | {
      readonly when: Match;
      readonly as: "tool";
      readonly at: readonly string[];
      readonly with?: string;
      readonly more?: true;
    }
  | { readonly when: Match; readonly as: "nothing" }
  /** The rules apply to each member of the list at this path. */
  | { readonly when: Match; readonly each: string; readonly rules: readonly LineRule[] };

const silent = (...types: string[]): LineRule => ({ when: { type: types }, as: "nothing" });

const CLAUDE: readonly LineRule[] = [
  {
    when: { type: "assistant" },
    each: "message.content",
    rules: [
      { when: { type: "text" }, as: "text", at: ["text"] },
      { when: { type: ["tool_use", "server_tool_use", "mcp_tool_use"] }, as: "tool", at: ["name"], with: "input" },
    ],
  },
  {
    when: { type: "user" },
    each: "message.content",
    rules: [
      { when: { type: "tool_result", is_error: true }, as: "error", at: ["content", "content.0.text"] },
      { when: { type: "tool_result" }, as: "result", at: ["content", "content.0.text"] },
    ],
  },
  { when: { type: "result", is_error: true }, as: "error", at: ["result", "error.message", "errors.0", "subtype"] },
  { when: { type: "system", subtype: ["api_retry", "retry"] }, as: "error", at: ["error", "message", "error_status"] },
  {
    when: { type: "rate_limit_event", "rate_limit_info.status": "rejected" },
    as: "error",
    at: ["rate_limit_info.status"],
  },
  silent("system", "result", "stream_event", "rate_limit_event"),
];

const CODEX: readonly LineRule[] = [
  {
    when: { type: "item.started", "item.type": "mcp_tool_call" },
    as: "tool",
    at: ["item.tool"],
    with: "item.arguments",
  },
  { when: { type: "item.started", "item.type": "command_execution" }, as: "tool", at: ["item.command"] },
  { when: { type: "item.completed", "item.type": "file_change" }, as: "tool", at: ["item.type"], with: "item.changes" },
  { when: { type: "item.completed", "item.type": "web_search" }, as: "tool", at: ["item.type"], with: "item.query" },
  { when: { type: "item.completed", "item.type": ["agent_message", "reasoning"] }, as: "text", at: ["item.text"] },
  {
    when: { type: "item.completed", "item.status": "failed" },
    as: "error",
    at: ["item.error.message", "item.aggregated_output"],
  },
  {
    when: { type: "item.completed", "item.status": "completed" },
    as: "result",
    at: ["item.result.content.0.text", "item.aggregated_output"],
  },
  { when: { type: "item.completed", "item.type": "error" }, as: "error", at: ["item.message"] },
  { when: { type: ["error", "turn.failed"] }, as: "error", at: ["message", "error.message"] },
  silent("thread.started", "turn.started", "turn.completed", "item.started", "item.updated"),
];

const OPENCODE: readonly LineRule[] = [
  { when: { type: ["text", "reasoning"] }, as: "text", at: ["part.text"] },
  { when: { type: "tool_use" }, as: "tool", at: ["part.tool"], with: "part.state.input", more: true },
  { when: { type: "tool_use", "part.state.status": "completed" }, as: "result", at: ["part.state.output"] },
  { when: { type: "tool_use", "part.state.status": "error" }, as: "error", at: ["part.state.error"] },
  { when: { type: "error" }, as: "error", at: ["error.data.message", "error.message", "error.name"] },
  silent("step_start", "step_finish"),
];

const GEMINI: readonly LineRule[] = [
  { when: { type: "message", role: "assistant" }, as: "text", at: ["content"], join: true },
  { when: { type: "tool_use" }, as: "tool", at: ["tool_name"], with: "parameters" },
  { when: { type: "tool_result", status: "success" }, as: "result", at: ["output"] },
  { when: { type: "tool_result", status: "error" }, as: "error", at: ["error.message", "output"] },
  { when: { type: "error" }, as: "error", at: ["message"] },
  { when: { type: "result", status: "error" }, as: "error", at: ["error.message", "error.type"] },
  { when: { type: "message", role: "user" }, as: "nothing" },
  silent("init", "result"),
];

const COPILOT: readonly LineRule[] = [
  { when: { type: "assistant.message" }, as: "text", at: ["data.content"] },
  { when: { type: "tool.execution_start" }, as: "tool", at: ["data.toolName"], with: "data.arguments" },
  { when: { type: "tool.execution_complete", "data.success": true }, as: "result", at: ["data.result.content"] },
  {
    when: { type: "tool.execution_complete", "data.success": false },
    as: "error",
    at: ["data.error.message", "data.result.content"],
  },
  { when: { type: ["session.error", "session.warning"] }, as: "error", at: ["data.message", "data.errorType"] },
  { when: { type: "session.info", "data.infoType": "model_retry" }, as: "error", at: ["data.message"] },
  { when: { type: "model.call_failure" }, as: "error", at: ["data.errorMessage", "data.statusCode"] },
  { when: { type: "abort" }, as: "error", at: ["data.reason"] },
  // It says so of what only moves its own screen.
  { when: { ephemeral: true }, as: "nothing" },
  silent("user.message", "assistant.turn_start", "assistant.turn_end", "assistant.message_start", "assistant.idle"),
  silent("assistant.turn_retry", "model.call_start", "model.call_finished", "model.call_final_result", "result"),
  silent(
    "session.skills_loaded",
    "session.mcp_server_tools_loaded",
    "session.background_tasks_changed",
    "session.info",
  ),
  silent("tool.shell_output", "tool.execution_partial_result", "session.tools_updated", "session.mcp_servers_loaded"),
];

const DROID: readonly LineRule[] = [
  { when: { type: "message", role: "assistant" }, as: "text", at: ["text"] },
  { when: { type: "tool_call" }, as: "tool", at: ["toolName"], with: "parameters" },
  { when: { type: "tool_result", isError: false }, as: "result", at: ["value"] },
  { when: { type: "tool_result", isError: true }, as: "error", at: ["value", "error.message"] },
  { when: { type: "error" }, as: "error", at: ["message"] },
  { when: { level: "error" }, as: "error", at: ["error.message", "msg"] },
  { when: { type: "message", role: "user" }, as: "nothing" },
  silent("system", "completion"),
];

const HERMES: readonly LineRule[] = [
  { when: { type: "text" }, as: "text", at: ["text"], join: true },
  { when: { type: "tool_use" }, as: "tool", at: ["name"], with: "input" },
  { when: { type: "tool_result", is_error: false }, as: "result", at: ["output"] },
  { when: { type: "tool_result", is_error: true }, as: "error", at: ["output"] },
  { when: { type: "result" }, as: "error", at: ["error"] },
  silent("system"),
];

const PI: readonly LineRule[] = [
  {
    when: { type: "message_end", "message.role": "assistant" },
    each: "message.content",
    rules: [{ when: { type: "text" }, as: "text", at: ["text"] }],
  },
  { when: { type: "message_end" }, as: "nothing" },
  { when: { type: "tool_execution_start" }, as: "tool", at: ["toolName"], with: "args" },
  { when: { type: "tool_execution_end", isError: false }, as: "result", at: ["result.content.0.text"] },
  { when: { type: "tool_execution_end", isError: true }, as: "error", at: ["result.content.0.text"] },
  { when: { type: "turn_end", "message.stopReason": "error" }, as: "error", at: ["message.errorMessage"] },
  { when: { type: "auto_retry_end", success: false }, as: "error", at: ["finalError"] },
  silent("session", "agent_start", "agent_end", "turn_start", "turn_end", "message_start", "message_update"),
  silent("tool_execution_update", "auto_retry_start", "auto_retry_end", "compaction_start", "compaction_end"),
];

/** The rules of every agent. */
export const LINES: Readonly<Record<AgentName, readonly LineRule[]>> = {
  ...{ claude: CLAUDE, cursor: CLAUDE, qwen: CLAUDE, amp: CLAUDE },
  ...{ opencode: OPENCODE, kilo: OPENCODE },
  ...{ codex: CODEX, gemini: GEMINI, copilot: COPILOT, droid: DROID, hermes: HERMES, pi: PI },
};
