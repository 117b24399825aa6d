/**
 * What a run prints at its end: a table, the violations in full, and what was left out and why.
 *
 * @module
 */
import type { Scale, Suite, Verdict } from "./harness.ts";

export interface Row {
  suite: Suite;
  verdict: Verdict & { ms: number };
}

/** At most so many violations of one suite are printed; a broken rule tends to break for every task. */
const SHOWN = 10;

/** The end of a run, as text. */
export function summary(rows: readonly Row[], ms: number): string {
  const table = rows.map(({ suite, verdict }) => [
    suite.name,
    verdict.violations.length === 0 ? "ok" : `${verdict.violations.length} VIOLATIONS`,
    `${(verdict.ms / 1_000).toFixed(1)} s`,
    verdict.did,
  ]);
  const broken = rows.flatMap(({ suite, verdict }) => {
    const { length } = verdict.violations;
    const more = length > SHOWN ? [`  … ${length - SHOWN} more`] : [];
    return length === 0
      ? []
      : [`\n${suite.name}:`, ...verdict.violations.slice(0, SHOWN).map((text) => `  ✗ ${text}`), ...more];
  });
  const details = rows.flatMap(({ suite, verdict }) =>
    verdict.details === undefined ? [] : [`\n${suite.name}:`, ...verdict.details.map((line) => `  ${line}`)],
  );
  const skipped = rows.flatMap(({ suite, verdict }) =>
    (verdict.skipped ?? []).map(({ what, why }) => `  ${suite.name}: ${what} (${why})`),
  );
  return [
    ...details,
    "",
    ...columns([["suite", "result", "time", "what was done"], ...table]),
    ...(skipped.length === 0 ? [] : ["\nskipped:", ...skipped]),
    ...broken,
    `\n${broken.length === 0 ? "every promise held" : "PROMISES BROKEN"} in ${(ms / 1_000).toFixed(0)} s`,
  ].join("\n");
}

/** What `--json` writes and `--compare` reads. */
export interface Results {
  seed: number;
  scale: Scale;
  at: string;
  machine: { platform: string; cores: number; bun: string };
  suites: Record<string, Verdict & { ms: number }>;
}

/** Less than this is what a shared machine does by itself. */
const NOTEWORTHY = 0.15;

/** Every number that is in both results and differs noticeably, with by how much. */
export function changes(before: Results, now: Results): string {
  const rows = Object.entries(now.suites).flatMap(([suite, { numbers = {} }]) =>
    Object.entries(numbers).flatMap(([name, value]) => {
      const old = before.suites[suite]?.numbers?.[name];
      if (old === undefined || old === value) return [];
      const change = old === 0 ? Infinity : value / old - 1;
      if (Math.abs(change) < NOTEWORTHY) return [];
      return [
        [`${suite}: ${name}`, String(old), String(value), `${change > 0 ? "+" : ""}${Math.round(change * 100)} %`],
      ];
    }),
  );
  const head = `\nagainst ${before.at} (${before.machine.cores} cores, bun ${before.machine.bun}, scale ${before.scale}):`;
  if (rows.length === 0) return `${head} nothing moved by ${NOTEWORTHY * 100} % or more`;
  return [head, ...columns([["what", "then", "now", "change"], ...rows])].join("\n");
}

/** Lines with their cells aligned; the last column runs free. */
export function columns(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, at) => Math.max(...rows.map((row) => (row[at] ?? "").length)));
  return rows.map((row) =>
    row
      .map((cell, at) => (at === row.length - 1 ? cell : cell.padEnd(widths[at]! + 2)))
      .join("")
      .trimEnd(),
  );
}
