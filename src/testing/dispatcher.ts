/**
 * Helpers for tests of real worker processes: a home in a temporary folder, a dispatcher whose clocks
 * are moved by hand, and a dispatcher in a process of its own that can be killed.
 *
 * @module
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Config, DEFAULTS } from "../config.ts";
import {
  type Daemon,
  type DaemonOptions,
  type DispatchOptions,
  type Processes,
  startDaemon,
  systemProcesses,
} from "../dispatcher/mod.ts";
import { settleStarts } from "../dispatcher/start/starts.ts";
import { type Dispatcher, newDispatcher } from "../dispatcher/state.ts";
import { tick } from "../dispatcher/tick.ts";
import { type Home, homeOf, logPath, prepareHome, profilePath } from "../home.ts";
import {
  type Board,
  closeBoard,
  type CreateInput,
  createTask,
  type EventKind,
  listRuns,
  openBoard,
  type Run,
  taskEvents,
  type Task,
} from "../kernel/mod.ts";
import { EPOCH, tempDir, until } from "./mod.ts";

export interface TestHome {
  readonly home: Home;
  /** The board on disk, with a clock of its own. */
  readonly board: Board;
  /** Wall and monotonic clock, moved by hand and independent of each other. */
  readonly clock: { ms: number; monotonic: number };
  /** What the dispatcher wanted a person to know. */
  readonly warnings: string[];
  readonly config: Config;
  /** Writes a profile. */
  profile(name: string, settings: Record<string, unknown>): void;
  /** Writes a profile "coder" (or another) whose workers run a shell script. */
  script(source: string, settings?: Record<string, unknown>, name?: string): void;
  /** Creates a ready task for "coder". */
  ready(input?: Partial<CreateInput>): Task;
  /** The newest run of a task. */
  run(taskId: string): Run;
  /** Waits until none of the worker's own processes is left; zombies do not count. */
  untilGone(pid: number): Promise<void>;
  /** A dispatcher in this process whose clocks are moved by hand. */
  dispatcher(options?: DispatchOptions & { stays?: boolean; processes?: Processes }): Dispatcher;
  /** Starts a dispatcher that stays, in this process, on the system's clocks. */
  start(options?: DaemonOptions & { settings?: Partial<Config["dispatcher"]> }): Daemon;
  /** Ends those that were started so. */
  stopDaemons(): Promise<void>;
  /** Makes one pass, its starts included. */
  pass(d: Dispatcher): Promise<void>;
  /** Lets time go by, on both clocks. */
  advance(ms: number): void;
  /** Makes passes that start nothing until the newest run of the task is closed and its processes are gone. */
  ended(d: Dispatcher, taskId: string): Promise<Run>;
  /** Waits until a worker has written a text into its log. */
  logged(taskId: string, text: string): Promise<unknown>;
  /** The kinds of a task's events. */
  kinds(taskId: string): EventKind[];
  /** A file in the home, for workers that report something. */
  path(name: string): string;
  /** Kills every process that was started for this home, and removes it. */
  close(): void;
}

/** A fresh home. Unless `now` is given, its board's clock stands still until it is moved. */
export function testHome({ now }: { now?: () => number } = {}): TestHome {
  const dir = tempDir();
  const home = homeOf({ KANBAN_HOME: dir.path });
  prepareHome(home);
  const clock = { ms: EPOCH, monotonic: 0 };
  const board = openBoard(home.db, { now: now ?? (() => clock.ms), actor: "ann" });
  const processes = systemProcesses();
  const warnings: string[] = [];
  const daemons: Daemon[] = [];
  const ownGroup = processes.look(process.pid)!.group;
  const profile = (name: string, settings: Record<string, unknown>) => {
    mkdirSync(join(home.profiles, name), { recursive: true });
    writeFileSync(profilePath(home, name), JSON.stringify(settings)); // JSON is YAML.
  };
  return {
    home,
    board,
    clock,
    config: DEFAULTS,
    warnings,
    profile,
    script: (source, settings = {}, name = "coder") =>
      profile(name, { command: ["/bin/sh", "-c", source], ...settings }),
    ready: (input = {}) => createTask(board, { title: "Translate README", assignee: "coder", ...input }).task,
    run: (taskId) => listRuns(board, taskId).at(-1)!,
    untilGone: async (pid) => void (await until(() => processes.look(pid) === null, { what: `process ${pid} to end` })),
    dispatcher: (options = {}) =>
      newDispatcher(board, home, DEFAULTS.dispatcher, {
        warn: (line) => warnings.push(line),
        monotonic: () => clock.monotonic,
        ...options,
      }),
    start({ settings, ...options } = {}) {
      const config = { ...DEFAULTS, dispatcher: { ...DEFAULTS.dispatcher, ...settings } };
      const daemon = startDaemon(home, config, { warn: (line) => warnings.push(line), ...options });
      daemons.push(daemon);
      return daemon;
    },
    async stopDaemons() {
      for (const daemon of daemons.splice(0)) {
        daemon.stop();
        await daemon.done;
      }
    },
    async pass(d) {
      await tick(d);
      await settleStarts(d);
      if (d.pass.fault !== null) throw d.pass.fault;
    },
    advance(ms) {
      clock.ms += ms;
      clock.monotonic += ms;
    },
    ended: (d, taskId) => until(() => endedRun(d, taskId), { what: `the run of ${taskId} to end` }),
    logged: (taskId, text) =>
      until(() => existsSync(logPath(home, taskId)) && readFileSync(logPath(home, taskId), "utf8").includes(text), {
        what: `${JSON.stringify(text)} in the log`,
      }),
    kinds: (taskId) => taskEvents(board, taskId).map(({ kind }) => kind),
    path: (name) => join(home.dir, name),
    close() {
      // A shell may be about to start its next program: only an empty second look proves anything.
      for (let left = startedFor(processes, home); left.length > 0; left = startedFor(processes, home)) {
        for (const { pid, group } of left) {
          processes.signal(pid, "SIGKILL");
          if (group !== ownGroup) processes.signal(-group, "SIGKILL");
        }
        Bun.sleepSync(1);
      }
      closeBoard(board);
      dir.remove();
    },
  };
}

async function endedRun(d: Dispatcher, taskId: string): Promise<Run | null> {
  await tick(d, { claims: false });
  const run = listRuns(d.board, taskId).at(-1)!;
  return run.ended_at !== null && run.process_gone_at !== null ? run : null;
}

/** A worker that says that it is up and ends on SIGTERM. */
export const UNTIL_TERM = "echo up; trap 'exit 0' TERM; while :; do sleep 0.01; done";
/** A worker that says that it is up and ignores SIGTERM. */
export const STUBBORN = "trap '' TERM; echo up; while :; do sleep 0.01; done";

/** A worker that says that it is up, waits for `letGo` and ends with a status. */
export const waits = (status: number) =>
  `echo up; until test -e "$KANBAN_HOME/go"; do sleep 0.01; done; exit ${status}`;

/** Lets the workers that wait go on. */
export function letGo(t: TestHome): void {
  writeFileSync(t.path("go"), "");
}

/** Waits until the first worker of a task is up and its dispatcher has recorded it. */
export async function workerUp(t: TestHome, taskId: string): Promise<void> {
  await t.logged(taskId, "up\n");
  await until(() => t.kinds(taskId).includes("spawned"), { what: "a recorded worker" });
}

/** Every living process whose environment names this home, but the test itself. */
export function startedFor(processes: Processes, home: Home) {
  return processes.all().filter(({ pid }) => pid !== process.pid && processes.bears(pid, [`KANBAN_HOME=${home.dir}`]));
}

/** A dispatcher in a process of its own. */
export interface DaemonProcess {
  readonly pid: number;
  readonly exited: Promise<number>;
  /** What it wrote to stderr so far. */
  said(): string;
  kill(signal: "SIGKILL" | "SIGTERM" | "SIGINT" | "SIGSTOP" | "SIGCONT"): void;
}

/** Starts `runDaemon` in a process of its own and, unless `wait` is false, waits until it is up. */
export async function daemonProcess(
  home: Home,
  {
    env = {},
    options = {},
    wait = true,
    under = [],
    started = () => {},
  }: {
    env?: Record<string, string>;
    /** The words of a program that runs it, in a namespace of its own; `pid` is that program's then. */
    under?: readonly string[];
    /** Called with that process at once. */
    started?(child: Bun.Subprocess): void;
    options?: Omit<DispatchOptions, "agents" | "warn"> & {
      intervalSeconds?: number;
      beatSeconds?: number;
      drain?: boolean;
      pidfile?: string;
    };
    wait?: boolean;
  } = {},
): Promise<DaemonProcess> {
  const source = `
    import { DEFAULTS } from ${path("../config.ts")};
    import { runDaemon } from ${path("../dispatcher/mod.ts")};
    import { homeOf } from ${path("../home.ts")};
    const warn = (line) => console.error(line);
    try {
      process.exitCode = await runDaemon(homeOf(), DEFAULTS, { ...${JSON.stringify(options)}, warn });
    } catch (error) {
      console.error(error.message);
      process.exitCode = 1;
    }
    process.exit();`;
  const child = Bun.spawn([...under, process.execPath, "-e", source], {
    env: { ...process.env, KANBAN_HOME: home.dir, KANBAN_DB: home.db, ...env },
    stdin: "ignore",
    stdout: "ignore",
    stderr: "pipe",
  });
  started(child);
  let said = "";
  void (async () => {
    for await (const part of child.stderr.pipeThrough(new TextDecoderStream())) said += part;
  })();
  // It publishes its state after its first pass: from then on signals find their handlers. A process in a
  // namespace of its own has a number there that only it knows.
  const before = stateOf(home);
  const isUp = () =>
    under.length > 0 ? stateOf(home) !== before : (stateOf(home)?.includes(`"pid":${child.pid},`) ?? false);
  if (wait) await until(isUp, { what: "the dispatcher to start" });
  return { pid: child.pid, exited: child.exited, said: () => said, kill: (signal) => child.kill(signal) };
}

function stateOf(home: Home): string | null {
  return existsSync(home.dispatcherState) ? readFileSync(home.dispatcherState, "utf8") : null;
}

function path(module: string): string {
  return JSON.stringify(join(import.meta.dir, module));
}
