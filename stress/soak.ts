/**
 * Everything at once for half an hour: memory and files must level off.
 *
 * @module
 */
import { readFileSync, statSync } from "node:fs";
import { createTask, closeBoard, listTasks, openBoard } from "../src/kernel/mod.ts";
import { prepareHome } from "../src/home.ts";
import { type Field, raceTogether, type Suite } from "./harness.ts";
import { census, violationsIn } from "./invariants.ts";
import { median } from "./measure.ts";
import { cli, placeAt, type Program, startProgram, startServer, stop } from "./program.ts";
import type { ExpirerInput, ExpirerResult } from "./racers/expirer.ts";
import type { ListenersInput, ListenersResult } from "./racers/listeners.ts";
import type { MixerInput, MixerResult } from "./racers/mixer.ts";
import { mergeTallies } from "./racers/outcome.ts";
import { fill } from "./scale/fill.ts";
import { canLook } from "./subprocess/processes.ts";

const SECONDS = { quick: 60, full: 30 * 60 };
const TASKS = 10_000;
const CLIENTS = 200;
const MIXERS = 4;
const MB = 1_048_576;
/** How much more the last third may use than the middle one. */
const GROWTH_MAX = 1.2;
/** A memory this small may wobble by more than its growth. */
const WOBBLE_MB = 12;

interface Sample {
  server: number;
  daemon: number;
  wal: number;
  db: number;
}

export const soak: Suite = {
  name: "soak",
  about: "half an hour of everything: 10,000 tasks, 200 stream clients, real workers, gc; nothing may pile up",
  fullOnly: true,
  async run({ scale, seconds, random, dir, say }) {
    if (!canLook())
      return { violations: [], did: "nothing", skipped: [{ what: "all of it", why: "it reads memory from /proc" }] };
    const place = placeAt(dir);
    prepareHome(place.home);
    say(`filling ${TASKS} tasks`);
    fill(place.home.db, TASKS);
    const board = openBoard(place.home.db, { actor: "soak" });
    const ids = listTasks(board, { limit: 400 }).map(({ id }) => id);
    const daemon = startProgram(place, ["daemon"]);
    const server = await startServer(place);
    const length = (seconds ?? SECONDS[scale]) * 1_000;
    const stopAt = Date.now() + length;
    const samples: Sample[] = [];
    const common = { path: place.home.db, clock: { epoch: Date.now(), speed: 1 }, ms: length };
    const watching = (async () => {
      for (let i = 0; Date.now() < stopAt; i++) {
        createTask(board, { title: `soaked ${i}`, body: "heartbeat here\ncomplete soaked", assignee: "demo" });
        if (i % 30 === 29) await cli(place, ["gc", "--event-retention-days", "0", "--workspace-retention-days", "0"]);
        samples.push({
          server: memoryMb(server),
          daemon: memoryMb(daemon),
          wal: fileMb(`${place.home.db}-wal`),
          db: fileMb(place.home.db),
        });
        if (i % 60 === 0)
          say(`${Math.round((stopAt - Date.now()) / 1_000)} s left, ${JSON.stringify(samples.at(-1))} MB`);
        await Bun.sleep(1_000);
      }
    })();
    const crowd: Field<MixerInput, MixerResult> = {
      module: "racers/mixer.ts",
      inputs: Array.from({ length: MIXERS }, (_, i) => ({
        ...common,
        ids,
        name: `mixer-${i}`,
        seed: random.seed(),
        pauseMs: 400,
      })),
    };
    const reclaimer: Field<ExpirerInput, ExpirerResult> = {
      module: "racers/expirer.ts",
      inputs: [{ ...common, name: "reclaimer", pauseMs: 500 }],
    };
    const audience: Field<ListenersInput, ListenersResult> = {
      module: "racers/listeners.ts",
      inputs: [{ url: server.url, token: server.token, clients: CLIENTS, ms: length }],
    };
    const racing = raceTogether([crowd, reclaimer, audience], { ms: length + 60_000 });
    const [{ results }] = await Promise.all([racing, watching]);
    const [mixers, expirers, [streams]] = results;
    await stop(server);
    await stop(daemon);
    closeBoard(board);
    const { messages, reconnects, errors: broken } = streams!;
    const { errors } = mergeTallies([...mixers, ...expirers]);
    const { events, runs } = census(place.home.db);
    return {
      violations: [
        ...errors.map((error) => `an error reached a caller: ${error}`),
        ...broken.map((error) => `a stream: ${error}`),
        ...levelled(
          "memory of the server",
          samples.map((sample) => sample.server),
        ),
        ...levelled(
          "memory of the daemon",
          samples.map((sample) => sample.daemon),
        ),
        ...levelled(
          "the write-ahead log",
          samples.map((sample) => sample.wal),
        ),
        ...levelled(
          "the database",
          samples.map((sample) => sample.db),
        ),
        ...(messages === 0 ? ["no message reached a stream: the suite has proved nothing"] : []),
        ...violationsIn(place.home.db, { collected: true }), // gc took events.
      ],
      did: `${Math.round(length / 1_000)} s, ${runs} runs, ${events} events, ${messages} messages to ${CLIENTS} clients (${reconnects} came back)`,
      numbers: {
        server_mb: median(samples.map((sample) => sample.server)),
        daemon_mb: median(samples.map((sample) => sample.daemon)),
        wal_mb: median(samples.map((sample) => sample.wal)),
        db_mb: median(samples.map((sample) => sample.db)),
        messages,
      },
    };
  },
};

/** Whether a quantity has stopped growing: its last third against its middle one. */
function levelled(what: string, values: readonly number[]): string[] {
  const third = Math.floor(values.length / 3);
  const middle = median(values.slice(third, 2 * third));
  const last = median(values.slice(2 * third));
  if (last <= middle * GROWTH_MAX || last - middle <= WOBBLE_MB) return [];
  return [`${what} still grows: ${middle.toFixed(1)} MB in the middle third, ${last.toFixed(1)} MB in the last`];
}

function memoryMb({ pid }: Program): number {
  return Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0) / 1_024;
}

/** Its size alone: these files may not be opened beside SQLite. */
function fileMb(path: string): number {
  try {
    return statSync(path).size / MB;
  } catch {
    return 0;
  }
}
