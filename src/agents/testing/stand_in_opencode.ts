/**
 * The stand-ins for opencode and the programs that were made of it.
 *
 * @module
 */
import { type Agent, SESSION } from "./stand_in_agent.ts";

/** opencode, and the programs that were made of it: they name their variables after themselves. */
function openCode(variable: string, flags: Agent["flags"]): Agent {
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
      return 0; // With any outcome.
    },
  };
}

export const OPENCODE_FAMILY: Readonly<Record<string, Agent>> = {
  opencode: openCode("OPENCODE_CONFIG_CONTENT", { "--session": 1 }),
  kilo: openCode("KILO_CONFIG_CONTENT", { "--auto": 0 }),
};
