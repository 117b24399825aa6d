import { describe, expect, test } from "bun:test";
import { withIsoTimes } from "../mod.ts";

describe("withIsoTimes()", () => {
  test("puts the time beside each instant, at any depth", () => {
    const at = Date.UTC(2026, 0, 2, 3, 4, 5, 6);
    const iso = "2026-01-02T03:04:05.006Z";

    expect(
      withIsoTimes({ created_at: at, list: [{ not_before: at, ended_at: null }], payload: { until: at } }),
    ).toEqual({
      ...{ created_at: at, created_at_iso: iso },
      list: [{ not_before: at, not_before_iso: iso, ended_at: null }],
      payload: { until: at, until_iso: iso },
    } as never);
  });

  test("leaves alone what is no instant, and what a worker made", () => {
    const value = {
      ...{ id: 5, max_runtime_seconds: 60, format: 7, updated_at: "yesterday", far_at: 9e15 },
      metadata: { made_at: 12 },
      usage: { until: 1 },
    };

    expect(withIsoTimes(value)).toEqual(value);
  });
});
