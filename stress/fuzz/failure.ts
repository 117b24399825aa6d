/**
 * The four ways an attempt fails, as a dispatcher reports them and as the contract keeps them.
 *
 * @module
 */
import type { Failure } from "../../src/kernel/mod.ts";
import type { Fail } from "../model/runs.ts";

/** A failure of this kind: what the kernel is told, and what the model says becomes of it. */
export function failureOf(kind: Fail["kind"]): { real: Failure; expected: Fail } {
  const error = `${kind}: the last words`;
  const none = { exit_code: null, signal: null };
  switch (kind) {
    case "crashed": {
      const detail = { pid: 7, exit_code: 3, signal: null, log_tail: "tail", error };
      return { real: { kind, ...detail }, expected: { kind, error, detail, exit_code: 3, signal: null } };
    }
    case "abandoned":
      return {
        real: { kind, error, pid: 7, log_tail: "tail" },
        expected: {
          kind,
          error,
          detail: { pid: 7, exit_code: 0, log_tail: "tail", error },
          exit_code: 0,
          signal: null,
        },
      };
    case "timed_out": {
      const detail = { pid: 7, elapsed_seconds: 31, limit_seconds: 30, sigkill: false, error };
      return { real: { kind, ...detail }, expected: { kind, error, detail, ...none } };
    }
    case "spawn_failed":
      return { real: { kind, error }, expected: { kind, error, detail: {}, ...none } };
  }
}
