/** @jsxImportSource hono/jsx */
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { claimTask, completeTask, moveTask } from "../../src/kernel/mod.ts";
import { testBoard } from "../../src/testing/mod.ts";
import { insightsView, shellView, textOf } from "../../src/testing/views.ts";
import { chartSvg, CycleChart, FlowChart, Heat, HoursChart, Spark } from "./charts.tsx";
import { InsightsPage } from "./insights.tsx";
import { document } from "../shell/document.tsx";

describe("the insights page", () => {
  const NUMBERS = /NaN|Infinity|undefined/;
  const series = fc.array(fc.option(fc.double({ min: 0, max: 1e9, noNaN: true })), { maxLength: 30 });
  const hours = fc.array(fc.record({ at: fc.nat(2e12), completed: fc.nat(1e6), failed: fc.nat(1e6) }), {
    maxLength: 24,
  });
  const cycle = fc.record({
    points: fc.array(
      fc.record({
        task_id: fc.constant("t_00000000"),
        at: fc.nat(2e12),
        seconds: fc.double({ min: 0, max: 1e8, noNaN: true }),
        ok: fc.boolean(),
      }),
      { maxLength: 20 },
    ),
    p50_seconds: fc.option(fc.nat(1e7)),
    p95_seconds: fc.option(fc.nat(1e7)),
  });
  const flow = fc.array(
    fc.record({ at: fc.nat(2e12), counts: fc.record({ done: fc.nat(1e6), ready: fc.nat(1e6) }, { requiredKeys: [] }) }),
    { maxLength: 30 },
  );

  test("draw any figures without a number that is none", () => {
    fc.assert(
      fc.property(series, hours, cycle, flow, (values, perHour, points, days) => {
        const drawn = [
          <Spark values={values} tone="c-done" />,
          <HoursChart hours={perHour} />,
          <Heat hours={perHour} />,
          <CycleChart cycle={points} now={2e12} />,
          <FlowChart flow={days} />,
        ];
        for (const chart of drawn) expect(String(chart)).not.toMatch(NUMBERS);
      }),
      { numRuns: 100 },
    );
  });
  test("the page of an empty board draws nothing absurd", () => {
    const { board } = testBoard();
    const html = document(<InsightsPage shell={shellView(board)} insights={insightsView(board)} />);
    expect(html).not.toMatch(NUMBERS);
    expect(textOf(html)).toContain("No task has finished in this time.");
  });

  test("first-try success counts tasks, with any number of runs", () => {
    const { board, done } = testBoard();
    const { id } = done();
    moveTask(board, id, "ready");
    claimTask(board, id, { claimer: "ann" });
    completeTask(board, id);

    const html = document(<InsightsPage shell={shellView(board)} insights={insightsView(board)} />);

    expect(textOf(html)).toContain("100.0 % of 1 task");
  });
  test("each can be had as a picture, with no class and no style", () => {
    const { board, done } = testBoard();
    done();
    for (const name of ["flow", "cycle", "hours", "throughput", "wait", "first-try", "needs"]) {
      const svg = chartSvg(name, insightsView(board))!;
      expect(svg).toStartWith('<svg xmlns="http://www.w3.org/2000/svg"');
      expect(svg).not.toMatch(/ (class|style)=/);
      expect(svg.match(/ fill=/g)?.length ?? 0).toBeGreaterThanOrEqual(0);
    }
    expect(chartSvg("constructor", insightsView(board))).toBeNull();
  });
});
