/**
 * `kanban tool`: calls one of a worker's tools, for agents without MCP and for scripts.
 *
 * @module
 */
import { keepToolUse, loadTools } from "../../worker/mod.ts";
import { KanbanError } from "../../kernel/mod.ts";
import { optionalWord } from "../args.ts";
import { readBytes } from "../files/read_bytes.ts";
import { longText } from "../files/read_text.ts";
import { verb } from "../verb.ts";
import { queueOf } from "../waits.ts";

export default verb({
  name: "tool",
  act: "tools",
  args: {
    name: optionalWord("The tool; without it they are listed"),
    arguments: optionalWord("Its arguments as a JSON object (or @FILE, or - for standard input)"),
  },
  examples: [
    "kanban tool",
    "kanban tool kanban_show '{}'",
    `kanban tool kanban_complete '{"summary": "ported the parser"}'`,
  ],
  notes:
    'Prints {"ok":true,…} or {"error":"…"} on standard output, always as JSON; the exit status is 0, or 1 when it was refused. The tools exist only in a worker\'s environment.',
  async run(context) {
    const { args, worker, who } = context;
    const { callTool, toolsFor } = await loadTools();
    const tools = toolsFor(worker);
    if (args.name === undefined) {
      const listed = tools.map(({ name, description, inputSchema }) => ({
        name,
        description,
        input_schema: inputSchema,
      }));
      context.out(listed, (all) => all.map((tool) => `${tool.name}\n  ${tool.description}`).join("\n"));
      if (tools.length === 0)
        context.note("No tools here: they belong to a worker, KANBAN_TASK and KANBAN_RUN must be set");
      return 0;
    }
    const given = args.arguments === undefined ? {} : parseArguments(longText(args.arguments, "ARGUMENTS"));
    if (worker !== null) keepToolUse(context.board, worker);
    const bytes = await readBytes(context.home);
    const { ok, reply } = callTool(
      tools,
      () => ({ board: context.board, worker, who, bytes, queue: () => queueOf(context.home, context.board) }),
      args.name,
      given,
    );
    context.line(reply);
    return ok ? 0 : 1;
  },
});

function parseArguments(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new KanbanError(
      "invalid",
      `Cannot call a tool: its arguments must be a JSON object, ${(error as Error).message}`,
      `Quote it for the shell: kanban tool kanban_complete '{"summary": "done"}'`,
    );
  }
}
