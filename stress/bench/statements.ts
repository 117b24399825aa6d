/**
 * Where the time of a call goes: its transaction, each of its statements, and the rest, which is JavaScript.
 *
 * The statements of an open board are wrapped with timers and the median of each is taken, so a busy machine moves all
 * of them alike. The timers are part of what is measured: a tenth of a microsecond at each statement.
 *
 * @module
 */
import type { Statement } from "bun:sqlite";
import {
  claimNext,
  closeBoard,
  completeAndClaimNext,
  completeTask,
  createTask,
  openBoard,
} from "../../src/kernel/mod.ts";
import { median, time } from "../measure.ts";
import type { Bench, Figure } from "./figure.ts";

const TIMES = { quick: 1_500, full: 6_000 };
/** Tasks that are there before anything is measured. */
const TASKS = 12_000;
const CLAIMER = { claimer: "bench" };

export const statements: Bench = {
  name: "statements",
  async run({ dir, scale }) {
    const board = openBoard(`${dir}/statements.db`, { actor: "bench" });
    const create = (i: number) => createTask(board, { title: `Task ${i}`, assignee: "coder" });
    for (let i = 0; i < TASKS; i++) create(i);
    const claimed: NonNullable<ReturnType<typeof claimNext>>[] = [];
    const claim = () => void claimed.push(claimNext(board, CLAIMER)!);
    const handoff = () => {
      const { task, run } = claimed.shift()!;
      return [task.id, { runId: run.id, summary: "done" }] as const;
    };
    const complete = () => void completeTask(board, ...handoff());
    const next = () => void claimed.push(completeAndClaimNext(board, ...handoff(), CLAIMER).next!);
    const calls = { create, claim, complete, next };
    // Each is prepared at its first use, and only then it can be wrapped.
    for (const call of [create, claim, complete, claim, next]) call(0);
    const watch = watched(board.statements);
    const figures = Object.entries(calls).flatMap(([name, call]) =>
      profile(name === "next" ? "complete and claim next" : name, TIMES[scale], call, watch),
    );
    closeBoard(board);
    return figures;
  },
};

type Watch = Map<string, number[]>;

/** Makes each statement note how long it takes, in microseconds. */
function watched(statements: ReadonlyMap<string, Statement>): Watch {
  const watch: Watch = new Map();
  for (const [sql, statement] of statements) {
    const took: number[] = [];
    watch.set(sql, took);
    for (const way of ["run", "get", "all"] as const) {
      const asked = statement[way].bind(statement) as (...given: unknown[]) => unknown;
      const timed = (...given: unknown[]) => {
        const started = Bun.nanoseconds();
        try {
          return asked(...given);
        } finally {
          took.push((Bun.nanoseconds() - started) / 1_000);
        }
      };
      Object.defineProperty(statement, way, { value: timed });
    }
  }
  return watch;
}

function profile(name: string, times: number, call: (i: number) => void, watch: Watch): Figure[] {
  for (const took of watch.values()) took.length = 0;
  const whole = median(Array.from({ length: times }, (_, i) => time(() => call(i))));
  const parts = new Map<string, number>();
  for (const [sql, took] of watch) {
    if (took.length > 0) parts.set(nameOf(sql), (parts.get(nameOf(sql)) ?? 0) + (median(took) * took.length) / times);
  }
  const inSql = [...parts.values()].reduce((sum, each) => sum + each, 0);
  return [
    { name: `profile: ${name}`, value: whole, unit: "µs" },
    ...[...parts, ["JavaScript", whole - inSql] as const]
      .toSorted(([, a], [, b]) => b - a)
      .map(([part, value]): Figure => ({ name: `profile: ${name}: ${part}`, value, unit: "µs" })),
  ];
}

/** `INSERT task_events`, `SELECT lanes`: the act and its table, not one of a query inside. */
function nameOf(sql: string): string {
  let outer = sql;
  for (let before = ""; before !== outer;) {
    before = outer;
    outer = outer.replace(/\([^()]*\)/g, "");
  }
  const table = /(?:UPDATE|INTO|FROM) (\w+)/.exec(outer)?.[1];
  const [act] = /\w+/.exec(sql)!;
  return table === undefined ? act : `${act} ${table}`;
}
