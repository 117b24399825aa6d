/**
 * The public surface of what is written into the configuration of other programs.
 *
 * @module
 */
export { applySetup, checkSetup, removeSetup, type SetupChange, type SetupFile, type SetupOptions } from "./setup.ts";
export { SETUP_AGENTS, type SetupAgent } from "./setup_places.ts";
