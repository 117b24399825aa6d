/**
 * The agents' public surface: what the programs are, how each is started, and how its output is read.
 *
 * @module
 */
export { agents } from "./agents.ts";
export { commandLine } from "./expand.ts";
export { retryingOf } from "./judge.ts";
export { serverName } from "./placement.ts";
export type { Preset } from "./preset.ts";
export { accountVariables, type AgentName, AGENTS, presetOf } from "./presets.ts";
export { type Transcript, transcriptOf } from "./transcript.ts";
