/**
 * What only running programs show: wake-ups, streams, the start of the CLI, an idle daemon.
 *
 * @module
 */
import { cpSync, existsSync, mkdirSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { type Board, closeBoard, createTask, eventsAfter, getTask, openBoard } from "../../src/kernel/mod.ts";
import { prepareHome } from "../../src/home.ts";
import { race, until } from "../harness.ts";
import { median, percentile } from "../measure.ts";
import { cliJson, placeAt, startProgram, startServer, stop, writeProfile } from "../program.ts";
import type { StarterInput, StarterResult } from "../racers/starter.ts";
import type { Bench, BenchLab, Figure } from "./figure.ts";

/** Milliseconds on a clock that every process of this machine shares, with fractions. */
const instant = () => performance.timeOrigin + performance.now();

const WAKES = { quick: 40, full: 400 };

/** From the commit of a ready task, by this process, to the start of its worker by a daemon, and to the worker's first act. */
export const wake: Bench = {
  name: "wake",
  async run({ dir, scale }) {
    const place = placeAt(dir);
    prepareHome(place.home);
    const stamps = join(dir, "stamps");
    writeProfile(place, "stamp", {
      command: ["/bin/sh", "-c", `date +%s%N >>'${stamps}'`],
      complete_on_exit: true,
    });
    const board = openBoard(place.home.db, { actor: "bench" });
    const daemon = startProgram(place, ["daemon"]);
    const started: number[] = [];
    const acted: number[] = [];
    try {
      for (let i = 0; i < WAKES[scale] + 3; i++) {
        const { task } = createTask(board, { title: `wake ${i}`, assignee: "stamp" });
        const committed = instant();
        await until(() => getTask(board, task.id).status === "done", `task ${i} to be done: ${daemon.output()}`);
        if (i < 3) continue; // The first ones find a daemon that is still starting.
        const spawned = eventsAfter(board, 0, { task_id: task.id, kinds: ["spawned"] })[0]!;
        started.push(Math.max(0, spawned.created_at - committed));
        acted.push(Number(readFileSync(stamps, "utf8").trim().split("\n").at(-1)) / 1e6 - committed);
      }
    } finally {
      await stop(daemon);
      closeBoard(board);
    }
    return [
      { name: "commit → worker started, p50", value: median(started), unit: "ms", target: { most: 15 } },
      { name: "commit → worker started, p99", value: percentile(started, 99), unit: "ms", target: { most: 80 } },
      { name: "commit → worker's first act, p50", value: median(acted), unit: "ms", note: "through two shells" },
    ];
  },
};

const MESSAGES = { quick: 60, full: 600 };
/** The server gathers what comes within this time of a fragment into the next one. */
const COALESCING_MS = 120;

/** From a commit of this process to the message in a stream of the server. */
export const stream: Bench = {
  name: "stream",
  async run({ dir, scale }) {
    const place = placeAt(dir);
    const server = await startServer(place);
    const board = openBoard(place.home.db, { actor: "bench" });
    try {
      const tell = (url: string, messages: number, quietMs = 0) =>
        listen({ url: `${server.url}${url}`, token: server.token, board, messages, quietMs });
      const events = await tell("/api/events?since=0", MESSAGES[scale]);
      const few = Math.ceil(MESSAGES[scale] / 4);
      const quiet = await tell("/stream?since=0&view=%2F", few, COALESCING_MS + 30);
      const busy = await tell("/stream?since=0&view=%2F", few);

      return [
        { name: "commit → event in a stream, p50", value: median(events), unit: "ms", target: { most: 20 } },
        { name: "commit → event in a stream, p99", value: percentile(events, 99), unit: "ms" },
        {
          name: "commit → fragment in a browser's stream, the first of a quiet period, p50",
          value: median(quiet),
          unit: "ms",
          target: { most: 10 },
        },
        {
          name: "commit → fragment in a browser's stream, one behind the other, p50",
          value: median(busy),
          unit: "ms",
          target: { most: COALESCING_MS + 20 },
          note: `it gathers for ${COALESCING_MS} ms`,
        },
      ];
    } finally {
      closeBoard(board);
      await stop(server);
    }
  },
};

interface Listening {
  url: string;
  token: string;
  board: Board;
  messages: number;
  /** How long nothing happens before each. */
  quietMs: number;
}

/** Creates tasks one after the other and measures when the stream tells of each. */
async function listen({ url, token, board, messages, quietMs }: Listening): Promise<number[]> {
  const abort = new AbortController();
  const answer = await fetch(url, { headers: { authorization: `Bearer ${token}` }, signal: abort.signal });
  if (!answer.ok || answer.body === null) throw new Error(`${url} answered ${answer.status}`);
  const seen: { at: number; text: string }[] = [];
  const reading = (async () => {
    const decoder = new TextDecoder();
    for await (const chunk of answer.body!) seen.push({ at: instant(), text: decoder.decode(chunk, { stream: true }) });
  })().catch(() => {});
  const took: number[] = [];
  for (let i = 0; i < messages + 2; i++) {
    await Bun.sleep(quietMs);
    const { task } = createTask(board, { title: `message ${i}` });
    const committed = instant();
    const found = () => seen.find(({ text }) => text.includes(task.id));
    await until(() => found() !== undefined, `the stream ${url} to tell of ${task.id}`);
    if (i >= 2) took.push(found()!.at - committed); // The first ones wait for the stream to open.
    seen.length = 0;
  }
  abort.abort();
  await reading;
  return took;
}

const STARTS = { quick: 12, full: 60 };

const CLONE = join(import.meta.dir, "..", "..");

/** The forms of the CLI, and what each may cost beside an empty program of the same runtime. */
const FORMS = [
  { name: "from a clone", most: 4.5, argv: (copy: string) => [process.execPath, join(copy, "src/cli/main.ts")] },
  { name: "from a clone with a build", argv: (copy: string) => [process.execPath, join(copy, "src/kanban.ts")] },
  { name: "installed", most: 4, argv: (copy: string) => [process.execPath, join(copy, "dist/main.js")] },
  { name: "compiled", most: 2.6, argv: (copy: string) => [join(copy, "dist/kanban")] },
] as const;

/** The start of the CLI in each of its forms, in turns with an empty program. */
export const start: Bench = {
  name: "start",
  async run({ dir, scale }) {
    const place = placeAt(join(dir, "home"));
    const { id } = await cliJson<{ id: string }>(place, ["create", "a task"]);
    const copy = builtCopy(join(dir, "clone"));
    const commands = [[process.execPath, "-e", "0"], ...FORMS.map(({ argv }) => [...argv(copy), "show", id])];
    const input = { commands, env: place.env, times: STARTS[scale] };
    const { results } = await race<StarterInput, StarterResult>("racers/starter.ts", [input]);
    const [bare, ...shows] = results[0]!;
    return [
      { name: "an empty program", value: median(bare!.map(({ ms }) => ms)), unit: "ms" },
      ...FORMS.flatMap((form, at): Figure[] => {
        const runs = shows[at]!;
        const ratio = median(runs.map(({ ms }, turn) => ms / bare![turn]!.ms));
        return [
          { name: `kanban show ${form.name}`, value: median(runs.map(({ ms }) => ms)), unit: "ms" },
          {
            name: `kanban show ${form.name} ÷ an empty program`,
            value: ratio,
            unit: "×",
            ...("most" in form && { target: { most: form.most } }),
          },
          {
            name: `memory of kanban show ${form.name}`,
            value: median(runs.map(({ megabytes }) => megabytes)),
            unit: "MB",
            target: { most: 40 },
          },
        ];
      }),
    ];
  },
};

/** A copy of this clone with a build and a binary: a build in the clone itself would change what others measure. */
function builtCopy(path: string): string {
  mkdirSync(path);
  for (const name of ["src", "views", "static", "package.json", "bun.lock", "tsconfig.json"])
    cpSync(join(CLONE, name), join(path, name), { recursive: true });
  symlinkSync(join(CLONE, "node_modules"), join(path, "node_modules"));
  const built = Bun.spawnSync([process.execPath, "src/build.ts", "--binary"], { cwd: path });
  if (built.exitCode !== 0) throw new Error(`cannot build: ${built.stderr.toString()}`);
  return path;
}

const IDLE_MS = { quick: 5_000, full: 60_000 };

/** What a daemon costs that has nothing to do. */
export const idle: Bench = {
  name: "idle",
  async run({ dir, scale, say }: BenchLab) {
    if (!existsSync("/proc/self/stat")) return [];
    const place = placeAt(dir);
    await cliJson(place, ["create", "nobody's task"]);
    const daemon = startProgram(place, ["daemon"]);
    try {
      await Bun.sleep(1_500); // Starting is not idling.
      say(`${IDLE_MS[scale] / 1_000} s`);
      const before = cpuMs(daemon.pid);
      const from = performance.now();
      await Bun.sleep(IDLE_MS[scale]);
      const cpu = ((cpuMs(daemon.pid) - before) / (performance.now() - from)) * 100;
      return [
        { name: "idle daemon, of one core", value: cpu, unit: "%", target: { most: 1 } },
        { name: "idle daemon, memory", value: residentMb(daemon.pid), unit: "MB", target: { most: 80 } },
      ] satisfies Figure[];
    } finally {
      await stop(daemon);
    }
  },
};

/** User and system time of a process, in milliseconds; the kernel counts in hundredths of a second. */
function cpuMs(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]!.split(" ");
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

function residentMb(pid: number): number {
  return Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) / 1_024;
}
