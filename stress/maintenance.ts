/**
 * Writes beside maintenance: what looks after a board must not keep those waiting who work on it.
 *
 * A board of version 1 is filled without the kernel, so that gc has much to remove. While one command after the
 * other goes through all of it, a program writes as fast as a busy fleet and keeps its longest wait. A machine that
 * others use makes anything wait now and then, so the wait beside nothing is measured in the same run: a command
 * may add to it up to the target.
 *
 * @module
 */
import { rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { prepareHome } from "../src/home.ts";
import { boardStats, closeBoard, openBoard } from "../src/kernel/mod.ts";
import { type Lab, race, type Suite, until } from "./harness.ts";
import { violationsIn } from "./invariants.ts";
import type { Waits } from "./maintenance/writer.ts";
import { percentile, round } from "./measure.ts";
import type { StarterInput, StarterResult } from "./racers/starter.ts";
import { cli, cliJson, type Place, placeAt } from "./program.ts";
import { columns } from "./report.ts";
import { makeV1Board } from "./v1/board.ts";

const TASKS = { quick: 30_000, full: 1_000_000 };
/** The longest wait that maintenance may cause. */
const WAIT_MS = 50;
const ALONE_MS = { quick: 3_000, full: 20_000 };
/** What `list --json` may take, whatever the size of the board. */
const LIST_MB = 320;
const HOUR_MS = 3_600_000;

export const maintenance: Suite = {
  name: "maintenance",
  about: "writes beside gc, backup, doctor, export and list: no write waits for one of them",
  async run(lab) {
    const place = placeAt(join(lab.dir, "home"));
    prepareHome(place.home);
    const { db } = place.home;
    lab.say(`a board of ${TASKS[lab.scale].toLocaleString("en")} tasks`);
    // Its newest events are an hour old; those of the last 90 days are for gc.
    const now = Date.now() - HOUR_MS;
    makeV1Board(db, { tasks: TASKS[lab.scale], seed: lab.seed, now });
    const exported = join(lab.dir, "board.jsonl");
    closeBoard(openBoard(db)); // Whatever brings it up to date is no maintenance.

    const rows: Beside[] = [await beside(db, "nothing", () => Bun.sleep(ALONE_MS[lab.scale]))];
    const run = async (name: string, args: readonly string[]) => {
      lab.say(name);
      rows.push(await beside(db, name, () => must(place, args)));
    };
    await run("backup", ["backup", join(lab.dir, "copy.db")]);
    await run("export", ["export", exported]);
    await run("doctor", ["doctor"]);
    await run("gc", ["gc", "--event-retention-days", "0"]);
    rows.push(await beside(db, "list --json", () => list(place)));
    rows.push(await beside(db, "nothing, again", () => Bun.sleep(ALONE_MS[lab.scale])));
    const compacted = await compaction(place, db);
    const imported = await importing(lab, exported, now);
    const alone = Math.max(...rows.filter(({ name }) => name.startsWith("nothing")).map(({ longest }) => longest));
    const judged = rows.map((row) => judge(row, alone));
    return {
      violations: [
        ...judged.flatMap(({ wrong }) => wrong),
        ...compacted,
        ...imported.violations,
        ...violationsIn(db, { collected: true, settledAt: now }),
      ],
      did: `${TASKS[lab.scale].toLocaleString("en")} tasks, ${rows.reduce((sum, { writes }) => sum + writes, 0)} writes beside ${rows.length - 2} commands`,
      numbers: Object.fromEntries(
        rows.flatMap(({ name, longest, megabytes }): [string, number][] => [
          [`longest write beside ${name} ms`, round(longest)],
          ...(megabytes === null ? [] : [[`${name} MB`, round(megabytes)] as [string, number]]),
        ]),
      ),
      details: [
        ...columns([
          ["a write beside", "took s", "writes", "median ms", "p99 ms", "longest ms", "target"],
          ...judged.map(({ cells }) => cells),
        ]),
        ...imported.details,
      ],
    };
  },
};

interface Beside {
  name: string;
  seconds: number;
  writes: number;
  p50: number;
  p99: number;
  longest: number;
  errors: string[];
  megabytes: number | null;
}

/** Lets the writer write until `act` has ended, which may tell the megabytes that it took. */
async function beside(db: string, name: string, act: () => Promise<number | void>): Promise<Beside> {
  let ready = false;
  const writer = Bun.spawn([process.execPath, join(import.meta.dir, "maintenance/writer.ts"), db], {
    stdio: ["ignore", "pipe", "inherit"],
    ipc: () => void (ready = true),
  });
  try {
    await until(() => ready, "the writer to begin");
    const started = performance.now();
    const megabytes = (await act()) ?? null;
    const seconds = (performance.now() - started) / 1_000;
    const answer = new Response(writer.stdout).text();
    writer.kill("SIGTERM");
    const { ms, errors } = JSON.parse(await answer) as Waits;
    const longest = ms.reduce((most, each) => Math.max(most, each), 0);
    return {
      name,
      seconds,
      writes: ms.length,
      p50: percentile(ms, 50),
      p99: percentile(ms, 99),
      longest,
      errors,
      megabytes,
    };
  } finally {
    writer.kill("SIGKILL");
  }
}

function judge({ name, seconds, writes, p50, p99, longest, errors, megabytes }: Beside, alone: number) {
  const most = alone + WAIT_MS;
  const isAlone = name.startsWith("nothing");
  return {
    wrong: [
      ...(isAlone || longest <= most
        ? []
        : [`a write waited ${Math.round(longest)} ms beside ${name}, ${Math.round(alone)} ms beside nothing`]),
      ...(errors.length === 0 ? [] : [`beside ${name} ${errors.length} writes failed: ${errors[0]}`]),
      ...(megabytes !== null && megabytes > LIST_MB
        ? [`${name} took ${Math.round(megabytes)} MB, at most ${LIST_MB} are meant`]
        : []),
    ],
    cells: [
      name,
      seconds.toFixed(1),
      String(writes),
      ...[p50, p99, longest].map((ms) => String(round(ms))),
      isAlone
        ? "–"
        : `≤ ${Math.round(most)} ${longest <= most ? "ok" : "MISSED"}${longest <= WAIT_MS ? "" : ", above 50"}`,
    ],
  };
}

async function must(place: Place, args: readonly string[]): Promise<void> {
  const { code, stderr } = await cli(place, args, { ms: 1_200_000 });
  if (code !== 0) throw new Error(`kanban ${args.join(" ")} exited ${code}: ${stderr.slice(-500)}`);
}

/** Lists everything to nowhere; returns the megabytes that it took. */
async function list({ env }: Place): Promise<number> {
  const main = join(import.meta.dir, "../src/cli/main.ts");
  // By a small process: until a program is loaded, the memory of who starts it counts as its own.
  const input = { commands: [[process.execPath, main, "list", "--json", "--archived"]], env, times: 1 };
  const { results } = await race<StarterInput, StarterResult>("racers/starter.ts", [input], { ms: 1_200_000 });
  return results[0]![0]![0]!.megabytes;
}

/** `gc --compact` refuses while another program has the board, and returns all that is free when none has. */
async function compaction(place: Place, db: string): Promise<string[]> {
  const wrong: string[] = [];
  const other = openBoard(db);
  boardStats(other);
  const { code, stderr } = await cli(place, ["gc", "--compact"]);
  closeBoard(other);
  if (code !== 1 || !stderr.includes("another program does"))
    wrong.push(`gc --compact beside another: ${code}, ${stderr}`);
  const before = statSync(db).size;
  const { compacted } = await cliJson<{ compacted: { bytes_after: number } }>(place, ["gc", "--compact"]);
  const after = statSync(db).size;
  if (after !== compacted.bytes_after || after >= before)
    wrong.push(`gc --compact: the file had ${before} bytes and has ${after}`);
  return wrong;
}

/** An import is seen whole or not at all, and a write beside it is answered in words. */
async function importing(
  { dir, say }: Lab,
  file: string,
  settledAt: number,
): Promise<{ violations: string[]; details: string[] }> {
  say("import");
  const place = placeAt(join(dir, "other"));
  prepareHome(place.home);
  const reader = openBoard(place.home.db);
  const seen = new Set<number>();
  let over = false;
  const started = performance.now();
  const ended = must(place, ["import", file]).finally(() => (over = true));
  while (!over) {
    seen.add(Object.values(boardStats(reader).by_status).reduce((sum, n) => sum + n, 0));
    await Bun.sleep(20);
  }
  await ended;
  const seconds = (performance.now() - started) / 1_000;
  const all = Object.values(boardStats(reader).by_status).reduce((sum, n) => sum + n, 0);
  closeBoard(reader);
  const parts = [...seen].filter((n) => n !== 0 && n !== all);
  rmSync(file);
  return {
    violations: [
      ...(parts.length === 0 ? [] : [`a reader saw ${parts.join(", ")} of ${all} tasks of an import`]),
      ...violationsIn(place.home.db, { collected: true, settledAt }),
    ],
    details: [
      `import of ${all.toLocaleString("en")} tasks into an empty board: one transaction of at most ${seconds.toFixed(1)} s`,
    ],
  };
}
