/**
 * The agents that the stand-in can be: the flags each takes, where it finds its prompt and its MCP
 * servers, and what it prints.
 *
 * Written from the agents' public documentation and source, not from our presets.
 *
 * @module
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Agent, fromServers, json, type Server, SESSION } from "./stand_in_agent.ts";
import { CLAUDE_FAMILY } from "./stand_in_claude.ts";
import { OPENCODE_FAMILY } from "./stand_in_opencode.ts";

export const AGENTS: Readonly<Record<string, Agent>> = {
  ...CLAUDE_FAMILY,
  ...OPENCODE_FAMILY,
  codex: {
    words: ["exec"],
    flags: {
      "--json": 0,
      "--skip-git-repo-check": 0,
      "-C": 1,
      "--sandbox": 1,
      "-m": 1,
      "-c": 1,
      "-o": 1,
      "--add-dir": 1,
    },
    prompt: "positional",
    servers({ overrides }) {
      const config = Bun.TOML.parse(overrides.join("\n")) as {
        mcp_servers: { kanban: Server & Record<string, unknown> };
      };
      const { kanban } = config.mcp_servers;
      // Without this the program cancels every call of a tool that writes.
      if (kanban["default_tools_approval_mode"] !== "approve") throw new Error("user cancelled MCP tool call");
      // Without this the first turn begins without the tools when the server takes a second.
      if (kanban["required"] !== true) throw new Error("no such tool: kanban_show");
      return kanban;
    },
    print(act, say) {
      say({ type: "thread.started", thread_id: SESSION });
      say({ type: "turn.started" });
      if (act === "limit" || act === "error") {
        const message =
          act === "limit"
            ? "You've hit your usage limit. Try again at 3:28 PM."
            : "stream disconnected before completion";
        say({ type: "error", message });
        say({ type: "turn.failed", error: { message } });
        return act === "limit" ? 1 : 0;
      }
      const item = { id: "item_0", type: "command_execution", aggregated_output: "x".repeat(300_000) };
      if (act === "long") for (let n = 0; n < 5; n++) say({ type: "item.completed", item });
      say({ type: "error", message: "Reconnecting... 1/5 (429 Too Many Requests)" });
      say({ type: "item.completed", item: { id: "item_0", type: "agent_message", text: "All done" } });
      say({ type: "turn.completed", usage: { input_tokens: 100, cached_input_tokens: 5, output_tokens: 20 } });
      return 0;
    },
  },
  gemini: {
    words: [],
    flags: { "--output-format": 1, "--approval-mode": 1, "--include-directories": 1, "--model": 1 },
    prompt: "stdin",
    servers() {
      if (process.env["GEMINI_CLI_TRUST_WORKSPACE"] !== "true") throw new Error("not running in a trusted directory");
      return fromServers(join(process.env["GEMINI_CLI_HOME"]!, ".gemini", "settings.json"), "kanban_run");
    },
    print(act, say) {
      const timestamp = "2026-11-01T00:00:00Z";
      say({ type: "init", timestamp, session_id: SESSION, model: "m" });
      if (act === "limit" || act === "error") {
        const message =
          act === "limit"
            ? "[API Error: You exceeded your current quota, please check your plan and billing details.]"
            : "[API Error: bad request]";
        say({ type: "result", timestamp, status: "error", error: { type: "FatalError", message } });
        return act === "limit" ? 429 % 256 : 0;
      }
      for (const content of ["All", " done"])
        say({ type: "message", timestamp, role: "assistant", content, delta: true });
      say({ type: "error", timestamp, severity: "warning", message: "Loop detected" });
      const stats = {
        total_tokens: 125,
        input_tokens: 105,
        output_tokens: 20,
        cached: 5,
        input: 100,
        duration_ms: 1,
        tool_calls: 2,
      };
      say({ type: "result", timestamp, status: "success", stats });
      return 0;
    },
  },
  copilot: {
    words: [],
    flags: {
      "--output-format": 1,
      "--allow-all": 0,
      "--no-ask-user": 0,
      "--no-auto-update": 0,
      "--usage-output-file": 1,
      "--additional-mcp-config": 1,
      "--model": 1,
    },
    prompt: "stdin",
    servers({ flags }) {
      const path = flags["--additional-mcp-config"]!;
      if (!path.startsWith("@")) throw new Error("Invalid JSON in --additional-mcp-config");
      const { kanban } = json(path.slice(1)).mcpServers;
      if (kanban.type !== "local" || kanban.tools?.[0] !== "*") throw new Error("invalid server");
      return kanban;
    },
    print(act, say, given) {
      say({ type: "assistant.turn_start", data: { turnId: "0" }, id: "1", timestamp: "t" });
      if (act === "limit") say({ type: "session.error", data: { errorType: "quota", message: "You have no quota" } });
      if (act === "error")
        say({ type: "session.error", data: { errorType: "query", message: "the model is unknown" } });
      if (act === "ok")
        say({ type: "assistant.message", data: { messageId: "m", content: "All done", outputTokens: 20 } });
      const used = { inputTokens: 60, outputTokens: 10, cacheReadTokens: 5 };
      const metrics = { "model-a": { usage: used }, "model-b": { usage: used } };
      writeFileSync(given.flags["--usage-output-file"]!, JSON.stringify({ modelMetrics: metrics }));
      const usage = { premiumRequests: 2, totalApiDurationMs: 1, sessionDurationMs: 1 };
      say({ type: "result", timestamp: "t", sessionId: SESSION, exitCode: 0, usage });
      return 0;
    },
  },
  droid: {
    words: ["exec"],
    flags: { "--output-format": 1, "--auto": 1, "--cwd": 1, "--model": 1 },
    prompt: "stdin",
    servers: () => null,
    print(act, say) {
      say({ type: "system", subtype: "init", session_id: SESSION, cwd: "/", tools: [], model: "m" });
      if (act === "limit" || act === "error") {
        say({
          type: "error",
          source: "agent_loop",
          message: act === "limit" ? "429 rate limited" : "the model is unknown",
          timestamp: 1,
        });
        return act === "limit" ? 1 : 0;
      }
      say({ type: "completion", finalText: "All done", numTurns: 3, durationMs: 5, session_id: SESSION, timestamp: 1 });
      return 0;
    },
  },
  hermes: {
    words: [],
    flags: { "-p": 1, chat: 0, "--format": 1, "--yolo": 0, "--skills": 1, "--model": 1, "--query-file": 1 },
    prompt: "stdin",
    servers: () => null,
    print(act, say, { flags }) {
      if (flags["--query-file"] !== "-") throw new Error("--format stream-json requires -q/--query.");
      say({ type: "system", subtype: "init", model: "m", session_id: SESSION, timestamp: 1 });
      const message = { limit: "HTTP 429: The usage limit has been reached", error: "HTTP 401: the key is invalid" };
      const failed = act === "limit" || act === "error";
      for (const text of failed ? [] : ["All", " done"]) say({ type: "text", text, timestamp: 1 });
      say({
        ...{ type: "result", session_id: SESSION, exit_code: failed ? 1 : 0, text: failed ? "" : "All done" },
        tokens: { input: 100, output: 20, total: 120, cache_read: 5, cache_write: 7 },
        ...(failed && { error: message[act] }),
      });
      return act === "limit" ? 1 : 0; // Before September 2026, with any outcome.
    },
  },
  pi: {
    words: [],
    flags: { "-p": 0, "--mode": 1, "--skill": 1, "--model": 1 },
    prompt: "stdin",
    servers: () => null,
    print(act, say) {
      say({ type: "session", version: 3, id: SESSION, timestamp: "t", cwd: "/" });
      const usage = { input: 50, output: 10, cacheRead: 3, cacheWrite: 0, totalTokens: 63, cost: { total: 0.125 } };
      const turn = (message: object) => say({ type: "turn_end", message: { role: "assistant", usage, ...message } });
      turn({ stopReason: "toolUse", content: [{ type: "toolCall", name: "bash" }] });
      if (act === "limit" || act === "error") {
        const errorMessage = act === "limit" ? "429 Rate limit reached for m" : "401 the key is invalid";
        turn({ stopReason: "error", content: [], errorMessage });
        say({ type: "auto_retry_end", success: false, attempt: 3, finalError: errorMessage });
      } else {
        turn({ stopReason: "stop", content: [{ type: "text", text: "All done" }] });
      }
      return 0; // With any outcome.
    },
  },
};
