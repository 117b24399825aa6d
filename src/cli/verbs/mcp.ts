/**
 * `kanban mcp`: the tools as an MCP server on standard input and output, for an agent to start.
 *
 * @module
 */
import { environment } from "../../home.ts";
import { serveMcp } from "../../worker/mod.ts";
import { toggle } from "../args.ts";
import { verb } from "../verb.ts";

export default verb({
  name: "mcp",
  summary: "Serve the tools to an agent over MCP, on standard input and output",
  args: {
    orchestrator: toggle("Outside a worker: offer the tools to plan with (create, link, show, list, comment, unblock)"),
  },
  examples: ["kanban mcp", "kanban mcp --orchestrator"],
  notes:
    "An agent's MCP client starts this; kanban setup AGENT registers it. In a worker's environment it offers the seven tools of that run. Elsewhere it offers nothing, unless --orchestrator is given.",
  async run(context) {
    const { version } = await import("../../../package.json");
    await serveMcp({
      board: () => context.board,
      worker: context.worker,
      who: context.who,
      // A worker whose environment is not whole must not become a planner by that.
      orchestrator: context.args.orchestrator && environment()["KANBAN_TASK"] === undefined,
      version,
      input: Bun.stdin.stream(),
      send: (message) => context.line(message),
      warn: (text) => context.note(`kanban mcp: ${text}`),
    });
  },
});
