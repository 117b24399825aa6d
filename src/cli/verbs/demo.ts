/**
 * `kanban demo`: four stories on a fresh board, worked on by real processes, in under a minute.
 *
 * The home is a temporary one. The dispatcher, its workers and the board are the real ones; the demo
 * itself plays the person who answers a question and the disaster that kills a worker.
 *
 * @module
 */
import { existsSync, mkdirSync, mkdtempSync, readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { DEFAULTS } from "../../config.ts";
import { type Daemon, startDaemon } from "../../dispatcher/mod.ts";
import { type Feed, openFeed } from "../../feed.ts";
import { createFile, discard } from "../../files.ts";
import { environment, type Home, homeOf, prepareHome, profileDir, profilePath } from "../../home.ts";
import { demoArgv } from "../../program.ts";
import {
  type Board,
  closeBoard,
  type Event,
  getTask,
  KanbanError,
  listRuns,
  openBoard,
  openRuns,
  unblockTask,
} from "../../kernel/mod.ts";
import type { WebServer } from "../../web/mod.ts";
import { integer, text, toggle, wrong } from "../args.ts";
import {
  BROKEN_PROFILE,
  DEMO_FAILURE_LIMIT,
  DEMO_PROFILES,
  judge,
  type Placed,
  placeStories,
  STORIES,
} from "../demo_stories.ts";
import { detailOf, eventCells } from "../print/event_line.ts";
import { interrupted } from "../flags/follow.ts";
import { type Paint, table, truncate } from "../print/format.ts";
import { type Context, verb } from "../verb.ts";
import { oneLine, shellWord, span } from "../../text.ts";

/** At pace 1 the stories take about twenty seconds; a machine that needs longer than this has a problem. */
const DEADLINE_MS = 55_000;
const MAX_WORKERS = 6;
/** The longest kind that is told here: `spawn_failed`. */
const KIND_WIDTH = 12;

const args = {
  home: text("Use this new or empty folder instead of a temporary one, and keep it", { hint: "DIR" }),
  keep: toggle("Keep the temporary home"),
  web: toggle("Show it in the browser too, at half the pace, and go on until Ctrl-C"),
  port: integer("Port of the web board (default: any free one)", { min: 0, max: 65_535 }),
  pace: text("Stretch (2) or shorten (0.2) the work; default 1", { hint: "FACTOR" }),
};

export default verb({
  name: "demo",
  act: "dispatch",
  args,
  examples: ["kanban demo", "kanban demo --web", "kanban demo --keep"],
  notes: "Needs no account, no agent and no configuration. Exits 0 only if every story ended as it should.",
  async run(context) {
    const pace = readPace(context.args.pace ?? (context.args.web ? "2" : "1"));
    const dir = resolve(freshDir(context.args.home));
    const home = homeOf({ ...process.env, KANBAN_HOME: dir, KANBAN_DB: undefined });
    prepareHome(home);
    writeProfiles(home);
    const board = openBoard(home.db, { actor: "demo", busyMs: 50 });
    try {
      return await play(context, home, board, pace);
    } finally {
      closeBoard(board);
      if (context.args.home === undefined && !context.args.keep) discard(home.dir);
      else context.note(`The board is kept. Look at it with: KANBAN_HOME=${shellWord(home.dir)} ${typed()} list`);
    }
  },
});

async function play(context: Context<typeof args>, home: Home, board: Board, pace: number): Promise<number> {
  const begun = Date.now();
  const placed = placeStories(board, pace);
  announce(context, home, placed);
  const feed = openFeed(home.db);
  let server: WebServer | null = null;
  let daemon: Daemon | null = null;
  try {
    server = await serve(context, home, feed); // First: a port in use is reported before any worker starts.
    const config = { ...DEFAULTS.dispatcher, max_workers: MAX_WORKERS, failure_limit: DEMO_FAILURE_LIMIT };
    const stopped = interrupted(context.stdout); // Before the start: a signal during its first pass would kill us.
    daemon = startDaemon(home, { ...DEFAULTS, dispatcher: config }, { feed });
    const slow = AbortSignal.timeout(DEADLINE_MS * Math.max(1, pace));
    await watch(context, { board, feed, placed, begun, signal: AbortSignal.any([stopped, slow]) });
    if (stopped.aborted) {
      context.note("\nStopped before the stories were over.");
      return 1;
    }
    const status = summarize(context, board, placed, Math.round((Date.now() - begun) / 1_000));
    if (server !== null) await stay(context, server, stopped);
    return status;
  } finally {
    server?.stop();
    if (daemon !== null) await stop(board, daemon);
    feed.close();
  }
}

/** Starts the web board on the demo's home, if it was asked for. */
async function serve(context: Context<typeof args>, home: Home, feed: Feed): Promise<WebServer | null> {
  if (!context.args.web) return null;
  const { startServer } = await import("../../web/mod.ts");
  const server = startServer(home, DEFAULTS, { port: context.args.port ?? 0, feed, warn: context.note });
  context.note(`${context.style.bold("In the browser")}, signed in within a minute: ${server.link()}\n`);
  return server;
}

/** Keeps the board running: tasks that are created now are worked on too. */
async function stay({ note }: Context<typeof args>, server: WebServer, stopped: AbortSignal): Promise<void> {
  note(`The board stays at ${server.url} until Ctrl-C. Sign in again with: ${server.link()}`);
  await Promise.race([server.done, new Promise((done) => stopped.addEventListener("abort", done, { once: true }))]);
}

interface Stage {
  board: Board;
  feed: Feed;
  placed: readonly Placed[];
  /** When the demo began, in epoch milliseconds. */
  begun: number;
  signal: AbortSignal;
}

/** Prints every event as it comes, plays the person and the disaster, until every story is over. */
async function watch(context: Context<typeof args>, { board, feed, placed, begun, signal }: Stage): Promise<void> {
  const scenes = new Map(placed.map((scene) => [scene.id, scene]));
  const roles = { answered: new Set<string>(), killed: new Set<string>() };
  for await (const events of feed.follow({ after: 0, signal })) {
    for (const event of events) {
      const scene = scenes.get(event.task_id);
      if (event.kind !== "created") tell(context, event, scene?.title ?? event.task_id, begun);
      if (scene !== undefined) act(context, board, event, scene, roles);
    }
    if (judge(board, placed).length === 0) return;
  }
}

function act(
  context: Context<typeof args>,
  board: Board,
  event: Event,
  scene: Placed,
  roles: { answered: Set<string>; killed: Set<string> },
): void {
  if (event.kind === "blocked" && scene.answer !== undefined && !roles.answered.has(scene.id)) {
    roles.answered.add(scene.id);
    unblockTask(board, scene.id, { comment: scene.answer, author: "you" });
    say(context, "you", `answer ${scene.id}: ${scene.answer}`);
  }
  if (event.kind === "heartbeat" && scene.killed && !roles.killed.has(scene.id)) {
    const { worker_pid } = getTask(board, scene.id);
    if (worker_pid === null) return;
    roles.killed.add(scene.id);
    say(context, "disaster", `kill -9 of worker ${worker_pid}`);
    process.kill(-worker_pid, "SIGKILL");
  }
}

function announce({ json, note, style }: Context<typeof args>, home: Home, placed: readonly Placed[]): void {
  if (json) return;
  note(
    `${style.bold("kanban demo")}: ${placed.length} tasks in ${STORIES.length} stories, at most ${MAX_WORKERS} workers`,
  );
  for (const { name, tells } of STORIES) note(`  ${style.bold(name)}: ${tells}`);
  note(
    `Look at the same board from another terminal: ${style.cyan(`KANBAN_HOME=${shellWord(home.dir)} ${typed()} list`)}\n`,
  );
}

/** One line of the stream. A claim is left out: what became of it, spawned or spawn_failed, follows at once. */
function tell(context: Context<typeof args>, event: Event, title: string, begun: number): void {
  if (context.json) return context.line(event);
  if (event.kind === "claimed") return;
  const { style, stdout } = context;
  const [run, kind] = eventCells(event, style);
  const seconds = `${((event.created_at - begun) / 1_000).toFixed(1)}s`.padStart(6);
  const name = (kind.style ?? ((same: string) => same))(kind.text.padEnd(KIND_WIDTH));
  const titleWidth = stdout.width < 110 ? 24 : 36;
  const where = `${truncate(oneLine(title), titleWidth).padEnd(titleWidth)}  ${style.dim(run.text.padEnd(6))}`;
  const room = Math.max(20, stdout.width - (6 + KIND_WIDTH + titleWidth + 6 + 4 * 2));
  stdout.write(`${style.dim(seconds)}  ${name}  ${where}  ${truncate(detailOf(event), room)}`.trimEnd() + "\n");
}

function say({ json, style, stdout }: Context<typeof args>, who: string, what: string): void {
  if (!json) stdout.write(`        ${style.bold(`» ${who}: ${what}`)}\n`);
}

/** Ends the dispatcher, and whatever worker is left when the demo is cut short. */
async function stop(board: Board, daemon: Daemon): Promise<void> {
  daemon.drain();
  for (const { pid } of openRuns(board)) {
    try {
      if (pid !== null) process.kill(-pid, "SIGKILL");
    } catch {
      // It has ended by itself.
    }
  }
  const over = setTimeout(() => daemon.stop(), 8_000);
  await daemon.done;
  clearTimeout(over);
}

/** Prints one line per task and the verdict; returns the exit status. */
function summarize(context: Context<typeof args>, board: Board, placed: readonly Placed[], seconds: number): number {
  const { json, line, style, stdout } = context;
  const wrong = judge(board, placed);
  const rows = placed.map((scene) => ({
    story: scene.story,
    task_id: scene.id,
    title: scene.title,
    assignee: scene.assignee,
    status: getTask(board, scene.id).status,
    outcomes: listRuns(board, scene.id).map(({ outcome }) => outcome ?? "open"),
  }));
  if (json) line({ ok: wrong.length === 0, seconds, tasks: rows, wrong });
  else {
    const head = ["STORY", "TASK", "TITLE", "PROFILE", "ENDED", "RUNS"].map((word) => ({
      text: word,
      style: style.dim,
    }));
    const body = rows.map((row, i) => [
      { text: row.story === rows[i - 1]?.story ? "" : row.story, style: style.bold },
      { text: row.task_id },
      { text: oneLine(row.title) },
      { text: row.assignee },
      { text: row.status, style: row.status === "done" ? style.green : style.red },
      { text: row.outcomes.join(" → ") },
    ]);
    const columns = [{}, {}, { shrink: true }, {}, {}, {}];
    stdout.write(`\n${table([head, ...body], columns, stdout.width).join("\n")}\n\n`);
    for (const text of wrong) stdout.write(`${style.red("wrong:")} ${text}\n`);
    stdout.write(`${verdict(style, wrong.length, seconds)}\n`);
    context.note(`A board of your own: ${style.cyan(`${typed()} init`)}`);
  }
  return wrong.length === 0 ? 0 : 1;
}

function verdict(style: Paint, wrong: number, seconds: number): string {
  if (wrong > 0) return style.red(`Not every story ended as it should, after ${span(seconds)}.`);
  return (
    style.green(`All ${STORIES.length} stories ended as they should, in ${span(seconds)}.`) +
    ' "Deploy to staging" is meant to stay blocked: its program does not exist, and a person has to see that.'
  );
}

/** The demo's profiles, as files that a person can read and copy. */
function writeProfiles(home: Home): void {
  const worker = JSON.stringify(demoArgv());
  const profiles = Object.entries(DEMO_PROFILES).map(([name, tells]) => ({ name, tells, command: worker }));
  const broken = {
    name: BROKEN_PROFILE.name,
    tells: "Cannot be started",
    command: JSON.stringify([BROKEN_PROFILE.program]),
  };
  for (const { name, tells, command } of [...profiles, broken]) {
    mkdirSync(profileDir(home, name), { recursive: true });
    createFile(profilePath(home, name), `description: ${tells}\ncommand: ${command}\n`);
  }
}

/** A folder of its own: the demo writes profiles and a board, and what is there must not be played with. */
function freshDir(given: string | undefined): string {
  if (given === undefined) return mkdtempSync(join(tmpdir(), "kanban-demo-"));
  if (given === "") throw wrong("--home", "a folder", given); // An unset variable must not mean the real home.
  if (existsSync(given) && readdirSync(given).length > 0) {
    throw new KanbanError(
      "refused",
      `Cannot run demo in "${given}": it must be a new or empty folder, there is something in it`,
      "Leave --home out for a temporary one",
    );
  }
  return given;
}

function readPace(typed: string): number {
  const pace = Number(typed);
  if (pace >= 0.01 && pace <= 10) return pace;
  throw wrong("--pace", "a factor from 0.01 to 10", typed);
}

/** How this program is called again, by who may have no Bun of their own: npx names itself in the environment. */
function typed(): string {
  return environment()["npm_command"] === "exec" ? `npx --yes bun@${Bun.version} kanban` : "bun kanban";
}
