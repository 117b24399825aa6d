/**
 * The attempts at a task, as lines: one for each run, its summary or error beneath.
 *
 * @module
 */
import type { Json, Outcome, Run } from "../kernel/mod.ts";
import { type Cell, cleanLine, instant, type Paint, relative, span, table, truncate } from "./format.ts";

const OUTCOME_STYLE: Readonly<Record<Outcome, keyof Paint>> = {
  completed: "green",
  blocked: "magenta",
  crashed: "red",
  abandoned: "red",
  rate_limited: "yellow",
  timed_out: "red",
  spawn_failed: "red",
  gave_up: "red",
  reclaimed: "dim",
};

/**
 * `# OUTCOME PROFILE ELAPSED STARTED`, then each run with `→ summary`, `! error` and what the agent
 * reported beneath. The number is the run's id, the one that `--run` takes.
 */
export function runLines(
  runs: readonly Run[],
  { style, terminal, now, width }: { style: Paint; terminal: boolean; now: number; width: number },
): string[] {
  if (runs.length === 0) return [];
  const head: Cell[] = ["#", "OUTCOME", "PROFILE", "ELAPSED", "STARTED"].map((text) => ({ text, style: style.dim }));
  const rows = runs.map((run): Cell[] => [
    { text: String(run.id) },
    { text: run.outcome ?? "running", style: style[run.outcome === null ? "yellow" : OUTCOME_STYLE[run.outcome]] },
    { text: cleanLine(run.profile ?? "-") },
    { text: span(((run.ended_at ?? now) - run.started_at) / 1_000) },
    { text: terminal ? relative(run.started_at, now) : instant(run.started_at), style: style.dim },
  ]);
  const [title, ...lines] = table([head, ...rows], [{ right: true }, {}, {}, { right: true }, {}]).map(
    (line) => `  ${line}`,
  );
  const margin = " ".repeat(4 + Math.max(...runs.map((run) => String(run.id).length)));
  const beneath = (mark: string, text: string) =>
    truncate(`${margin}${mark} ${cleanLine(text)}`, terminal ? width : Infinity);
  const below = (run: Run) => [
    ...(run.summary === null ? [] : [beneath("→", run.summary)]),
    ...(run.error === null ? [] : [style.red(beneath("!", run.error))]),
    ...(run.metadata === null ? [] : [style.dim(beneath("·", JSON.stringify(run.metadata)))]),
    ...(reported(run) === "" ? [] : [style.dim(beneath("·", reported(run)))]),
  ];
  return [title!, ...lines.flatMap((line, at) => [line, ...below(runs[at]!)])];
}

/** What the agent said about itself: tokens, cost, session. */
function reported({ usage, session_id }: Run): string {
  const shown = (value: Json) => (typeof value === "object" ? JSON.stringify(value) : String(value));
  const figures = Object.entries(usage ?? {}).map(([name, value]) => `${name} ${shown(value)}`);
  return [...figures, ...(session_id === null ? [] : [`session ${session_id}`])].join(", ");
}
