/**
 * The worker layer's public surface: what an agent gets from the board, and how agents are started.
 *
 * @module
 */
export { type DemoOptions, runDemoWorker } from "./demo.ts";
export { agents } from "./agents.ts";
export { commandLine } from "./expand.ts";
export { retryingOf } from "./judge.ts";
export { type McpOptions, serveMcp } from "./mcp.ts";
export { type BoardFacts, primeText } from "./prime.ts";
export { serverName } from "./placement.ts";
export type { Preset } from "./preset.ts";
export { type AgentName, AGENTS, presetOf } from "./presets.ts";
export { applySetup, checkSetup, removeSetup, type SetupChange, type SetupFile, type SetupOptions } from "./setup.ts";
export { SETUP_AGENTS, type SetupAgent } from "./setup_places.ts";
export { type Transcript, transcriptOf } from "./transcript.ts";
export { keepToolUse } from "./tool_use.ts";
export type { Called, Tool, ToolContext } from "./tool.ts";

/** The tools: apart, because they bring zod along, and most commands need neither. */
export function loadTools(): Promise<typeof import("./toolset.ts")> {
  return import("./toolset.ts");
}
