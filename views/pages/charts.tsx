/** @jsxImportSource hono/jsx */
/**
 * The charts of the insights page as SVG, drawn on the server.
 *
 * Colours are classes (`c-done` sets the hue, `f` fills, `l` strokes), so one drawing serves both
 * themes; `chartSvg` adds the few rules a chart needs when it is fetched as a picture of its own.
 *
 * @module
 */
import type { Status } from "../../src/kernel/mod.ts";
import type { InsightsView } from "./insights.tsx";
import { grouped } from "../parts/icons.tsx";
import { short } from "../parts/time.ts";

/** A small line with its area; gaps where a value is null. `label` is for the picture on its own. */
export function Spark({ values, tone, label }: { values: readonly (number | null)[]; tone: string; label?: string }) {
  const top = Math.max(...values.map((value) => value ?? 0), 0.000_001);
  const step = values.length > 1 ? 120 / (values.length - 1) : 120;
  const x = (index: number) => fix(index * step);
  const y = (value: number) => fix(27 - (value / top) * 23);
  const named = label ? { role: "img", "aria-label": label } : { "aria-hidden": "true" };
  return (
    <svg class={`chart spark ${tone}`} viewBox="0 0 120 30" preserveAspectRatio="none" {...named}>
      {pieces(values).map(({ from, piece }) => {
        const points = piece.map((value, index) => `${x(from + index)},${y(value)}`);
        const last = from + piece.length - 1;
        // One value between gaps is a short line.
        const line =
          piece.length > 1 ? points.join("L") : `${x(from - 0.2)},${y(piece[0]!)}L${x(from + 0.2)},${y(piece[0]!)}`;
        return (
          <>
            {piece.length > 1 && <path class="f soft" d={`M${line}L${x(last)},30L${x(from)},30Z`} />}
            <path class="l" d={`M${line}`} vector-effect="non-scaling-stroke" />
          </>
        );
      })}
    </svg>
  );
}

/** The parts of a series without its gaps. */
function pieces(values: readonly (number | null)[]): { from: number; piece: number[] }[] {
  const found: { from: number; piece: number[] }[] = [];
  values.forEach((value, index) => {
    if (value === null) return;
    if (index > 0 && values[index - 1] !== null && found.length > 0) found.at(-1)!.piece.push(value);
    else found.push({ from: index, piece: [value] });
  });
  return found;
}

/** Where a chart begins beside its labels: about six units a character. */
function besideLabels(labels: readonly string[]): number {
  return 14 + 7 * Math.max(...labels.map((label) => label.length));
}

const BANDS: readonly Status[] = ["done", "review", "blocked", "running", "ready", "todo", "triage"];

/** Tasks by status at the end of each day, stacked. */
export function FlowChart({ flow }: { flow: InsightsView["flow"] }) {
  const [right, top, bottom] = [640, 14, 212];
  const totals = flow.map(({ counts }) => BANDS.reduce((sum, status) => sum + (counts[status] ?? 0), 0));
  const scale = nice(Math.max(...totals, 1));
  const left = besideLabels(marksOf(scale).map(grouped));
  const [first, last] = [flow[0]?.at ?? 0, flow.at(-1)?.at ?? 0];
  const at = (instant: number) => left + ((instant - first) / Math.max(1, last - first)) * (right - left);
  const x = (index: number) => (flow.length === 1 ? left : at(flow[index]!.at));
  const word = last - first > 2 * DAY ? day : clockOf;
  const y = (value: number) => bottom - (value / scale.max) * (bottom - top);
  const below = flow.map(() => 0);
  const bands = BANDS.map((status) => {
    const floor = below.map((value, index) => `${fix(x(index))},${fix(y(value))}`);
    flow.forEach(({ counts }, index) => (below[index]! += counts[status] ?? 0));
    const roof = below.map((value, index) => `${fix(x(index))},${fix(y(value))}`);
    return { status, area: `M${roof.join("L")}L${floor.toReversed().join("L")}Z`, line: `M${roof.join("L")}` };
  });
  return (
    <svg class="chart" viewBox="0 0 640 232" role="img" aria-label={flowLabel(first, last)}>
      <Grid scale={scale} y={y} left={left} right={right} />
      {bands.map(({ status, area, line }) => (
        <g class={`c-${status}`}>
          <path class="f band" d={area} />
          <path class="l" d={line} />
        </g>
      ))}
      {[0, 1, 2, 3].map((third) => (
        <text
          x={fix(left + (third / 3) * (right - left))}
          y={228}
          text-anchor={third === 0 ? "start" : third === 3 ? "end" : "middle"}
        >
          {word(first + (third / 3) * (last - first))}
        </text>
      ))}
    </svg>
  );
}

const DAY = 86_400_000;

function flowLabel(first: number, last: number): string {
  const days = Math.round((last - first) / DAY);
  return days > 2 ? `Cumulative flow over ${days} days` : `Cumulative flow since ${clockOf(first)} UTC`;
}

/** How long tasks took, each a dot on a logarithmic scale, with the median and the 95th percentile. */
export function CycleChart({ cycle, now }: { cycle: InsightsView["cycle"]; now: number }) {
  const [right, top, bottom] = [340, 20, 252];
  const first = Math.min(...cycle.points.map((point) => point.at), now - 3_600_000);
  const most = Math.max(3600, ...cycle.points.map((point) => point.seconds));
  const x = (at: number) => left + ((at - first) / Math.max(1, now - first)) * (right - left);
  const y = (seconds: number) => bottom - (Math.log(Math.max(1, seconds)) / Math.log(most)) * (bottom - top);
  const marks = [1, 10, 60, 600, 3600, 36_000, 86_400, 864_000].filter((seconds) => seconds <= most);
  const left = besideLabels(marks.map(short));
  const word = now - first > 2 * DAY ? day : clockOf;
  const lines = [
    { name: "p50", at: cycle.p50_seconds },
    { name: "p95", at: cycle.p95_seconds },
  ];
  return (
    <svg
      class="chart"
      viewBox="0 0 340 274"
      role="img"
      aria-label={`Cycle time of ${cycle.points.length} tasks, logarithmic`}
    >
      {marks.map((seconds) => (
        <>
          <line class="g" x1={left} x2={right} y1={fix(y(seconds))} y2={fix(y(seconds))} />
          <text x={left - 6} y={fix(y(seconds) + 3)} text-anchor="end">
            {short(seconds)}
          </text>
        </>
      ))}
      {cycle.points.map(({ at, seconds, ok, task_id }) => (
        <circle class={ok ? "f c-done dot-ok" : "f c-blocked dot-no"} cx={fix(x(at))} cy={fix(y(seconds))} r="2.4">
          <title>
            {task_id}: {short(seconds)}
          </title>
        </circle>
      ))}
      {lines.map(({ name, at }) =>
        at === null ? null : (
          <>
            <line class="mark" x1={left} x2={right} y1={fix(y(at))} y2={fix(y(at))} />
            <text
              class="strong"
              x={name === "p50" ? left + 4 : right}
              y={fix(y(at) - 5)}
              text-anchor={name === "p50" ? "start" : "end"}
            >
              {name} {short(at)}
            </text>
          </>
        ),
      )}
      <text x={left} y={270}>
        {word(first)}
      </text>
      <text x={right} y={270} text-anchor="end">
        {word(now)}
      </text>
    </svg>
  );
}

/** Runs that ended in each hour: completed below, failed on top. */
export function HoursChart({ hours }: { hours: InsightsView["hours"] }) {
  const [right, top, bottom] = [640, 24, 150];
  const scale = nice(Math.max(...hours.map((hour) => hour.completed + hour.failed), 1));
  const left = besideLabels(marksOf(scale).map(grouped));
  const step = (right - left) / Math.max(1, hours.length);
  const y = (value: number) => bottom - (value / scale.max) * (bottom - top);
  return (
    <svg class="chart" viewBox="0 14 640 156" role="img" aria-label="Completed and failed runs per hour">
      <Grid scale={scale} y={y} left={left} right={right} />
      {hours.map(({ at, completed, failed }, index) => (
        <g>
          <title>
            {clockOf(at)}: {completed} completed, {failed} failed
          </title>
          {completed > 0 && (
            <Bar tone="c-done" x={left + index * step} width={step * 0.72} from={y(completed)} to={bottom} />
          )}
          {failed > 0 && (
            <Bar
              tone="c-blocked"
              x={left + index * step}
              width={step * 0.72}
              from={y(completed + failed)}
              to={y(completed) - (completed > 0 ? 1.5 : 0)}
            />
          )}
        </g>
      ))}
      {hours.map(({ at }, index) =>
        index % 6 === 0 ? (
          <text x={fix(left + index * step)} y={166} data-clock={at}>
            {clockOf(at)}
          </text>
        ) : null,
      )}
      <text x={right} y={166} text-anchor="end">
        now
      </text>
    </svg>
  );
}

function Bar({ tone, x, width, from, to }: { tone: string; x: number; width: number; from: number; to: number }) {
  return (
    <rect
      class={`f bar ${tone}`}
      x={fix(x)}
      width={fix(width)}
      y={fix(from)}
      height={fix(Math.max(1, to - from))}
      rx="2.5"
    />
  );
}

/** One cell per hour, the fuller the more runs; red where most of them failed. */
export function Heat({ hours }: { hours: { completed: number; failed: number }[] }) {
  const most = Math.max(1, ...hours.map((hour) => hour.completed + hour.failed));
  const width = 100 / Math.max(1, hours.length);
  return (
    <svg class="heat" viewBox="0 0 100 16" preserveAspectRatio="none" aria-hidden="true">
      {hours.map(({ completed, failed }, index) => {
        const share = (completed + failed) / most;
        const tone = failed > completed ? "c-blocked" : "c-running";
        return (
          <rect
            class={share === 0 ? "none" : `f ${tone}`}
            x={fix(index * width)}
            width={fix(width * 0.78)}
            height="16"
            rx="1"
            fill-opacity={share === 0 ? undefined : fix(0.25 + share * 0.75)}
          />
        );
      })}
    </svg>
  );
}

interface Scale {
  max: number;
  step: number;
}

function marksOf(scale: Scale): number[] {
  return Array.from({ length: Math.round(scale.max / scale.step) + 1 }, (_, index) => index * scale.step);
}

function Grid({ scale, y, left, right }: { scale: Scale; y: (value: number) => number; left: number; right: number }) {
  return (
    <>
      {marksOf(scale).map((value) => (
        <>
          <line class="g" x1={left} x2={right} y1={fix(y(value))} y2={fix(y(value))} />
          <text x={left - 6} y={fix(y(value) + 3)} text-anchor="end">
            {grouped(value)}
          </text>
        </>
      ))}
    </>
  );
}

/** A round upper end and step with at most five marks. */
function nice(most: number): Scale {
  const raw = most / 4;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = Math.max(1, [1, 2, 5, 10].find((factor) => factor * power >= raw)! * power);
  return { step, max: Math.ceil(most / step) * step };
}

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

function day(at: number): string {
  const date = new Date(at);
  return `${date.getUTCDate()} ${MONTHS[date.getUTCMonth()]}`;
}

function clockOf(at: number): string {
  return new Date(at).toISOString().slice(11, 16);
}

/** Numbers of a drawing, to a tenth, as text. */
function fix(value: number): string {
  return String(Math.round(value * 10) / 10);
}

/** A chart as a picture of its own, by its name; null when there is no such chart. */
export function chartSvg(name: string, view: InsightsView): string | null {
  const charts: Record<string, () => unknown> = {
    flow: () => <FlowChart flow={view.flow} />,
    cycle: () => <CycleChart cycle={view.cycle} now={view.now} />,
    hours: () => <HoursChart hours={view.hours} />,
    throughput: () => <Spark values={view.throughput.series} tone="c-done" label="Completed runs per hour" />,
    wait: () => <Spark values={view.ready_wait.series} tone="c-ready" label="Ready wait" />,
    "first-try": () => <Spark values={view.first_try.series} tone="c-running" label="First-try success" />,
    needs: () => <Spark values={view.needs.series} tone="c-blocked" label="Needs you" />,
  };
  const draw = Object.hasOwn(charts, name) ? charts[name] : undefined;
  if (draw === undefined) return null;
  // A picture has no stylesheet of ours; presentation attributes keep it within the same policy.
  const tones: Record<string, string> = {
    done: "#4a7fe0",
    review: "#a457d6",
    blocked: "#d6453b",
    running: "#1f9d62",
    ready: "#b98514",
    todo: "#7d8294",
    triage: "#9266d0",
  };
  return String(draw())
    .replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" font-family="sans-serif" font-size="10" ')
    .replace(/class="([^"]*)"/g, (_, classes: string) => presentation(classes.split(" "), tones));
}

function presentation(classes: string[], tones: Record<string, string>): string {
  const tone = classes.find((name) => name.startsWith("c-"))?.slice(2);
  const colour = tone === undefined ? null : tones[tone];
  const has = (name: string) => classes.includes(name);
  const parts: string[] = [];
  if (colour) parts.push(`color="${colour}"`);
  if (has("f")) parts.push('fill="currentColor"');
  if (has("soft") || has("band")) parts.push('fill-opacity="0.2"');
  if (has("l")) parts.push('fill="none" stroke="currentColor" stroke-width="1.5"');
  if (has("g")) parts.push('stroke="#8888" stroke-width="1"');
  if (has("mark")) parts.push('stroke="#888" stroke-dasharray="3 4"');
  return parts.join(" ");
}
