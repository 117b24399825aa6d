/**
 * Death at every write: each command is killed at its first, second, … write to the board, before it
 * and in the middle of it, and must have done all of its work or none.
 *
 * The same with a disk that fails once, and one that is full from there on: then the command has to say
 * so in words. What a dispatcher leaves behind when it dies, the next one has to bring to an end.
 *
 * @module
 */
import { existsSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { CORES, type Lab, type Suite } from "./harness.ts";
import { violationsIn } from "./invariants.ts";
import { cli, type Place, type Ran } from "./program.ts";
import { buildShim, counting, type Fault, faulty } from "./write_sweep/shim.ts";
import { sweepUpgrade } from "./write_sweep/upgrade_sweep.ts";
import { factsOf, homeFor, makeSteps, type Step } from "./write_sweep/steps.ts";

/** Writes tried per step and fault; the others are left out. */
const TRIES = { quick: 4, full: Infinity };
const FAULTS: readonly Fault[] = ["kill", "torn", "eio", "full"];
/** Passes that a dispatcher may need to end what another one began. */
const PASSES = 60;

export const writeSweep: Suite = {
  name: "write_sweep",
  about: "death, a failing disk and a full one at every single write: all of it or none, and said in words",
  async run(lab) {
    const shim = buildShim(lab.dir);
    if ("why" in shim) return { violations: [], did: "nothing", skipped: [{ what: "all of it", why: shim.why }] };
    const steps = await makeSteps(lab.dir);
    const sweep: Sweep = { lab, library: shim.library, violations: [], tries: 0, deaths: 0, complaints: 0, next: 0 };
    for (const step of steps) await sweepStep(sweep, step);
    const upgrade = await sweepUpgrade(lab, shim.library, wordsOf);
    const violations = [...sweep.violations, ...upgrade.violations];
    const [tries, deaths, complaints] = (["tries", "deaths", "complaints"] as const).map(
      (what) => sweep[what] + upgrade[what],
    ) as [number, number, number];
    if (complaints === 0)
      violations.push("no command met a failing or full disk: the suite has proved nothing of them");
    const did = `${steps.length} commands and an upgrade, ${tries} times hit at a write: ${deaths} killed, ${complaints} reported the disk`;
    return { violations, did, numbers: { tries, deaths, complaints } };
  },
};

interface Sweep {
  readonly lab: Lab;
  readonly library: string;
  readonly violations: string[];
  tries: number;
  deaths: number;
  complaints: number;
  next: number;
}

async function sweepStep(sweep: Sweep, step: Step): Promise<void> {
  const { lab } = sweep;
  const dir = join(lab.dir, `${sweep.next++}`);
  const counter = `${dir}.writes`;
  const place = homeFor(step, dir);
  const before = step.before === null ? "[]" : factsOf(place.home.db);
  const env = { ...place.env, ...counting(sweep.library, { file: counter, under: `${dir}/` }) };
  const { code, stderr } = await cli({ ...place, env }, step.words);
  if (code !== 0) throw new Error(`${step.name}: the command failed without a fault: ${stderr}`);
  const after = factsOf(place.home.db);
  const writes = statSync(counter).size;
  lab.say(`${step.name}: ${writes} writes`);
  const deathsBefore = sweep.deaths;
  const queue = FAULTS.flatMap((fault) => chosen(lab, writes).map((at) => ({ fault, at })));
  const work = async () => {
    for (let one = queue.shift(); one !== undefined; one = queue.shift()) {
      const found = await tryAt(sweep, step, { ...one, before, after });
      sweep.violations.push(...found.map((text) => `${step.name}, ${one!.fault} at write ${one!.at}: ${text}`));
    }
  };
  await Promise.all(Array.from({ length: CORES }, work));
  if (sweep.deaths === deathsBefore) sweep.violations.push(`${step.name} was never killed: nothing of it is proved`);
}

/** Some of the writes, the first and the last among them. */
function chosen({ scale, random }: Lab, writes: number): number[] {
  const all = Array.from({ length: writes }, (_, i) => i + 1);
  const most = TRIES[scale];
  if (writes <= most) return all;
  const picked = new Set([1, writes]);
  while (picked.size < most) picked.add(random.pick(all));
  return [...picked].sort((a, b) => a - b);
}

interface Hit {
  fault: Fault;
  at: number;
  before: string;
  after: string;
}

async function tryAt(sweep: Sweep, step: Step, { fault, at, before, after }: Hit): Promise<string[]> {
  const { ran, place } = await runAt(sweep, step, { fault, at });
  sweep.tries++;
  if (ran.code > 128) sweep.deaths++;
  if (ran.code === 1 && /disk/.test(ran.stderr)) sweep.complaints++;
  const wrong = wordsOf(ran, fault);
  const { db } = place.home;
  if (step.dispatches) {
    wrong.push(...(await finish(place)));
    if (existsSync(join(place.home.dir, "twice"))) wrong.push("two workers of one task at the same time");
  } else {
    const now = factsOf(db);
    const acknowledged = ran.stdout.includes("\n");
    if (now !== after && (now !== before || acknowledged)) {
      wrong.push(`${acknowledged ? "acknowledged and not there" : "neither before nor after"}: ${now}`);
    }
    const again = await cli(place, ["list"]);
    if (again.code !== 0) wrong.push(`the next command failed: ${again.stderr}`);
  }
  wrong.push(...violationsIn(db));
  rmSync(place.home.dir, { recursive: true, force: true });
  return wrong;
}

async function runAt(sweep: Sweep, step: Step, { fault, at }: { fault: Fault; at: number }) {
  const dir = join(sweep.lab.dir, `${sweep.next++}`);
  const place = homeFor(step, dir);
  const env = { ...place.env, ...faulty(sweep.library, { at, fault, under: `${dir}/` }) };
  return { place, ran: await cli({ ...place, env }, step.words) };
}

/** What a command that was not killed has to say about a failing disk. */
function wordsOf({ code, stderr }: Ran, fault: Fault): string[] {
  if (code > 128) return fault === "kill" || fault === "torn" ? [] : [`it died: ${code}, ${stderr}`];
  if (code === 0) return [];
  if (code === 1 && !/\n\s+at /.test(stderr)) return [];
  return [`it ended with ${code}: ${stderr.slice(0, 500)}`];
}

/** Lets dispatchers go on until every task of a worker is done, and returns what they did wrong. */
async function finish(place: Place): Promise<string[]> {
  for (let pass = 0; pass < PASSES; pass++) {
    const { code, stderr } = await cli(place, ["dispatch"]);
    if (code !== 0) return [`the next dispatcher failed: ${stderr}`];
    const tasks = JSON.parse(factsOf(place.home.db)) as {
      title: string;
      status: string;
      failures: number;
      runs: [string][];
    }[];
    const [one, two] = ["one", "two"].map((title) => tasks.find((task) => task.title === title)!);
    if (one!.status !== "done" || two!.status !== "done") continue;
    const odd = [one!, two!]
      .flatMap(({ runs }) => runs.map(([outcome]) => outcome))
      .filter((outcome) => outcome !== "completed" && outcome !== "reclaimed");
    return odd.map((outcome) => `a dispatcher's death counted as ${outcome}`);
  }
  return [`the tasks are not done after ${PASSES} passes: ${factsOf(place.home.db)}`];
}
