/**
 * `kanban mcp`: the tools as an MCP server on standard input and output, for an agent to start.
 *
 * @module
 */
import { KanbanError } from "../../kernel/mod.ts";
import { serveMcp } from "../../worker/mod.ts";
import { type Args, toggle } from "../args.ts";
import { readBytes } from "../files/read_bytes.ts";
import { type Context, verb } from "../verb.ts";
import { queueOf } from "../waits.ts";

export default verb({
  name: "mcp",
  act: "tools",
  args: {
    orchestrator: toggle("Outside a worker: offer the tools to plan with (create, link, show, list, comment, unblock)"),
  },
  examples: ["kanban mcp", "kanban mcp --orchestrator"],
  notes:
    "An agent's MCP client starts this; kanban setup AGENT registers it. In a worker's environment it offers the seven tools of that run, and with --orchestrator nothing: a person's own entry would offer them twice. Elsewhere it offers nothing, unless --orchestrator is given.",
  async run(context) {
    const { version } = await import("../../../package.json");
    const { orchestrator } = context.args;
    await serveMcp({
      board: () => context.board,
      queue: () => queueOf(context.home, context.board),
      worker: orchestrator ? null : context.worker,
      get who() {
        return context.who; // For a worker it takes the board.
      },
      orchestrator: orchestrator && context.worker === null && mayPlan(context),
      version,
      bytes: () => readBytes(context.home),
      input: Bun.stdin.stream(),
      send: (message) => context.line(message),
      warn: (text) => context.note(`kanban mcp: ${text}`),
    });
  },
});

/** A worker whose environment is not whole must not become a planner by that. */
function mayPlan({ claimFor, note }: Pick<Context<Args>, "claimFor" | "note">): boolean {
  try {
    return claimFor("plan") === null;
  } catch (error) {
    if (!(error instanceof KanbanError)) throw error;
    note(`kanban mcp: ${error.message}`);
    return false;
  }
}
