/**
 * What the suite asks of the player, which is a program of its own.
 *
 * @module
 */
import type { Scale } from "../harness.ts";

export interface Order {
  readonly agent: string;
  /** Where its packages are installed. */
  readonly installed: string;
  /** Where it is played. */
  readonly dir: string;
  readonly scale: Scale;
  readonly scenarios: readonly string[];
}

/** The key that every agent sends to its model. */
export const KEY = "dummy-key-of-the-suite";
