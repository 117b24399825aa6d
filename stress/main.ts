/**
 * `bun run stress`: tries to break every promise of the board, and says what it found.
 *
 * ```sh
 * bun run stress                          # the quick scale of every suite, some minutes
 * bun run stress fuzz history --seed 42   # two suites with the choices that this seed makes
 * bun run stress --scale full --json results.json
 * ```
 *
 * Exits 1 on any violation, 2 on a wrong argument.
 *
 * @module
 */
import { appendFile } from "node:fs/promises";
import { cpus } from "node:os";
import { parseArgs } from "node:util";
import { runSuite, type Scale, type Suite } from "./harness.ts";
import { agents } from "./agents.ts";
import { atypical } from "./atypical.ts";
import { bench } from "./bench.ts";
import { concurrency } from "./concurrency.ts";
import { crash } from "./crash.ts";
import { day } from "./day.ts";
import { faults } from "./faults.ts";
import { fuzz } from "./fuzz.ts";
import { history } from "./history.ts";
import { maintenance } from "./maintenance.ts";
import { mixed } from "./mixed.ts";
import { reclaimRace } from "./reclaim_race.ts";
import { scale } from "./scale.ts";
import { soak } from "./soak.ts";
import { subprocess } from "./subprocess.ts";
import { writeSweep } from "./write_sweep.ts";
import { changes, type Results, type Row, summary } from "./report.ts";

const SUITES: readonly Suite[] = [
  concurrency,
  mixed,
  reclaimRace,
  crash,
  writeSweep,
  fuzz,
  history,
  subprocess,
  day,
  faults,
  atypical,
  maintenance,
  scale,
  bench,
  soak,
  agents,
];

const USAGE = `Usage: bun run stress [suite…] [--seed N] [--seconds N] [--scale quick|full] [--json FILE] [--compare FILE]
       bun run stress agents [--only NAME,NAME] [--scale full [--record DIR]]

Suites:
${SUITES.map(({ name, about, fullOnly, onlyByName }) => `  ${name.padEnd(14)}${about}${fullOnly ? " (full only)" : onlyByName ? " (only by name)" : ""}`).join("\n")}

  --seed N      repeat a run; default: a new seed, printed
  --seconds N   how long each suite without an end of its own runs
  --scale       quick (default, some minutes) or full (an hour and more)
  --json FILE   write every number, for --compare
  --compare F   print how the numbers of the bench differ from those in F
  --only NAMES  agents: these alone, separated by commas
  --record DIR  agents, at full scale: keep what each program printed there, as fixtures for tests`;

/** A mistake in the arguments: exit 2. */
class Usage extends Error {}

interface Options {
  suites: readonly Suite[];
  seed: number;
  seconds: number | null;
  scale: Scale;
  json: string | null;
  compare: string | null;
  only: readonly string[] | null;
  record: string | null;
}

function optionsOf(argv: string[]): Options {
  const { values, positionals } = parse(argv);
  const number = (name: "seed" | "seconds", least: number) => {
    const text = values[name];
    if (text === undefined) return null;
    if (!/^\d{1,10}$/.test(text) || Number(text) < least) {
      throw new Usage(`Cannot use --${name}: it must be a whole number of at least ${least}, got "${text}"`);
    }
    return Number(text);
  };
  const scale = values.scale ?? "quick";
  if (scale !== "quick" && scale !== "full")
    throw new Usage(`Cannot use --scale: it must be quick or full, got "${scale}"`);
  const suites = [...new Set(positionals)].map((name) => {
    const suite = SUITES.find((each) => each.name === name);
    if (suite === undefined) throw new Usage(`Cannot run suite "${name}": no suite has this name`);
    return suite;
  });
  return {
    suites:
      suites.length > 0 ? suites : SUITES.filter((suite) => !suite.onlyByName && (scale === "full" || !suite.fullOnly)),
    seed: number("seed", 0) ?? Math.floor(Math.random() * 1_000_000_000),
    seconds: number("seconds", 1),
    scale,
    json: values.json ?? null,
    compare: values.compare ?? null,
    only: partsOf(suites, values.only),
    record: recordFolder(values.record, scale),
  };
}

/** At the quick scale most faults are cut off by a time limit: their fixtures would replace better ones. */
function recordFolder(folder: string | undefined, scale: Scale): string | null {
  if (folder !== undefined && scale !== "full") throw new Usage("Cannot use --record: it needs --scale full");
  return folder ?? null;
}

function partsOf(suites: readonly Suite[], names: string | undefined): string[] | null {
  if (names === undefined) return null;
  const parts = suites.flatMap((suite) => suite.parts ?? []);
  const only = names.split(",");
  const wrong = only.find((name) => !parts.includes(name));
  if (wrong === undefined) return only;
  const known = parts.length > 0 ? `one of ${parts.join(", ")}` : "used with a suite that has parts: agents";
  throw new Usage(`Cannot use --only: it must be ${known}, found "${wrong}"`);
}

function parse(argv: string[]) {
  try {
    return parseArgs({
      args: argv,
      allowPositionals: true,
      options: {
        seed: { type: "string" },
        seconds: { type: "string" },
        scale: { type: "string" },
        json: { type: "string" },
        compare: { type: "string" },
        only: { type: "string" },
        record: { type: "string" },
        help: { type: "boolean", short: "h" },
      },
    });
  } catch (error) {
    throw new Usage((error as Error).message);
  }
}

/** Suites that run together: patient neighbours; every other one has the machine to itself. */
function groupsOf(suites: readonly Suite[]): Suite[][] {
  const groups: Suite[][] = [];
  for (const suite of suites) {
    const last = groups.at(-1);
    if (suite.patient && last?.at(-1)?.patient) last.push(suite);
    else groups.push([suite]);
  }
  return groups;
}

async function run({ suites, seed, seconds, scale, json, compare, only, record }: Options): Promise<number> {
  const before = compare === null ? null : await readResults(compare);
  if (json !== null) await writable(json);
  const again = [
    ...suites.map((each) => each.name),
    `--seed ${seed}`,
    ...(seconds === null ? [] : [`--seconds ${seconds}`]),
    ...(scale === "full" ? ["--scale full"] : []),
    ...(only === null ? [] : [`--only ${only.join(",")}`]),
  ];
  console.log(`seed ${seed}, scale ${scale}; repeat with: bun run stress ${again.join(" ")}`);
  const started = performance.now();
  const verdicts: Row[] = [];
  for (const group of groupsOf(suites)) {
    const run = async (suite: Suite): Promise<Row> => {
      const say = (progress: string) => console.error(`  ${suite.name}: ${progress}`);
      return { suite, verdict: await runSuite(suite, { seed, scale, seconds, only, record, say }) };
    };
    verdicts.push(...(await Promise.all(group.map(run))));
  }
  console.log(summary(verdicts, performance.now() - started));
  const results: Results = {
    seed,
    scale,
    at: new Date().toISOString(),
    machine: { platform: `${process.platform} ${process.arch}`, cores: cpus().length, bun: Bun.version },
    suites: Object.fromEntries(verdicts.map(({ suite, verdict }) => [suite.name, verdict])),
  };
  if (before !== null) console.log(changes(before, results));
  if (json !== null) await Bun.write(json, `${JSON.stringify(results, null, 2)}\n`);
  return verdicts.some(({ verdict }) => verdict.violations.length > 0) ? 1 : 0;
}

/** Reads what an earlier run wrote with --json; before this run, so that a wrong name costs no minutes. */
async function readResults(path: string): Promise<Results> {
  try {
    const found = (await Bun.file(path).json()) as Results;
    if (isResults(found)) return found;
  } catch {
    // The message below is the same for a missing file and a broken one.
  }
  throw new Usage(`Cannot compare with "${path}": it must be a file that --json wrote`);
}

function isResults({ suites, machine }: Results): boolean {
  return Object.values(suites).every((suite) => Array.isArray(suite.violations)) && typeof machine.cores === "number";
}

/** Refuses a file that cannot be written; before the run, so that a wrong name costs no minutes. */
async function writable(path: string): Promise<void> {
  try {
    await appendFile(path, "");
  } catch (error) {
    throw new Usage(`Cannot use --json: "${path}" must be a file that can be written: ${(error as Error).message}`);
  }
}

try {
  const argv = process.argv.slice(2);
  if (argv.includes("--help") || argv.includes("-h")) console.log(USAGE);
  else process.exitCode = await run(optionsOf(argv));
} catch (error) {
  if (!(error instanceof Usage)) throw error;
  console.error(`${error.message}\n\n${USAGE}`);
  process.exitCode = 2;
}
// A peer's library may leave timers behind; what had to be written is written.
process.exit();
