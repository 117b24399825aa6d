/**
 * The worker layer's public surface: what an agent gets from the board, and how agents are started.
 *
 * @module
 */
export { demoMain, type DemoOptions, runDemoWorker } from "./demo.ts";
export { type Directive, parseDirectives } from "./directives.ts";
export { fencedWrite, ownTask, requireOpenRun } from "./fence.ts";
export { type GuidanceOptions, orchestratorGuidance, workerGuidance } from "./guidance.ts";
export { type McpOptions, serveMcp } from "./mcp.ts";
export { ORCHESTRATOR_TOOLS, toolsFor } from "./orchestrator_tools.ts";
export { type Called, callTool, type Tool, type ToolContext } from "./tool.ts";
export { WORKER_TOOLS } from "./tools.ts";
