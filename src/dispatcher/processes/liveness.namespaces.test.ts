import { afterEach, describe, expect, test } from "bun:test";
import { existsSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { getTask, listRuns } from "../../kernel/mod.ts";
import { type DaemonProcess, daemonProcess, letGo, type TestHome, testHome } from "../../testing/dispatcher.ts";
import { until } from "../../testing/mod.ts";

const FLAGS = [
  ...(process.getuid?.() === 0 ? [] : ["--user", "--map-root-user"]),
  "--pid",
  "--fork",
  "--mount-proc",
  "--kill-child",
];
/** Why this machine gives us no PID namespace of our own, or null. */
const missing =
  process.platform !== "linux" || Bun.which("unshare") === null
    ? "there is no unshare"
    : Bun.spawnSync(["unshare", ...FLAGS, "true"]).exitCode === 0
      ? null
      : "this machine lets nobody make PID namespaces";
if (missing !== null) console.warn(`skipped: dispatchers in two PID namespaces, ${missing}`);

let t: TestHome;
const spaces: Bun.Subprocess[] = [];
afterEach(async () => {
  for (const space of spaces.splice(0)) {
    space.kill("SIGKILL");
    await space.exited;
  }
  t?.close();
});

/** A dispatcher in a PID namespace of its own, which stays when its dispatcher has died. */
async function daemonElsewhere(): Promise<DaemonProcess> {
  const mark = crypto.randomUUID();
  // The first process of a namespace takes all others with it: it must not be the dispatcher.
  const init = ["sh", "-c", '"$@" & wait $!; while :; do sleep 0.2; done', "sh"];
  const daemon = await daemonProcess(t.home, {
    under: ["unshare", ...FLAGS, ...init],
    env: { NAMESPACE_OF_TEST: mark },
    started: (child) => spaces.push(child),
  });
  const pid = processOf(mark)!;
  const end = Promise.withResolvers<number>();
  const watch = setInterval(() => processOf(mark) === null && end.resolve(0), 10);
  void end.promise.then(() => clearInterval(watch));
  return { ...daemon, pid, exited: end.promise, kill: (signal) => void process.kill(pid, signal) };
}

/** The Bun process with this mark in its environment, by its number in our namespace. */
function processOf(mark: string): number | null {
  const found = readdirSync("/proc").find((name) => {
    try {
      const isBun = readlinkSync(`/proc/${name}/exe`) === readlinkSync("/proc/self/exe");
      return isBun && readFileSync(`/proc/${name}/environ`, "utf8").includes(`NAMESPACE_OF_TEST=${mark}`);
    } catch {
      return false;
    }
  });
  return found === undefined ? null : Number(found);
}

const WORKER = `echo up; until test -e "$KANBAN_HOME/go"; do sleep 0.02; done; "$KANBAN_BIN" complete --summary done`;
const here = () => daemonProcess(t.home);

test.skipIf(missing !== null)(
  "a PID namespace with the /proc of another one is refused, nothing is touched [B1]",
  async () => {
    t = testHome({ now: Date.now });
    t.script(WORKER);
    const { id } = t.ready();

    const daemon = await daemonProcess(t.home, {
      under: ["unshare", ...FLAGS.filter((flag) => flag !== "--mount-proc")],
      wait: false,
      started: (child) => spaces.push(child),
    });

    expect(await daemon.exited).toBe(1);
    await until(() => daemon.said().includes("\n"));
    expect(daemon.said()).toMatch(
      /^Cannot dispatch in this PID namespace: \/proc must show its processes, this process is \d+ here and \d+ there\n$/,
    );
    expect(t.kinds(id)).toEqual(["created"]);
    expect(existsSync(t.home.dispatcherLock)).toBe(false);
  },
);

describe.skipIf(missing !== null)("dispatchers of one home in two PID namespaces", () => {
  test.each<[string, () => Promise<DaemonProcess>, () => Promise<DaemonProcess>]>([
    ["of the host, then one in a namespace", here, daemonElsewhere],
    ["in a namespace, then one of the host", daemonElsewhere, here],
    ["in a namespace, then one in another", daemonElsewhere, daemonElsewhere],
  ])(
    "the worker of one that is killed continues under its lease: %s [B1] [T: two dispatchers]",
    async (_order, startFirst, startSecond) => {
      t = testHome({ now: Date.now });
      t.script(WORKER);
      const { id } = t.ready();
      const first = await startFirst();
      await t.logged(id, "up");
      await until(() => t.kinds(id).includes("spawned"));
      first.kill("SIGKILL");
      await first.exited;

      const second = await startSecond();
      const next = t.ready({ title: "the next one" }).id; // A pass that has checked everything starts it.
      await t.logged(next, "up");

      expect(listRuns(t.board, id)).toMatchObject([{ outcome: null, process_gone_at: null }]);
      expect(t.kinds(id)).toEqual(["created", "claimed", "spawned"]);
      letGo(t);
      await until(() => getTask(t.board, id).status === "done" && getTask(t.board, next).status === "done");
      expect(listRuns(t.board, id)).toMatchObject([{ outcome: "completed", summary: "done" }]);
      expect(listRuns(t.board, next)).toHaveLength(1);
      second.kill("SIGTERM");
      await second.exited;
      expect(second.said()).toContain("cannot see");
    },
  );
});
