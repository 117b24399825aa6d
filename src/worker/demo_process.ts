/**
 * The process of a worker of the profile `demo`, without the CLI around it.
 *
 * A file of its own, for `demo.ts` is loaded by the CLI too: a bundler moves it into a chunk, and there no module
 * knows whether it was started.
 *
 * @module
 */
import { demoMain } from "./demo.ts";

void demoMain();
