/**
 * The worker layer's public surface: what an agent gets from the board, and how agents are started.
 *
 * @module
 */
export { demoMain, type DemoOptions, runDemoWorker } from "./demo.ts";
export { type Directive, parseDirectives } from "./directives.ts";
