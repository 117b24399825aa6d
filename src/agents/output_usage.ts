/**
 * Counts what an agent used, by the events that it prints.
 *
 * Some events have the numbers of one step, some the total of their session so far. Others have those of a single
 * message, which a later number of the same name includes: they count only where the program ended before it said more.
 *
 * @module
 */
import type { JsonObject } from "../kernel/mod.ts";
import { matches, numberAt, type OutputRules, textAt } from "./preset.ts";

type Numbers = Record<string, number>;

export class UsageCount {
  readonly #rules: OutputRules["usage"];
  readonly #steps: Numbers = {};
  /** The newest totals of each session. */
  readonly #totals = new Map<string, Numbers>();
  /** By session and message: what no step and no total includes yet. */
  readonly #messages = new Map<string, Map<string, Numbers>>();
  /** Every event with numbers has one of these in its text. */
  readonly #marks: readonly string[];

  constructor({ usage }: Pick<OutputRules, "usage">) {
    this.#rules = usage;
    const names = usage.flatMap(({ numbers }) => Object.values(numbers).flat());
    this.#marks = [...new Set(names.map((path) => `"${path.split(".").at(-1)}"`))];
  }

  /** Whether a line can be an event with numbers: a glance that spares most lines their parsing. */
  mayCount(line: string): boolean {
    return this.#marks.some((mark) => line.includes(mark));
  }

  add(event: JsonObject, session: string | null): void {
    const of = session ?? "";
    for (const rule of this.#rules) {
      if (!matches(event, rule.when)) continue;
      const found = numbersOf(rule.numbers, event);
      if (rule.counts === "message") {
        this.#addMessage(of, textAt(event, rule.id) ?? "", found);
        continue;
      }
      for (const numbers of this.#messages.get(of)?.values() ?? []) for (const name in found) delete numbers[name];
      if (rule.counts === "total") this.#totals.set(of, { ...this.#totals.get(of), ...found });
      else sum(this.#steps, found);
    }
  }

  /** All that was counted so far. */
  numbers(): Numbers {
    const all: Numbers = {};
    const messages = [...this.#messages.values()].flatMap((known) => [...known.values()]);
    for (const part of [this.#steps, ...this.#totals.values()]) sum(all, part);
    // Without an answer of its provider a program makes up a message, of no tokens: that is no use of anything.
    for (const part of messages) if (Object.values(part).some((number) => number > 0)) sum(all, part);
    return all;
  }

  /** A message may be printed in several parts, each with what it has used by then. */
  #addMessage(session: string, id: string, found: Numbers): void {
    const known = this.#messages.get(session) ?? new Map<string, Numbers>();
    this.#messages.set(session, known);
    const before = known.get(id) ?? {};
    const most = Object.entries(found).map(([name, number]) => [name, Math.max(number, before[name] ?? 0)] as const);
    known.set(id, { ...before, ...Object.fromEntries(most) });
  }
}

function numbersOf(numbers: OutputRules["usage"][number]["numbers"], event: JsonObject): Numbers {
  const found = Object.entries(numbers).map(([name, paths]) => [name, numberAt(event, paths)] as const);
  return Object.fromEntries(found.filter((entry): entry is [string, number] => entry[1] !== null));
}

function sum(all: Numbers, part: Numbers): void {
  for (const [name, value] of Object.entries(part)) all[name] = (all[name] ?? 0) + value;
}
