/**
 * A disk that fills up while workers run, on a tmpfs of four megabytes in a mount namespace of its own:
 * no run and no attempt is lost, claiming stops and says so, and resumes when there is room.
 *
 * @module
 */
import { appendFileSync, existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { dispatcherStatus } from "../../src/dispatcher/mod.ts";
import { closeBoard, getTask, listRuns, openBoard } from "../../src/kernel/mod.ts";
import { until } from "../harness.ts";
import { violationsIn } from "../invariants.ts";
import { cli, cliJson, placeAt, startProgram, stop, writeProfile } from "../program.ts";
import { tell } from "../namespace.ts";

const dir = process.argv[2]!;
const go = `${dir}.go`;
mkdirSync(dir, { recursive: true, mode: 0o700 });
const mounted = Bun.spawnSync(["mount", "-t", "tmpfs", "-o", "size=4m,mode=700", "tmpfs", dir]);
if (mounted.exitCode !== 0) {
  tell({ why: `no tmpfs: ${mounted.stderr.toString().trim()}` });
  process.exit();
}
const place = placeAt(dir);
const violations: string[] = [];
const WAITS = `until test -e '${go}'; do sleep 0.05; done; echo finished; exit 0`;
writeProfile(place, "slow", { command: ["/bin/sh", "-c", WAITS], complete_on_exit: true });
const started = `${dir}.quick`;
writeProfile(place, "quick", { command: ["/usr/bin/env", "touch", started], complete_on_exit: true });
// One at a time: the quick one is the next to be claimed as soon as the slow one has ended.
writeFileSync(place.home.config, JSON.stringify({ dispatcher: { max_workers: 1 } }));
const create = async (title: string, assignee: string) =>
  (await cliJson<{ id: string }>(place, ["create", title, "--assignee", assignee])).id;
const slow = await create("slow", "slow");
const quick = await create("quick", "quick");
const board = openBoard(place.home.db, { actor: "judge" });
const daemon = startProgram(place, ["daemon"]);
await until(() => listRuns(board, slow)[0]?.pid != null, "a worker");
await until(() => isPublished(), "the dispatcher to have said something about itself while there was room");

fill();
const refused = await cli(place, ["create", "no room"]);
if (refused.code !== 1 || !/it is full/.test(refused.stderr)) {
  violations.push(`a full disk is told like this: ${refused.code} ${refused.stderr}`);
}
writeFileSync(go, "");
await until(() => trouble() !== null, "the dispatcher to say that the disk is full");
if (getTask(board, slow).status !== "running") violations.push("a run ended on a disk without room for it");
if (existsSync(started) || listRuns(board, quick).length > 0) {
  violations.push("a worker was started that the disk has no room to record");
}

rmSync(join(dir, "filler"));
await until(() => getTask(board, quick).status === "done", "work to go on when there is room");
await until(() => getTask(board, slow).status === "done", "the worker's end to be kept");
if (!existsSync(started)) violations.push("the task that waited for room is done without its worker");
await until(() => trouble() === null, "the trouble to be over");
for (const id of [slow, quick]) {
  const outcomes = listRuns(board, id).map(({ outcome }) => outcome);
  if (outcomes.some((outcome) => outcome !== "completed" && outcome !== "reclaimed")) {
    violations.push(`a full disk counted as an attempt: ${outcomes.join(", ")}`);
  }
  if (getTask(board, id).failures !== 0) violations.push("a full disk counted as a failure");
}
if (listRuns(board, slow).length !== 1) violations.push("what ended on a full disk was done again");
if ((await stop(daemon)) !== 0) violations.push("the dispatcher did not end well");
closeBoard(board);
violations.push(...violationsIn(place.home.db));
tell({ violations, did: "a disk filled up under a dispatcher" });
process.exit();

/** Takes every byte that is left. */
function fill(): void {
  for (const size of [65_536, 4_096, 512, 1]) {
    try {
      for (;;) appendFileSync(join(dir, "filler"), Buffer.alloc(size));
    } catch {
      // No room for one of this size.
    }
  }
}

function isPublished(): boolean {
  const status = dispatcherStatus(place.home);
  return status.running && status.max_workers > 0;
}

function trouble(): string | null {
  const status = dispatcherStatus(place.home);
  return status.running ? status.trouble : null;
}
