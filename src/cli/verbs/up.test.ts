import { afterEach, beforeEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { getTask, listRuns, type Run } from "../../kernel/mod.ts";
import { type Cli, MAIN, testCli } from "../../testing/cli.ts";
import { until } from "../../testing/mod.ts";

setDefaultTimeout(90_000);
const WAIT = { ms: 30_000 };

let cli: Cli;
let running: Bun.Subprocess | null = null;
beforeEach(() => void (cli = testCli()));
afterEach(async () => {
  running?.kill("SIGKILL");
  await running?.exited;
  running = null;
  cli.remove();
});

const at = (...names: string[]) => join(cli.dir, ...names);
const statusOf = (id: string) => cli.board((board) => getTask(board, id).status);
const failuresOf = (id: string) => cli.board((board) => getTask(board, id).failures);
const runsOf = (id: string): Run[] => cli.board((board) => listRuns(board, id));
const done = (id: string) => until(() => statusOf(id) === "done", { ...WAIT, what: `${id} to be done` });

function profile(name: string, script: string, settings: object = {}): void {
  mkdirSync(at("profiles", name), { recursive: true });
  writeFileSync(
    at("profiles", name, "config.yaml"),
    JSON.stringify({ command: ["/bin/sh", "-c", script], complete_on_exit: true, ...settings }),
  );
}

/** A script that ends when a file is there, or the test is over. */
const waitsFor = (path: string) => `while test -d '${cli.dir}' && ! test -e '${path}'; do sleep 0.05; done`;

/** Puts a pipe without a writer in the place of a file. */
function pipe(...names: string[]): void {
  rmSync(at(...names), { recursive: true, force: true });
  if (Bun.spawnSync(["mkfifo", at(...names)]).exitCode !== 0) throw new Error(`no pipe at ${names.join("/")}`);
}

interface Up {
  process: Bun.Subprocess<"ignore", "pipe", "pipe">;
  /** What it said on stderr so far. */
  said(): string;
  /** The status and the text of an address, as its owner gets them. */
  get(path: string): Promise<{ status: number; text: string }>;
}

/** Starts `kanban up`, behind a prefix of words, and waits until its web board answers. */
async function up(prefix: readonly string[] = []): Promise<Up> {
  const words = [process.execPath, MAIN, "up", "--no-open", "--port", "0", "--json"];
  const child = Bun.spawn([...prefix, ...words], { env: cli.env, stdio: ["ignore", "pipe", "pipe"] });
  running = child;
  let [printed, said] = ["", ""];
  void (async () => {
    for await (const chunk of child.stdout) printed += Buffer.from(chunk).toString();
  })();
  void (async () => {
    for await (const chunk of child.stderr) said += Buffer.from(chunk).toString();
  })();
  const port = await until(() => /"port": ?(\d+)/.exec(printed)?.[1], { what: `the address (${said})`, ...WAIT });
  const token = readFileSync(at("run", "token"), "utf8").trim();
  const get = async (path: string) => {
    const headers = { authorization: `Bearer ${token}` };
    const response = await fetch(`http://127.0.0.1:${port}${path}`, { headers, signal: AbortSignal.timeout(10_000) });
    return { status: response.status, text: await response.text() };
  };
  return { process: child, said: () => said, get };
}

async function stop({ process }: Up): Promise<number> {
  process.kill("SIGINT");
  return await process.exited;
}

describe("pipes without a writer", () => {
  test("in the place of every file of a run hold up no start, no end, no time limit and no page [A3]", async () => {
    const go = at("go");
    profile("slow", `${waitsFor(go)}; exit 7`);
    profile("quick", "true");
    profile("long", waitsFor(at("never")), { max_runtime: 1 });
    profile("odd", "true");
    await cli.run("init");
    const board = await up();
    const slow = await cli.create("ends", "--assignee", "slow");
    const run = await until(() => runsOf(slow).find(({ pid }) => pid !== null), WAIT);
    const marked = await cli.create("has a marker already");
    mkdirSync(at("workspaces", ".made"), { recursive: true });

    pipe("run", "kanban");
    pipe("run", "dispatcher.json");
    pipe("run", "signed-out");
    pipe("run", "token");
    pipe("run", "exits", String(run.id));
    mkdirSync(at("run", "runs", String(run.id)), { recursive: true });
    pipe("run", "runs", String(run.id), "start.json");
    pipe("workspaces", ".made", marked);
    pipe("logs", `${slow}.log`);
    pipe("profiles", "odd", "config.yaml");
    pipe("config.yaml");

    const [starts, limited] = [
      await cli.create("starts", "--assignee", "quick"),
      await cli.create("times out", "--assignee", "long"),
    ];
    await cli.run("assign", marked, "quick");
    await done(starts);
    await done(marked);
    await until(() => runsOf(limited)[0]?.outcome === "timed_out", { ...WAIT, what: "a time limit" });
    writeFileSync(go, "");
    await until(() => runsOf(slow)[0]?.ended_at !== null, { ...WAIT, what: "an end" });
    expect(runsOf(slow)[0]).toMatchObject({ outcome: "crashed", exit_code: 7 });
    expect((await board.get("/api/board")).status).toBe(200);
    expect((await board.get(`/api/tasks/${slow}/log`)).status).toBe(409);
    expect((await board.get("/")).status).toBe(200);

    const { stdout } = await cli.run("doctor");
    expect(stdout).toContain(`config.yaml": it must be a regular file, it is a pipe`);
    expect(stdout).toContain(`odd/config.yaml": it must be a regular file, it is a pipe`);
    expect(stdout).toContain("token: it must be a regular file, it is a pipe");
    expect(await stop(board)).toBe(0);
  });
});

describe("files of six gigabytes", () => {
  test("are not read, and doctor names them [A4]", async () => {
    profile("quick", "true");
    profile("huge", "true");
    profile("slow", waitsFor(at("never")));
    await cli.run("init");
    const board = await up();
    const slow = await cli.create("runs", "--assignee", "slow");
    const { id } = await until(() => runsOf(slow).find(({ pid }) => pid !== null), WAIT);
    const huge = [
      at("profiles", "huge", "config.yaml"),
      at("run", "exits", String(id)),
      at("run", "runs", String(id), "start.json"),
      at("run", "dispatcher.json"),
      at("run", "kanban"),
    ];
    for (const path of huge) truncateSync(path, 6 * 1024 ** 3);

    const { stdout } = await cli.run("doctor");
    for (const path of huge)
      expect(stdout).toMatch(new RegExp(`${path.slice(cli.dir.length)}"?: it must be a regular`));
    await done(await cli.create("starts", "--assignee", "quick"));
    expect((await board.get("/api/board")).status).toBe(200);
    if (process.platform !== "linux") return;
    const used = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${board.process.pid}/status`, "utf8"))?.[1];
    expect(Number(used)).toBeLessThan(600_000);
  });
});

describe("trouble of the home", () => {
  const cases: [string, (path: string) => void][] = [
    ["run/kanban", (path) => mkdirSync(path)],
    ["logs", (path) => symlinkSync("elsewhere", path)],
    ["workspaces", (path) => writeFileSync(path, "")],
  ];
  test.each(cases)(
    "%s of the wrong kind stops claiming, is named, and costs no task an attempt [A5]",
    async (name, put) => {
      profile("quick", "true");
      await cli.run("init");
      const board = await up();
      mkdirSync(at("elsewhere"));
      rmSync(at(name), { recursive: true, force: true });
      put(at(name));
      const waiting = await Promise.all([0, 1, 2].map((n) => cli.create(`waits ${n}`, "--assignee", "quick")));

      await until(() => board.said().includes("nothing is started for now"), WAIT);
      expect(board.said()).toContain(`Cannot use "${at(name)}": it must be a f`);
      expect(board.said()).toContain("Move it away, and a new one is created: mv ");
      expect((await board.get("/")).text).toContain("Move it away, and a new one is created");
      const doctor = await cli.run("doctor");
      expect(doctor.exit).toBe(1);
      expect(doctor.stdout).toContain(at(name));
      expect(waiting.map((id) => [statusOf(id), failuresOf(id), runsOf(id).length])).toEqual(
        waiting.map(() => ["ready", 0, 0]),
      );

      rmSync(at(name), { recursive: true });
      for (const id of waiting) await done(id);
      expect(waiting.map((id) => [failuresOf(id), runsOf(id).length])).toEqual(waiting.map(() => [0, 1]));
      expect(readdirSync(at("elsewhere"))).toEqual([]);
      expect(board.said()).toContain("workers are started again");
      expect(await stop(board)).toBe(0);
    },
  );
});

// Root may mount, in a namespace of its own that ends with the command; a container's root may not.
const NAMESPACE = ["unshare", "--mount", "--propagation", "private"];
const mounts =
  Bun.which("nsenter") !== null &&
  Bun.which("unshare") !== null &&
  Bun.spawnSync([...NAMESPACE, "mount", "--bind", "/tmp", "/tmp"]).exitCode === 0;
describe.skipIf(!mounts)("a disk that turns read-only under it", () => {
  test("ends neither the dispatcher nor the web board nor the notifier; it recovers by itself [A10] [T: read-only file]", async () => {
    const go = join(cli.env["HOME"]!, "go");
    profile("slow", waitsFor(go));
    profile("quick", "true");
    await cli.run("init");
    const board = await up(NAMESPACE);
    const inside = (script: string) => {
      const words = ["nsenter", "--mount", "--target", String(board.process.pid), "sh", "-c", script, cli.dir];
      const { exitCode, stderr } = Bun.spawnSync(words);
      expect([exitCode, stderr.toString()]).toEqual([0, ""]);
    };
    const slow = await cli.create("runs", "--assignee", "slow");
    await until(() => runsOf(slow).find(({ pid }) => pid !== null), WAIT);

    inside('mount --bind "$0" "$0" && mount -o remount,ro,bind "$0"');
    const waiting = await cli.create("waits", "--assignee", "quick");
    await until(() => board.said().includes("nothing is started for now"), WAIT);
    expect(board.said()).toContain("its disk is read-only. Make the disk writable");
    writeFileSync(go, "");
    await done(slow); // The board itself can still be written to, through a file that was open before.
    expect((await board.get("/")).text).toContain("its disk is read-only");
    expect([statusOf(waiting), failuresOf(waiting), runsOf(waiting).length]).toEqual(["ready", 0, 0]);
    expect(board.said()).not.toContain("This is a bug");
    expect(board.process.exitCode).toBeNull();

    inside('umount --lazy "$0"'); // What was opened there meanwhile keeps it busy.
    await done(waiting);
    expect([failuresOf(waiting), runsOf(waiting).length]).toEqual([0, 1]);
    inside('mount --bind "$0" "$0" && mount -o remount,ro,bind "$0"');
    expect(await stop(board)).toBe(0);
    expect(board.said()).not.toContain("error:");
  });
});
