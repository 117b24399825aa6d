/**
 * What a call acknowledged survives the death of its process, at any write and at any moment.
 *
 * Two ways to die: at a random moment, by SIGKILL from outside; and, where there is a C compiler, at
 * each single write to the board's files, by a library that counts them. Afterwards the board must
 * open, keep every promise, and hold everything that was acknowledged; a call that was not may have
 * happened wholly or not at all.
 *
 * @module
 */
import { join } from "node:path";
import { closeBoard, getRun, getTask, listComments, openBoard } from "../src/kernel/mod.ts";
import type { Ack } from "./crash/writer.ts";
import { inParallel, type Lab, type Suite } from "./harness.ts";
import { violationsIn } from "./invariants.ts";
import { buildShim, counting, type Fault, faulty } from "./write_sweep/shim.ts";

const AMOUNT = { quick: { kills: 24, points: 60 }, full: { kills: 400, points: Infinity } };
/** Calls of one victim of the sweep: enough for every kind of write, few enough to die at each. */
const SWEEP_CALLS = 40;
const WRITER = join(import.meta.dir, "crash", "writer.ts");

export const crash: Suite = {
  name: "crash",
  about: "kill -9 at random moments and at every single write: nothing acknowledged is lost, nothing is half done",
  async run(lab) {
    const { kills, points } = AMOUNT[lab.scale];
    lab.say(`${kills} random deaths`);
    const random = await inParallel(kills, (i) => randomDeath(lab, i));
    const shim = buildShim(lab.dir);
    const skipped = "why" in shim ? [{ what: "death at each single write", why: shim.why }] : [];
    const sweep = "why" in shim ? { results: [], calls: 0 } : await sweepWrites(lab, shim.library, points);
    const all = [...random, ...sweep.results];
    const acks = all.reduce((sum, result) => sum + result.acks, 0);
    const mute = random.every((result) => result.acks === 0)
      ? ["no victim acknowledged anything: nothing is proved"]
      : [];
    return {
      violations: [...mute, ...all.flatMap((result) => result.violations)],
      skipped,
      did: `${kills} random deaths, ${sweep.results.length} deaths at ${sweep.calls} writes, ${acks} acknowledged calls all there`,
      numbers: { deaths: all.length, acknowledged: acks },
    };
  },
};

interface Death {
  violations: string[];
  acks: number;
}

/** A board of its own dies several times: what earlier victims were told must hold as well. */
async function randomDeath({ dir, random }: Lab, i: number): Promise<Death> {
  const path = join(dir, `random-${i % 6}-${i}`, "kanban.db");
  await Bun.write(join(path, "..", "made"), "");
  const acks: Ack[] = [];
  for (let life = 0; life < 3; life++) {
    const victim = Bun.spawn({
      cmd: [process.execPath, WRITER, path, String(random.seed()), "1000000"],
      stdio: ["ignore", "pipe", "pipe"],
    });
    // The first acknowledgement, or a moment in the middle of opening and migrating the board.
    const delay = random.percent(20) ? 15 + random.below(30) : 40 + random.below(150);
    setTimeout(() => victim.kill("SIGKILL"), delay);
    acks.push(...read(await new Response(victim.stdout).text()));
    await victim.exited;
  }
  return { violations: judge(path, acks, `random death ${i}`), acks: acks.length };
}

/** Dies at each of the first writes of one and the same story. */
async function sweepWrites({ dir, random, say }: Lab, library: string, points: number) {
  const seed = String(random.seed());
  const victim = async (name: string, env: (under: string) => Record<string, string>) => {
    const path = join(dir, name, "kanban.db");
    await Bun.write(join(path, "..", "made"), "");
    const child = Bun.spawn({
      cmd: [process.execPath, WRITER, path, seed, String(SWEEP_CALLS)],
      env: { ...process.env, ...env(path) },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const acks = read(await new Response(child.stdout).text());
    await child.exited;
    return { path, acks };
  };
  const counter = join(dir, "count");
  await victim("whole", (under) => counting(library, { file: counter, under }));
  const calls = await Bun.file(counter)
    .text()
    .then(
      (text) => text.length,
      () => 0,
    );
  if (!(calls > 0))
    return { results: [{ violations: ["the library counted no write: the sweep proves nothing"], acks: 0 }], calls: 0 };
  const every = Math.max(1, Math.ceil(calls / points));
  const from = 1 + random.below(every);
  const chosen = Array.from({ length: Math.ceil((calls - from + 1) / every) }, (_, i) => from + i * every);
  say(`death at ${chosen.length} of ${calls} writes`);
  const results = await inParallel(chosen.length, async (i) => {
    const at = chosen[i]!;
    const fault: Fault = i % 3 === 0 ? "torn" : "kill";
    const { path, acks } = await victim(`write-${at}`, (under) => faulty(library, { at, fault, under }));
    return {
      violations: judge(path, acks, `death at write ${at}${fault === "torn" ? ", half done" : ""}`),
      acks: acks.length,
    };
  });
  return { results, calls };
}

/** The last line may be cut off: then no reader has taken it. */
function read(text: string): Ack[] {
  return text
    .split("\n")
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Ack);
}

/** Opens the board as the next process would and looks for everything that was acknowledged. */
function judge(path: string, acks: readonly Ack[], name: string): string[] {
  try {
    closeBoard(openBoard(path)); // Whatever was left half made is finished or taken back here.
    return [...violationsIn(path), ...missing(path, acks)].map((text) => `${name}: ${text}`);
  } catch (error) {
    return [`${name}: the board cannot be opened: ${String(error)}`];
  }
}

function missing(path: string, acks: readonly Ack[]): string[] {
  const board = openBoard(path);
  const lost = acks.filter((ack) => {
    try {
      switch (ack.kind) {
        case "opened":
          return false;
        case "created":
          return getTask(board, ack.task).title !== ack.title;
        case "claimed":
        case "heartbeat":
          return getRun(board, ack.run)?.task_id !== ack.task;
        case "completed":
        case "blocked": {
          const run = getRun(board, ack.run);
          return run?.outcome !== ack.kind || run.summary !== ack.words;
        }
        case "commented":
          return !listComments(board, ack.task, { limit: 10_000 }).some(
            ({ id, body }) => id === ack.id && body === ack.body,
          );
        case "moved":
          return getTask(board, ack.task).id !== ack.task;
      }
    } catch {
      return true;
    }
  });
  closeBoard(board);
  return lost.slice(0, 5).map((ack) => `acknowledged and lost: ${JSON.stringify(ack)}`);
}
