/**
 * The stand-ins for Claude Code and for the agents that print events of the same kind.
 *
 * @module
 */
import { type Act, type Agent, fromServers, json, SESSION } from "./stand_in_agent.ts";

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

export const CLAUDE_FAMILY: Readonly<Record<string, Agent>> = {
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
      // Without a flag, it does not wait for its servers, and a first turn without tools is mostly the last.
      if (process.env["MCP_CONNECTION_NONBLOCKING"] !== "0") throw new Error("No such tool available: kanban_show");
      return fromServers(flags["--mcp-config"]!);
    },
    print: (act, say) => claudeStream(act, say, "You've hit your session limit · resets 9am"),
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
};
