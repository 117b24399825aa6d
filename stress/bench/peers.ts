/**
 * The board beside other queues on SQLite, in one process and one run, in turns.
 *
 * Judged is CPU time, of all threads of this process: a shared machine takes the wall clock from everybody, and what a
 * disk does is the same for all. The wall clock stands beside it, and the bytes that each call writes, which repeat.
 * Each pair is made with jobs of no body, 2 KB and 8 KB, and a claimed job is read.
 *
 * @module
 */
import { statSync } from "node:fs";
import { keepLog } from "../invariants.ts";
import { median } from "../measure.ts";
import { type Act, boardActs, bunqueueActs, type Contestant, plainActs } from "./contestants.ts";
import type { Bench, Figure } from "./figure.ts";

const ROUNDS = { quick: 4, full: 25 };
const BODIES = [0, 2_048, 8_192];

/** What each round's calls took, in microseconds a call. */
interface Took {
  cpu: number[];
  wall: number[];
}

export const peers: Bench = {
  name: "peers",
  async run(lab) {
    const contestants: [name: string, Contestant][] = [
      ...BODIES.flatMap((bytes): [string, Contestant][] => [
        [`kanban${sized(bytes)}`, boardActs(`${lab.dir}/kanban-${bytes}.db`, bytes)],
        [`plainjob${sized(bytes)}`, plainActs(`${lab.dir}/plainjob-${bytes}.db`, bytes)],
      ]),
      ["bunqueue", bunqueueActs(`${lab.dir}/bunqueue.db`)],
    ];
    const acts = contestants.flatMap(([who, { acts }]) => acts.map((act) => ({ who: `${who}: ${act.name}`, act })));
    const took = new Map(acts.map(({ who }) => [who, { cpu: [], wall: [] } as Took]));
    // The first round warms up: statements are prepared, code is compiled.
    for (let round = 0; round <= ROUNDS[lab.scale]; round++) {
      lab.say(round === 0 ? "warming up" : `round ${round} of ${ROUNDS[lab.scale]}`);
      for (const { who, act } of acts) {
        const { cpu, wall } = await measured(act);
        if (round === 0) continue;
        took.get(who)!.cpu.push(cpu);
        took.get(who)!.wall.push(wall);
      }
    }
    const bytes: Figure[] = [];
    for (const [who, { acts: all, db }] of contestants) if (db !== null) bytes.push(...(await written(who, all, db)));
    for (const [, { close }] of contestants) await close();
    return [...figures(took), ...bytes];
  },
};

function sized(bytes: number): string {
  return bytes === 0 ? "" : `, ${bytes / 1_024} KB`;
}

async function measured({ calls, run }: Act): Promise<{ cpu: number; wall: number }> {
  const [before, started] = [process.cpuUsage(), performance.now()];
  await run();
  const wall = ((performance.now() - started) * 1_000) / calls;
  const { user, system } = process.cpuUsage(before);
  return { cpu: (user + system) / calls, wall };
}

/** What a call adds to the log, checkpoints apart. */
async function written(who: string, acts: readonly Act[], db: NonNullable<Contestant["db"]>): Promise<Figure[]> {
  keepLog(db);
  const found: Figure[] = [];
  for (const { name, calls, run } of acts) {
    const before = statSync(`${db.filename}-wal`).size;
    await run();
    const value = (statSync(`${db.filename}-wal`).size - before) / calls / 1_024;
    found.push({ name: `written: ${who}: ${name}`, value, unit: "KB" });
  }
  return found;
}

/** The least that each ratio should be, by CPU and by the wall clock, for jobs without a body. */
const TARGETS: readonly [name: string, mine: string, theirs: string, cpu: number | null, wall: number | null][] = [
  ["claim + complete ÷ plainjob, its job read", "claim + complete", "claim + read + done", 0.75, null],
  ["complete-and-next ÷ plainjob, its job read", "complete and claim next", "claim + read + done", 1, null],
  [
    "ten per transaction ÷ plainjob, its job read",
    "claim + complete, ten per transaction",
    "claim + read + done",
    1.8,
    2,
  ],
  ["create ÷ plainjob's add", "create", "add", 0.6, null],
  ["create, bulk ÷ plainjob's addMany", "create, bulk", "addMany", null, null],
];

function figures(took: ReadonlyMap<string, Took>): Figure[] {
  /** The median of the ratios of each round: what disturbs a round disturbs both. */
  const ratio = (mine: string, theirs: string, by: keyof Took) =>
    median(took.get(mine)![by].map((value, round) => took.get(theirs)![by][round]! / value));
  const compared = BODIES.flatMap((bytes) =>
    TARGETS.flatMap(([name, mine, theirs, cpu, wall]): Figure[] => {
      const [ours, other] = [`kanban${sized(bytes)}: ${mine}`, `plainjob${sized(bytes)}: ${theirs}`];
      const one = (by: keyof Took, least: number | null): Figure => ({
        name: `${name}${sized(bytes)}, by ${by === "cpu" ? "CPU" : "wall"}`,
        value: ratio(ours, other, by),
        unit: "×",
        ...(least === null || bytes > 0 ? {} : { target: { least } }),
      });
      return [one("cpu", cpu), one("wall", wall)];
    }),
  );
  const beside = (mine: string, theirs: string, note: string): Figure => ({
    name: `${mine} ÷ bunqueue's ${theirs}, by wall`,
    value: ratio(`kanban: ${mine}`, `bunqueue: ${theirs}`, "wall"),
    unit: "×",
    note,
  });
  return [
    ...[...took].flatMap(([name, { cpu, wall }]): Figure[] => [
      { name, value: 1e6 / median(wall), unit: "/s", note: `${Math.round(median(cpu))} µs of CPU` },
    ]),
    ...compared,
    beside("claim + complete", "worker, 10 at a time", "its worker acknowledges in batches, in memory first"),
    beside("create", "add, durable", ""),
    beside("create, bulk", "addBulk", "it acknowledges before it writes: a crash may lose these"),
  ];
}
