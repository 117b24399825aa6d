/**
 * The public surface of what a worker sees: guidance, tools, the scripted worker.
 *
 * @module
 */
export { type DemoOptions, runDemoWorker } from "./demo.ts";
export { type McpOptions, serveMcp } from "./mcp.ts";
export { type BoardFacts, primeText } from "./prime.ts";
export { keepToolUse } from "./tool_use.ts";
export type { Called, Tool, ToolContext } from "./tool.ts";

/** The tools: apart, because they bring zod along, and most commands need neither. */
export function loadTools(): Promise<typeof import("./toolset.ts")> {
  return import("./toolset.ts");
}
