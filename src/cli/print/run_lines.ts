/**
 * The attempts at a task, as lines: one for each run, its summary or error beneath.
 *
 * @module
 */
import type { Json, Outcome, Run } from "../../kernel/mod.ts";
import { type Cell, indent, type Paint, relative, table, truncate } from "./format.ts";
import { harmless, instant, oneLine, span } from "../../text.ts";

const OUTCOME_STYLE: Readonly<Record<Outcome, keyof Paint>> = {
  completed: "green",
  blocked: "magenta",
  crashed: "red",
  abandoned: "red",
  rate_limited: "yellow",
  unavailable: "yellow",
  timed_out: "red",
  spawn_failed: "red",
  gave_up: "red",
  reclaimed: "dim",
};

/** How the lines are set. */
interface Setting {
  readonly style: Paint;
  readonly terminal: boolean;
  readonly now: number;
  readonly width: number;
  /** Texts with all their lines, instead of one line each. */
  readonly whole?: boolean;
  /** Where runs work that cannot be seen from here, by their ids. */
  readonly places?: ReadonlyMap<number, string>;
}

/**
 * `# OUTCOME PROFILE ELAPSED STARTED`, then each run with `→ summary`, `! error` and what the agent
 * reported beneath. The number is the run's id, the one that `--run` takes.
 */
export function runLines(runs: readonly Run[], setting: Setting): string[] {
  if (runs.length === 0) return [];
  const { style, terminal, now } = setting;
  const head: Cell[] = ["#", "OUTCOME", "PROFILE", "ELAPSED", "STARTED"].map((text) => ({ text, style: style.dim }));
  const rows = runs.map((run): Cell[] => [
    { text: String(run.id) },
    { text: run.outcome ?? "running", style: style[run.outcome === null ? "yellow" : OUTCOME_STYLE[run.outcome]] },
    { text: oneLine(run.profile ?? "-") },
    { text: span(((run.ended_at ?? now) - run.started_at) / 1_000) },
    { text: terminal ? relative(run.started_at, now) : instant(run.started_at), style: style.dim },
  ]);
  const columns = [{ right: true }, {}, {}, { right: true }, {}];
  const [title, ...lines] = table([head, ...rows], columns).map((line) => `  ${line}`);
  const margin = " ".repeat(4 + runs.reduce((most, run) => Math.max(most, String(run.id).length), 0));
  return [title!, ...lines.flatMap((line, at) => [line, ...beneath(runs[at]!, margin, setting)])];
}

function beneath(run: Run, margin: string, { style, width, whole, places, terminal, now }: Setting): string[] {
  const below = (mark: string, text: string) => {
    if (!whole) return truncate(`${margin}${mark} ${oneLine(text)}`, width);
    return `${margin}${mark} ${indent(harmless(text).trim(), `${margin}  `, width).trimStart()}`;
  };
  const place = places?.get(run.id);
  const until = terminal ? relative(run.claim_expires_at, now) : instant(run.claim_expires_at);
  const lease = place === undefined ? "" : `works ${place}, out of sight: only its lease counts, until ${until}`;
  const left = leftBehind(run, whole === true);
  const metadata = run.metadata === null ? "" : JSON.stringify(run.metadata);
  return [
    ...(run.summary === null ? [] : [below("→", run.summary)]),
    ...(run.error === null ? [] : [style.red(below("!", run.error))]),
    ...(left === null ? [] : [style.dim(below("…", left))]),
    ...[lease, metadata, reported(run)].filter((text) => text !== "").map((text) => style.dim(below("·", text))),
  ];
}

const TAIL_LINES = 5;

/** The last words of a run that left no handoff, or else the end of its log where there is room for it. */
function leftBehind({ outcome, last_words, log_tail }: Run, whole: boolean): string | null {
  if (outcome === null || outcome === "completed" || outcome === "blocked") return null;
  if (last_words !== null) return last_words;
  return whole && log_tail !== null ? log_tail.split("\n").slice(-TAIL_LINES).join("\n") : null;
}

/** What the agent said about itself: tokens, cost, session. */
function reported({ usage, session_id }: Run): string {
  const shown = (value: Json) => (typeof value === "object" ? JSON.stringify(value) : String(value));
  const figures = Object.entries(usage ?? {}).map(([name, value]) => `${name} ${shown(value)}`);
  return [...figures, ...(session_id === null ? [] : [`session ${session_id}`])].join(", ");
}
