/**
 * One measured number, what it should be, and how it is printed.
 *
 * @module
 */
import type { Random } from "../random.ts";
import type { Scale } from "../harness.ts";
import { round } from "../measure.ts";

export interface Figure {
  name: string;
  value: number;
  unit: "µs" | "ms" | "/s" | "×" | "pages" | "KB" | "MB" | "elements" | "%";
  /** What was promised, as a bound. */
  target?: { most: number } | { least: number };
  /** Repeats exactly, so that a missed target is a violation; times only are told. */
  exact?: boolean;
  /** What is compared, or what a reader has to know. */
  note?: string;
}

export interface Bench {
  name: string;
  run(lab: BenchLab): Promise<Figure[]>;
}

export interface BenchLab {
  dir: string;
  scale: Scale;
  random: Random;
  say(progress: string): void;
}

/** Whether a figure keeps its promise; null without a promise. */
export function isMet({ value, target }: Figure): boolean | null {
  if (target === undefined) return null;
  return "most" in target ? value <= target.most : value >= target.least;
}

/** A figure as a row of the table. */
export function rowOf(figure: Figure): string[] {
  const { target } = figure;
  const bound = target === undefined ? "" : "most" in target ? `≤ ${target.most}` : `≥ ${target.least}`;
  const met = isMet(figure);
  return [
    figure.name,
    `${round(figure.value).toLocaleString("en", { maximumSignificantDigits: 6 })} ${figure.unit}`,
    met === null ? bound : `${bound} ${met ? "ok" : "MISSED"}`,
    figure.note ?? "",
  ];
}

/** Something that this machine cannot measure. */
export class Unavailable extends Error {}
