import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import type { JsonObject } from "../kernel/mod.ts";
import { judge } from "./judge.ts";
import { PRESETS } from "./presets.ts";
import { reportedNumbers } from "./report.ts";
import { agentRun } from "./testing/agent_run.ts";

const REPORT = await Bun.file(join(import.meta.dir, "testing", "fixtures", "copilot", "report.json")).json();
const { output } = PRESETS.copilot;

describe("reportedNumbers()", () => {
  test("reads what Copilot wrote", () => {
    expect(reportedNumbers(output, REPORT)).toEqual({
      ...{ input_tokens: 1_000, output_tokens: 20, cache_read_tokens: 100, cache_write_tokens: 0 },
    });
  });

  test("sums over the models, and believes no number that cannot be one", () => {
    const models = { a: { usage: { inputTokens: 1, outputTokens: -5 } }, b: { usage: { inputTokens: 2 } }, c: null };

    expect(reportedNumbers(output, { modelMetrics: models })).toEqual({ input_tokens: 3 });
  });

  test.each<[JsonObject | null]>([[null], [{}], [{ modelMetrics: "x" }], [{ modelMetrics: [] }]])(
    "knows nothing from %j",
    (report) => {
      expect(reportedNumbers(output, report)).toEqual({});
    },
  );
});

test("a run's usage is that of its report, with what only the events say [N10]", () => {
  const run = { ...agentRun("copilot", "whole_task"), run: { id: 1 } };

  const { usage } = judge({ ...run, report: REPORT })!;

  expect(usage).toMatchObject({ input_tokens: 1_000, output_tokens: 20, premium_requests: expect.any(Number) });
  expect(judge(run)!.usage).not.toHaveProperty("input_tokens");
});
