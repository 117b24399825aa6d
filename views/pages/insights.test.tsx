/** @jsxImportSource hono/jsx */
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { blockTask, type Board, claimTask, completeTask, moveTask } from "../../src/kernel/mod.ts";
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
    expect(textOf(html)).toContain("No task has finished in the last 7 days.");
  });

  const page = (board: Board, needs = 0) => {
    const shell = shellView(board);
    const insights = insightsView(board);
    return document(<InsightsPage shell={{ ...shell, nav: { ...shell.nav, needs } }} insights={insights} />);
  };

  test("of an empty board says only what is true [L17]", () => {
    const text = textOf(page(testBoard().board));
    expect(text).toContain("Throughput 0.0 runs / h in the last 24 h");
    expect(text).toContain("Ready wait – nothing was claimed in 24 h");
    expect(text).toContain("First-try success – no worker has finished a task");
    expect(text).toContain("Needs you 0 nothing waits for you");
  });

  test("of a young board divides by the time that there was, and begins with it", () => {
    const t = testBoard();
    const begin = t.clock.ms;
    for (let i = 0; i < 6; i++) {
      const { id } = t.ready();
      const { run } = claimTask(t.board, id, { claimer: "w" });
      t.clock.ms += 30 * 60_000;
      completeTask(t.board, id, { runId: run.id });
    }
    blockTask(t.board, t.ready().id, { reason: "Which one?" });
    t.clock.ms += 60_000;

    const html = page(t.board, 3);
    const text = textOf(html);

    expect(text).toMatch(/Throughput 2\.0 runs \/ h in its first 3h( 0?1m)?/);
    expect(text).toContain("First-try success 100.0 % of 6 tasks");
    expect(text).toContain("Needs you 3 1 task, 2 checks · oldest 1m");
    const clock = new Date(begin).toISOString().slice(11, 16);
    expect(html).toContain(`Cumulative flow since ${clock} UTC`);
  });

  test("of a board whose tasks were finished without a claim says why there is no cycle time", () => {
    const t = testBoard();
    for (let i = 0; i < 1_500; i++) completeTask(t.board, t.ready().id);

    const text = textOf(page(t.board));

    expect(text).toContain("1,500 tasks finished in the last 7 days without being claimed, so there is no cycle time.");
    expect(text).not.toContain("No task has finished");
  });

  test("gives every label the room that it needs [L17]", () => {
    const days = Array.from({ length: 7 }, (_, i) => ({ at: i * 86_400_000, counts: { done: 2_500 * i } }));
    const drawn = [
      String(<FlowChart flow={days} />),
      String(<HoursChart hours={[{ at: 0, completed: 48_000, failed: 12 }]} />),
      String(<CycleChart cycle={{ points: [], p50_seconds: null, p95_seconds: 900_000 }} now={2e12} />),
    ];
    for (const svg of drawn) {
      // At most seven units a character, and the text ends where it stands.
      for (const [, x, label] of svg.matchAll(/<text x="([\d.]+)"[^>]*text-anchor="end">([^<]*)</g)) {
        expect([label, Number(x) - 7 * label!.length >= 0]).toEqual([label, true]);
      }
    }
    expect(drawn[0]).toContain(">15,000<");
  });

  test("leaves a gap where there is nothing to say", () => {
    const svg = String(<Spark values={[null, 0.5, 1, null, 1]} tone="c-done" />);
    const lines = [...svg.matchAll(/class="l" d="([^"]*)"/g)].map(([, path]) => path);
    expect(lines).toEqual(["M30,15.5L60,4", "M114,4L126,4"]);
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
