/**
 * The agents that the stand-in can be: the flags each takes, where it finds its prompt and its MCP
 * servers, and what it prints.
 *
 * Written from the agents' public documentation and source, not from our presets.
 *
 * @module
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Flags and how many values each takes: 0, 1, or "some" for all up to the next flag. */
type Flags = Readonly<Record<string, 0 | 1 | "some" | "maybe">>;

export interface Agent {
  /** Words before the flags: `codex exec`. */
  words: readonly string[];
  flags: Flags;
  /** The flag whose value is the prompt, "stdin", or "positional" (`-` then means stdin). */
  prompt: string;
  /** Where this agent reads servers for one run. Null: it has no such way. */
  servers(given: Given): Server | null;
  print(act: Act, say: (event: object | string) => void, given: Given): number;
}

export interface Given {
  flags: Readonly<Record<string, string>>;
  overrides: readonly string[];
}

export interface Server {
  command: string;
  args: string[];
  env: Record<string, string>;
}

export type Act = "ok" | "limit" | "silent" | "error" | "crash" | "long";

const SESSION = "5b1f7a52-0000-4000-8000-000000000001";
const json = (path: string) => JSON.parse(readFileSync(path, "utf8"));
const fromServers = (path: string, name = "kanban"): Server => json(path).mcpServers[name];

/** Claude Code's stream, as it and the agents that copy it print it. */
function claudeStream(act: Act, say: (event: object | string) => void, limitText: string): number {
  say({ type: "system", subtype: "init", session_id: SESSION, tools: ["Bash"], mcp_servers: [], model: "m" });
  say({
    type: "assistant",
    message: { role: "assistant", content: [{ type: "text", text: "Working" }] },
    session_id: SESSION,
  });
  const usage = { input_tokens: 100, cache_creation_input_tokens: 7, cache_read_input_tokens: 5, output_tokens: 20 };
  const base = { type: "result", duration_ms: 5, num_turns: 3, session_id: SESSION, usage };
  if (act === "limit") {
    const resetsAt = Math.floor(Date.now() / 1_000) + 600;
    say({ type: "rate_limit_event", rate_limit_info: { status: "rejected", resetsAt, rateLimitType: "five_hour" } });
    say({ ...base, subtype: "success", is_error: true, api_error_status: 429, result: limitText });
    return 1;
  }
  if (act === "error") {
    say({ ...base, subtype: "error_during_execution", is_error: true, error: { message: "the model is unknown" } });
    return 0;
  }
  say({ ...base, subtype: "success", is_error: false, result: "All done", total_cost_usd: 0.25 });
  return 0;
}

/** opencode, and the programs that were made of it: they name their variables after themselves. */
function openCode(variable: string, flags: Flags): Agent {
  return {
    words: ["run"],
    flags: { "--format": 1, "--dir": 1, "--model": 1, ...flags },
    prompt: "stdin",
    servers() {
      const { mcp, permission } = JSON.parse(process.env[variable]!);
      const { kanban } = mcp;
      // Outside a terminal it turns down what it would ask, and ends with exit 0 and no word.
      for (const key of ["*", "bash", "edit", "external_directory"]) if (permission?.[key] !== "allow") process.exit(0);
      if (kanban.type !== "local" || kanban.enabled !== true) throw new Error("Configuration is invalid");
      const [command, ...args] = kanban.command as [string, ...string[]];
      return { command, args, env: kanban.environment };
    },
    print(act, say) {
      const at = { timestamp: 1, sessionID: SESSION };
      say({ type: "step_start", ...at, part: { type: "step-start" } });
      const tokens = { input: 50, output: 10, reasoning: 1, cache: { read: 3, write: 0 } };
      for (const reason of ["tool-calls", "stop"]) {
        say({ type: "step_finish", ...at, part: { type: "step-finish", reason, tokens, cost: 0.125 } });
      }
      if (act === "limit")
        say({ type: "error", ...at, error: { name: "APIError", data: { message: "Slow down", statusCode: 429 } } });
      if (act === "error")
        say({ type: "error", ...at, error: { name: "UnknownError", data: { message: "the model is unknown" } } });
      if (act === "ok") say({ type: "text", ...at, part: { type: "text", text: "All done" } });
      return 0; // Whatever happened.
    },
  };
}

export const AGENTS: Readonly<Record<string, Agent>> = {
  claude: {
    words: [],
    flags: {
      "-p": 0,
      "--output-format": 1,
      "--verbose": 0,
      "--permission-mode": 1,
      "--disallowedTools": "some",
      "--mcp-config": "some",
      "--strict-mcp-config": 0,
      "--model": 1,
      "--max-turns": 1,
    },
    prompt: "stdin",
    servers({ flags }) {
      // Unless told to, it does not wait for its servers, and a first turn without tools is mostly the last.
      if (process.env["MCP_CONNECTION_NONBLOCKING"] !== "0") throw new Error("No such tool available: kanban_show");
      return fromServers(flags["--mcp-config"]!);
    },
    print: (act, say) => claudeStream(act, say, "You've hit your session limit · resets 9am"),
  },
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
  opencode: openCode("OPENCODE_CONFIG_CONTENT", { "--session": 1 }),
  kilo: openCode("KILO_CONFIG_CONTENT", { "--auto": 0 }),
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
  "cursor-agent": {
    words: [],
    flags: { "-p": 0, "--output-format": 1, "--yolo": 0, "--trust": 0, "--workspace": 1, "--model": 1 },
    prompt: "stdin",
    servers: () => null,
    print(act, say) {
      if (act === "limit") {
        say("S: You've hit your usage limit. Usage will reset when your monthly cycle ends.");
        return 1;
      }
      return claudeStream(act, say, "");
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
  qwen: {
    words: [],
    flags: { "--output-format": 1, "--yolo": 0, "--mcp-config": 1, "--model": 1 },
    prompt: "stdin",
    servers: ({ flags }) => fromServers(flags["--mcp-config"]!),
    print(act, say) {
      if (act !== "limit") return claudeStream(act, say, "");
      const error = { message: "[API Error: 429 Too Many Requests]" };
      say({ type: "result", subtype: "error_during_execution", is_error: true, session_id: SESSION, error });
      return 1;
    },
  },
  amp: {
    words: [],
    flags: { "--execute": "maybe", "--stream-json": 0, "--dangerously-allow-all": 0, "--mcp-config": 1, "--mode": 1 },
    prompt: "stdin",
    servers: ({ flags }) => json(flags["--mcp-config"]!).kanban,
    print: (act, say) => claudeStream(act, say, "429 rate limit"),
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
      return act === "limit" ? 1 : 0; // Before September 2026, whatever happened.
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
      return 0; // Whatever happened.
    },
  },
};
