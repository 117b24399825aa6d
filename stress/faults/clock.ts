/**
 * A clock that jumps by hours and years under a dispatcher, its workers and people, and a machine that
 * sleeps: nothing is taken back from anybody who could not help it.
 *
 * A preloaded library adds the number in a file to the wall clock, the monotonic clock continues as it
 * is. That is what setting a clock looks like to a program.
 *
 * @module
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Board, closeBoard, getTask, listRuns, openBoard } from "../../src/kernel/mod.ts";
import { until } from "../harness.ts";
import { violationsIn } from "../invariants.ts";
import { compile } from "../preload.ts";
import { cli, cliJson, type Place, placeAt, type Program, startProgram, stop, writeProfile } from "../program.ts";
import type { Found } from "../namespace.ts";

const HOUR = 3_600;
const YEARS = 10 * 365 * 24 * HOUR;
/** Where the clock stands, in seconds off: each step is one jump. */
const JUMPS = [HOUR, YEARS, 0, -HOUR, -YEARS, 0];
/** The dispatcher compares its clocks this often at least. */
const PULSE_MS = 2_500;
/** How far what a program calls now may be from what was set. */
const SLACK_MS = 120_000;
/** Long enough for a stopped dispatcher to notice, longer than the lease of the remote worker. */
const SLEEP_MS = 9_000;

/** Plays it, or says why this machine cannot. */
export async function clocks(dir: string): Promise<Found | { why: string }> {
  const shim = compile(dir, "clock", SOURCE);
  if ("why" in shim) return shim;
  const file = join(dir, "clock");
  const set = (seconds: number) => writeFileSync(file, `${seconds}\n`);
  set(0);
  const home = join(dir, "home");
  mkdirSync(home, { mode: 0o700 });
  const place = placeAt(home, { LD_PRELOAD: shim.library, SHIM_CLOCK: file });
  writeFileSync(place.home.config, JSON.stringify({ dispatcher: { lease_seconds: 20 } }));
  const go = join(dir, "go");
  writeProfile(place, "coder", {
    command: ["/bin/sh", "-c", `until test -e '${go}'; do sleep 0.1; done; "$KANBAN_BIN" complete --summary done`],
    env: { LD_PRELOAD: null, SHIM_CLOCK: null },
  });
  const create = async (title: string, ...more: string[]) =>
    (await cliJson<{ id: string }>(place, ["create", title, ...more])).id;
  const workers = [await create("one", "--assignee", "coder"), await create("two", "--assignee", "coder")];
  const person = await create("person");
  await cliJson(place, ["claim", person, "--ttl", "10m"]);
  const daemon = startProgram(place, ["daemon"]);
  // This board's clock is the judge's own and decides nothing.
  const board = openBoard(place.home.db, { actor: "judge" });
  try {
    await until(() => workers.every((id) => listRuns(board, id)[0]?.pid != null), "the workers");
    const all = [...workers, person];
    const violations = await jump({ place, board, set, tasks: all });
    violations.push(...(await sleep({ place, board, daemon })));
    writeFileSync(go, "");
    await until(() => workers.every((id) => getTask(board, id).status === "done"), "the workers to complete");
    violations.push(...taken(board, all, "at the end"));
    if ((await stop(daemon)) !== 0) violations.push("the dispatcher did not end well");
    if (/cannot|failed/.test(daemon.output())) violations.push(`the dispatcher complained: ${daemon.output()}`);
    return { violations: [...violations, ...violationsIn(place.home.db)], did: `${JUMPS.length} jumps of the clock` };
  } finally {
    daemon.kill("SIGKILL");
    closeBoard(board);
  }
}

interface Scene {
  place: Place;
  board: Board;
  set(seconds: number): void;
  tasks: readonly string[];
}

async function jump({ place, board, set, tasks }: Scene): Promise<string[]> {
  const violations: string[] = [];
  for (const seconds of JUMPS) {
    set(seconds);
    await Bun.sleep(PULSE_MS);
    violations.push(...taken(board, tasks, `${seconds} s off`));
    const { now } = await cliJson<{ now: number }>(place, ["stats"]);
    if (Math.abs(now - Date.now() - seconds * 1_000) > SLACK_MS)
      violations.push(`the clock does not stand ${seconds} s off, it says ${new Date(now).toISOString()}`);
    for (const words of [["list"], ["runs", tasks[0]!], ["show", tasks[0]!], ["stats"]]) {
      const { code, stdout, stderr } = await cli(place, words);
      if (code !== 0) violations.push(`${words[0]} failed at ${seconds} s off: ${stderr}`);
      // A length of time, not the sign of a date or an option.
      if (/(^|\s)-\d+(\.\d+)?\s?(ms|s|m|h|d)\b/m.test(stdout))
        violations.push(`a negative time in ${words[0]}: ${stdout}`);
    }
  }
  return violations;
}

/** Stops the dispatcher for longer than a lease of a worker elsewhere, which sleeps as well. */
async function sleep({ place, board, daemon }: { place: Place; board: Board; daemon: Program }): Promise<string[]> {
  const { id } = await cliJson<{ id: string }>(place, ["create", "remote"]);
  await cliJson(place, ["claim", id, "--ttl", "6s"]);
  daemon.kill("SIGSTOP");
  await Bun.sleep(SLEEP_MS);
  daemon.kill("SIGCONT");
  await Bun.sleep(1_000);
  const violations = taken(board, [id], "after a sleep");
  await cliJson(place, ["heartbeat", id]);
  await until(() => getTask(board, id).status === "ready", "a lease that is not renewed to end after all");
  return violations;
}

/** Tasks that were taken away: every task must still be under its first run. */
function taken(board: Board, tasks: readonly string[], when: string): string[] {
  return tasks.flatMap((id) => {
    const runs = listRuns(board, id);
    const lost = runs.filter(({ outcome }) => outcome !== null && outcome !== "completed");
    return lost.length === 0 && runs.length === 1
      ? []
      : [`${when}: run of "${getTask(board, id).title}" ended ${lost[0]?.outcome}: ${lost[0]?.error}`];
  });
}

const SOURCE = `
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static long long shift(void) {
  const char *file = getenv("SHIM_CLOCK");
  char text[32];
  int fd = file == NULL ? -1 : open(file, O_RDONLY);
  if (fd < 0) return 0;
  ssize_t length = read(fd, text, sizeof text - 1);
  close(fd);
  if (length <= 0) return 0;
  text[length] = 0;
  return atoll(text);
}

int clock_gettime(clockid_t clock, struct timespec *now) {
  static int (*real)(clockid_t, struct timespec *);
  if (real == NULL) real = dlsym(RTLD_NEXT, "clock_gettime");
  int result = real(clock, now);
  if (result == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) now->tv_sec += shift();
  return result;
}

int gettimeofday(struct timeval *now, void *zone) {
  static int (*real)(struct timeval *, void *);
  if (real == NULL) real = dlsym(RTLD_NEXT, "gettimeofday");
  int result = real(now, zone);
  if (result == 0) now->tv_sec += shift();
  return result;
}
`;
