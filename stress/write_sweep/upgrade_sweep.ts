/**
 * The upgrade of a board of the first design dies at every write, meets a failing disk and a full one, and is
 * done by twenty processes at once of which some are killed.
 *
 * @module
 */
import { cpSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { inParallel, type Lab } from "../harness.ts";
import { cli, placeAt, type Place, type Ran, startProgram } from "../program.ts";
import { type Contents, makeOldHome, OPENS, rowsOf, wrongAtOnce, wrongInTheEnd } from "./upgrade.ts";
import { counting, type Fault, faulty } from "./shim.ts";

/** Writes tried per fault, and how often twenty processes come at once. */
const AMOUNT = {
  quick: { kill: 10, torn: 4, eio: 4, full: 4, rushes: 2 },
  full: { kill: 600, torn: 100, eio: 100, full: 100, rushes: 20 },
};
const FAULTS: readonly Fault[] = ["kill", "torn", "eio", "full"];
const AT_ONCE = 20;
const KILLED = 8;
/** About as long as an upgrade takes beside nineteen others. */
const KILLED_WITHIN_MS = 2_000;

export interface Swept {
  violations: string[];
  tries: number;
  deaths: number;
  complaints: number;
}

/** Hits the upgrade wherever it writes. */
export async function sweepUpgrade(
  lab: Lab,
  library: string,
  wordsOf: (ran: Ran, fault: Fault) => string[],
): Promise<Swept> {
  const before = join(lab.dir, "old");
  makeOldHome(before, lab.random.seed());
  const old = rowsOf(placeAt(before).home.db);
  const { writes, contents } = await wholeUpgrade(lab, library, { before, old });
  lab.say(`the upgrade of an old board: ${writes} writes`);
  const hits = FAULTS.flatMap((fault) => sampled(lab, writes, AMOUNT[lab.scale][fault]).map((at) => ({ fault, at })));
  const swept: Swept = { violations: [], tries: 0, deaths: 0, complaints: 0 };
  await inParallel(hits.length, async (i) => {
    const { fault, at } = hits[i]!;
    const place = oldPlace(lab, before, `hit-${i}`);
    const env = { ...place.env, ...faulty(library, { at, fault, under: `${place.home.dir}/` }) };
    const ran = await cli({ ...place, env }, OPENS);
    swept.tries++;
    if (ran.code > 128) swept.deaths++;
    if (ran.code === 1 && /disk/.test(ran.stderr)) swept.complaints++;
    const wrong = [...wordsOf(ran, fault), ...wrongAtOnce(place, contents, ran)];
    wrong.push(...(await wrongInTheEnd(place, contents)));
    swept.violations.push(...wrong.map((text) => `upgrade, ${fault} at write ${at} of ${writes}: ${text}`));
    rmSync(place.home.dir, { recursive: true, force: true });
  });
  if (swept.deaths === 0) swept.violations.push("the upgrade was never killed: nothing of it is proved");
  if (swept.complaints === 0) swept.violations.push("the upgrade met no failing disk: nothing of that is proved");
  for (let n = 0; n < AMOUNT[lab.scale].rushes; n++) {
    const { wrong, killed } = await rush(lab, oldPlace(lab, before, `rush-${n}`), contents);
    swept.deaths += killed;
    swept.violations.push(...wrong.map((text) => `${AT_ONCE} at once: ${text}`));
  }
  return swept;
}

/** Upgrades a copy without any fault: how often that writes, and what comes out. */
async function wholeUpgrade(lab: Lab, library: string, { before, old }: { before: string; old: string }) {
  const place = oldPlace(lab, before, "whole");
  const file = join(lab.dir, "whole.writes");
  const env = { ...place.env, ...counting(library, { file, under: `${place.home.dir}/` }) };
  const { code, stderr } = await cli({ ...place, env }, OPENS);
  if (code !== 0) throw new Error(`the upgrade failed without a fault: ${stderr}`);
  const contents: Contents = { old, upgraded: rowsOf(place.home.db) };
  return { writes: statSync(file).size, contents };
}

/** Twenty processes open the old board at once, and some of them are killed on the way. */
async function rush({ random }: Lab, place: Place, contents: Contents): Promise<{ wrong: string[]; killed: number }> {
  const all = Array.from({ length: AT_ONCE }, () => startProgram(place, OPENS));
  const victims = new Set(all.slice(0, KILLED));
  for (const victim of victims) setTimeout(() => victim.kill("SIGKILL"), random.below(KILLED_WITHIN_MS));
  const codes = await Promise.all(all.map(({ exited }) => exited));
  const wrong = all.flatMap((each, i) =>
    codes[i] === 0 || victims.has(each) ? [] : [`one ended with ${codes[i]}: ${each.output()}`],
  );
  const told = all.filter((each) => each.output().includes("was upgraded"));
  if (told.length > 1) wrong.push(`${told.length} say that they upgraded it`);
  const killed = codes.filter((code) => code > 128).length;
  return { wrong: [...wrong, ...(await wrongInTheEnd(place, contents))], killed };
}

function oldPlace({ dir }: Lab, before: string, name: string): Place {
  cpSync(before, join(dir, name), { recursive: true });
  return placeAt(join(dir, name));
}

/** So many of the writes, evenly, from the first to the last. */
function sampled({ random }: Lab, writes: number, most: number): number[] {
  if (writes <= most) return Array.from({ length: writes }, (_, i) => i + 1);
  const picked = new Set([1, writes]);
  while (picked.size < most) picked.add(1 + random.below(writes));
  return [...picked].sort((a, b) => a - b);
}
