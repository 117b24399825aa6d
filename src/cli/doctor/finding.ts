/**
 * What a check of `doctor` looks at, and what it can find.
 *
 * @module
 */
import type { Home } from "../../home.ts";
import type { Board } from "../../kernel/mod.ts";

/** What a check found. */
export interface Finding {
  level: "ok" | "warning" | "error";
  message: string;
  /** The command to try, or what to do in words; null when all is well. */
  next: string | null;
}

/** What a check looks at. */
export interface Patient {
  readonly home: Home;
  /** Opened at the first use. */
  readonly board: Board;
}

/** Everything is in order. */
export function ok(message: string): Finding {
  return { level: "ok", message, next: null };
}

export function warning(message: string, next: string): Finding {
  return { level: "warning", message, next };
}

export function failure(message: string, next: string): Finding {
  return { level: "error", message, next };
}

export { shellPath as quoted } from "../../home_trouble.ts";
