/**
 * What every suite is given and what it gives back, and the processes that race.
 *
 * A suite is an object with a name and a `run`. It gets a `Lab`: the seed, the scale, a temporary
 * folder and a line to report progress on. It answers with a `Verdict`: every violation in words, and
 * what it did in numbers. Contestants of a race are real processes; they start together at a barrier,
 * because a race that starts one by one is none.
 *
 * @module
 */
import { mkdtempSync, rmSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { Random } from "./random.ts";

export type Scale = "quick" | "full";

export interface Suite {
  name: string;
  /** What it tries to break, in one line. */
  about: string;
  /** Too long for the quick scale. */
  fullOnly?: boolean;
  /** Needs a network or far more time than the others: it runs only when it is named. */
  onlyByName?: boolean;
  /** Parts that can be run alone, see `Lab.only`. */
  parts?: readonly string[];
  /** Waits more than it works: it runs at the same time as its neighbours that do so too. */
  patient?: boolean;
  run(lab: Lab): Promise<Verdict>;
}

export interface Lab {
  readonly seed: number;
  readonly scale: Scale;
  /** How long a suite that could go on for ever should; null: by its own count. */
  readonly seconds: number | null;
  readonly random: Random;
  /** The parts that were asked for, of a suite that can run some of its parts alone; null: all. */
  readonly only: readonly string[] | null;
  /** Where to keep what programs printed, as fixtures; null: nowhere. */
  readonly record: string | null;
  /** A folder of its own, removed afterwards. */
  readonly dir: string;
  /** Shows how far it is. */
  say(progress: string): void;
}

export interface Verdict {
  /** Broken promises, each a sentence; empty when all hold. */
  violations: string[];
  /** What was done, for the table: "5 processes, 100 tasks". */
  did: string;
  /** Measurements by name. */
  numbers?: Record<string, number>;
  /** Parts that this machine cannot do, with the reason. */
  skipped?: { what: string; why: string }[];
  /** Lines to print under the table. */
  details?: string[];
}

/** How many processes make sense for work that only computes. */
export const CORES = Math.max(1, Math.min(4, cpus().length));

/** Runs one suite in a folder of its own. A suite that throws has failed. */
export async function runSuite(suite: Suite, options: Omit<Lab, "random" | "dir">): Promise<Verdict & { ms: number }> {
  const dir = mkdtempSync(join(tmpdir(), `kanban-stress-${suite.name}-`));
  const started = performance.now();
  try {
    const verdict = await suite.run({ ...options, random: new Random(options.seed), dir });
    return { ...verdict, ms: performance.now() - started };
  } catch (error) {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return { violations: [`the suite itself failed: ${text}`], did: "", ms: performance.now() - started };
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

/** Does `n` things, as many at a time as there are cores. */
export async function inParallel<T>(n: number, act: (i: number) => Promise<T>): Promise<T[]> {
  const results: T[] = [];
  let next = 0;
  const worker = async () => {
    for (let i = next++; i < n; i = next++) results[i] = await act(i);
  };
  await Promise.all(Array.from({ length: CORES }, worker));
  return results;
}

/** Waits until a condition holds. */
export async function until(condition: () => boolean | Promise<boolean>, what: string, ms = 30_000): Promise<void> {
  const deadline = performance.now() + ms;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`Waited ${ms} ms for ${what}`);
    await Bun.sleep(5);
  }
}

/** Milliseconds on the clock that all processes of a machine share. */
export function instant(): number {
  return performance.timeOrigin + performance.now();
}

/** From letting go to the start: messages arrive tens of milliseconds apart, a start has to be one instant. */
const HEAD_START_MS = 150;

export interface Contest<Result> {
  results: Result[];
  /** From the barrier to the last one's end. */
  ms: number;
}

/** Contestants of one kind: a module that calls `contest`, and what each of them is given. */
export interface Field<Input, Result> {
  readonly module: string;
  readonly inputs: readonly Input[];
  /** Never there: it carries the type of the answers. */
  readonly result?: Result;
}

/**
 * Starts one process per entry of `inputs`, lets them all begin at once and collects what each
 * answers. A process that dies without an answer fails the contest with its last words.
 */
export async function race<Input, Result>(
  module: string,
  inputs: readonly Input[],
  options: { ms?: number } = {},
): Promise<Contest<Result>> {
  const { results, ms } = await raceTogether<[Field<Input, Result>]>([{ module, inputs }], options);
  return { results: results[0], ms };
}

type Results<Fields> = { [I in keyof Fields]: Fields[I] extends Field<unknown, infer Result> ? Result[] : never };

/** The same for contestants of several kinds: none begins before the slowest of any kind is ready. */
export async function raceTogether<Fields extends readonly Field<unknown, unknown>[]>(
  fields: readonly [...Fields],
  { ms = 600_000 }: { ms?: number } = {},
): Promise<{ results: Results<Fields>; ms: number }> {
  const contestants = fields.map(({ module, inputs }) => inputs.map((input) => contestant(module, input, ms)));
  const everybody = contestants.flat();
  try {
    await Promise.all(everybody.map((each) => each.ready));
    const start = instant() + HEAD_START_MS;
    for (const each of everybody) each.go(start);
    const results = await Promise.all(contestants.map((kind) => Promise.all(kind.map((each) => each.result))));
    return { results: results as Results<Fields>, ms: instant() - start };
  } finally {
    for (const each of everybody) each.kill();
  }
}

interface Contestant<Result> {
  ready: Promise<void>;
  result: Promise<Result>;
  go(start: number): void;
  kill(): void;
}

type Message<Result> = { ready: true } | { result: Result } | { failed: string };

function contestant<Input, Result>(module: string, input: Input, ms: number): Contestant<Result> {
  const ready = Promise.withResolvers<void>();
  const result = Promise.withResolvers<Result>();
  const child = Bun.spawn({
    cmd: [process.execPath, join(import.meta.dir, module)],
    stdio: ["ignore", "inherit", "pipe"],
    ipc(message: Message<Result>) {
      if ("ready" in message) ready.resolve();
      else if ("result" in message) result.resolve(message.result);
      else fail(message.failed);
    },
  });
  const fail = (why: string) => {
    const error = new Error(`${module}: ${why}`);
    ready.reject(error);
    result.reject(error);
  };
  const words = new Response(child.stderr).text();
  const timer = setTimeout(() => fail(`no answer within ${ms} ms`), ms);
  void child.exited.then(async (code) => {
    clearTimeout(timer);
    fail(`exit ${code ?? child.signalCode} without an answer: ${(await words).slice(-2_000)}`);
  });
  // A rejection that comes before anybody waits for it would end the harness.
  ready.promise.catch(() => {});
  result.promise.catch(() => {});
  child.send({ input });
  return {
    ready: ready.promise,
    result: result.promise,
    go: (start) => child.send({ go: start }),
    kill: () => child.kill(9),
  };
}

/**
 * The other end of `race`: a contestant's module calls it once. Who has answered stays until the race
 * ends it: an answer of megabytes is still on its way when a process that leaves by itself is gone.
 *
 * @param prepare Does what must not count (opening the board) and returns what to do at the barrier; that
 * is told the instant at which all begin.
 */
export function contest<Input, Result>(prepare: (input: Input) => (start: number) => Result | Promise<Result>): void {
  const send = (message: Message<Result>) => process.send!(message);
  let act: ((start: number) => Result | Promise<Result>) | undefined;
  process.on("message", async (message: { input: Input } | { go: number }) => {
    try {
      if ("input" in message) {
        act = prepare(message.input);
        send({ ready: true });
      } else {
        await Bun.sleep(Math.max(0, message.go - instant()));
        send({ result: await act!(message.go) });
      }
    } catch (error) {
      send({ failed: error instanceof Error ? (error.stack ?? error.message) : String(error) });
    }
  });
}
