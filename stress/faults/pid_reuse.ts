/**
 * A process number that is given out again: a stranger gets the number of a dead worker while no
 * dispatcher runs, and must be left alone by the next one. Runs in a pid namespace of its own.
 *
 * @module
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { closeBoard, getTask, listRuns, openBoard } from "../../src/kernel/mod.ts";
import { until } from "../harness.ts";
import { cli, cliJson, placeAt, startProgram, stop, writeProfile } from "../program.ts";
import { tell } from "../namespace.ts";

const LAST_PID = "/proc/sys/kernel/ns_last_pid";

const dir = process.argv[2]!;
const place = placeAt(dir);
mkdirSync(dir, { recursive: true, mode: 0o700 });
writeProfile(place, "coder", { command: ["/bin/sh", "-c", "echo up; exec sleep 1000"] });
const { id } = await cliJson<{ id: string }>(place, ["create", "reused", "--assignee", "coder"]);
const board = openBoard(place.home.db, { actor: "judge" });
const runs = () => listRuns(board, id);

const first = startProgram(place, ["daemon"]);
await until(() => runs().at(-1)?.pid != null, "a worker");
const pid = runs()[0]!.pid!;
first.kill("SIGKILL");
await first.exited;
process.kill(-pid, "SIGKILL");
await until(() => !lives(pid), "the worker to die");

const stranger = takeNumber(pid);
if (stranger === null) tell({ why: "the kernel does not let process numbers be chosen" });
else {
  const violations: string[] = [];
  const second = startProgram(place, ["daemon"]);
  await until(() => runs()[0]!.ended_at !== null, "the run to be judged");
  const [run] = runs();
  if (run!.outcome !== "crashed") violations.push(`the dead worker's run ended ${run!.outcome}: ${run!.error}`);
  await until(() => runs().length === 2 && runs()[1]!.pid !== null, "the next try");
  if (runs()[1]!.pid === pid) violations.push("the next worker has the number of a living process");
  // Its own worker is ended, the stranger with the old number is not.
  await cli(place, ["archive", id]);
  await until(() => runs()[1]!.process_gone_at !== null, "the second worker to be ended");
  if (!lives(pid)) violations.push("the stranger that has the number of a dead worker was killed");
  if (getTask(board, id).status !== "archived") violations.push("the task is not archived");
  await stop(second);
  stranger.kill("SIGKILL");
  tell({ violations, did: `number ${pid} given out again` });
}
closeBoard(board);
process.exit();

/** A process that leads a group and a session under this number. */
function takeNumber(wanted: number): Bun.Subprocess | null {
  for (let tries = 0; tries < 200; tries++) {
    try {
      writeFileSync(LAST_PID, String(wanted - 1));
    } catch {
      return null;
    }
    const child = Bun.spawn(["/bin/sleep", "1000"], { detached: true, stdio: ["ignore", "ignore", "ignore"] });
    if (child.pid === wanted) return child;
    child.kill("SIGKILL");
  }
  return null;
}

function lives(number: number): boolean {
  try {
    return !/\) [ZX]/.test(readFileSync(`/proc/${number}/stat`, "utf8"));
  } catch {
    return false;
  }
}
