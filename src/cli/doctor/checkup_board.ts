/**
 * Checks of the board itself: the file, who works on it, what waits in vain and what was not delivered.
 *
 * @module
 */
import { readdirSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { type Config, loadConfig } from "../../config.ts";
import {
  type DispatcherStatus,
  dispatcherStatus,
  listProfiles,
  placeName,
  systemProcesses,
  unseenInWords,
  unseenRuns,
} from "../../dispatcher/mod.ts";
import { type Home, loginName } from "../../home.ts";
import { namedPeople } from "../../people.ts";
import {
  activeHolds,
  type Board,
  boardState,
  boardStats,
  checkBoard,
  countReady,
  expiredRuns,
  firstLine,
  gaveUpAlike,
  getTask,
  KanbanError,
  listSubscriptions,
  openRuns,
  schemaVersion,
  skippedTasks,
  slowStarts,
  stuckTasks,
  type Subscription,
} from "../../kernel/mod.ts";
import { listTargets, subscriptionProblem } from "../../notify/mod.ts";
import { agents } from "../../agents/mod.ts";
import { failure, type Finding, ok, type Patient, quoted, warning } from "./finding.ts";
import { count, instant, span } from "../../text.ts";

/** A WAL this long means that some reader never ends, so that it cannot be emptied. */
const WAL_BYTES_MAX = 64 * 1_048_576;
/** So long the copy that an upgrade keeps is of use. */
const COPY_DAYS = 30;
/** So many tasks are named; the rest is counted. */
const NAMED_MAX = 5;
/** A dispatcher looks around every two seconds. */
const WAKING_MS = 2_500;
const RESTORE =
  "Stop everything that uses it, workers too, move it away with its -wal and -shm and put a backup in its place";

/** Every page is read, every reference followed, every counter counted again. */
export function checkDatabase({ board, home }: Patient): Finding[] {
  const problems = checkBoard(board).map((problem) => failure(`${home.db}: ${problem}`, RESTORE));
  // The home's own mode protects everything in it; a database that was put elsewhere stands alone.
  const inside = home.db.startsWith(`${home.dir}/`);
  if (!inside && (statSync(home.db).mode & 0o077) !== 0) {
    problems.push(warning(`others may read ${home.db}`, `chmod 600 ${quoted(home.db)}`));
  }
  const tasks = Object.values(boardStats(board).by_status).reduce((sum, n) => sum + n, 0);
  return problems.length > 0 ? problems : [ok(`sound, schema ${schemaVersion}, ${count(tasks, "task")}`)];
}

/** An upgrade keeps a copy; by then the upgraded board has proved itself, and newer backups are of more use. */
export function checkCopies({ home }: Patient): Finding[] {
  const [folder, name] = [dirname(home.db), `${basename(home.db)}.v1.bak`];
  return readdirSync(folder)
    .filter((file) => file.startsWith(name) && /^(\.\d+)?$/.test(file.slice(name.length)))
    .sort()
    .flatMap((file) => {
      const path = join(folder, file);
      const stat = statSync(path, { throwIfNoEntry: false });
      if (stat === undefined || Date.now() - stat.mtimeMs < COPY_DAYS * 86_400_000) return [];
      const mib = Math.ceil(stat.size / 1_048_576);
      const what = `${path} is the board before its upgrade of ${instant(stat.mtimeMs)}: ${mib} MiB that may be deleted`;
      return [warning(what, `rm ${quoted(path)}`)];
    });
}

/** The write-ahead log is emptied now and then. */
export function checkWal({ home }: Patient): Finding[] {
  const size = statSync(`${home.db}-wal`, { throwIfNoEntry: false })?.size ?? 0;
  const mib = `${Math.round(size / 1_048_576)} MiB`;
  if (size <= WAL_BYTES_MAX) return [ok(`the write-ahead log has ${mib}`)];
  return [
    warning(
      `the write-ahead log has grown to ${mib}: some program reads the board and never ends`,
      `fuser -v ${quoted(home.db)}`,
    ),
  ];
}

/** A dispatcher starts what is ready, answers, and can see what runs. */
export async function checkDispatcher({ board, home }: Patient): Promise<Finding[]> {
  const found: Finding[] = [];
  const { paused, paused_by, paused_at } = boardState(board);
  if (paused) {
    found.push(
      warning(`the board is paused by ${paused_by ?? "a person"} since ${instant(paused_at ?? 0)}`, "kanban resume"),
    );
  }
  found.push(...startsThatHang(board));
  const status = await settledStatus({ board, home });
  found.push(...outOfSight(status, board));
  if (status.running) {
    const where = `pid ${status.pid} on ${status.host}`;
    if (!status.answers) found.push(silent(status, where, board.now()));
    if (status.trouble !== null)
      found.push(failure(`the dispatcher (${where}) starts nothing: ${status.trouble}`, "kanban watch"));
    if (status.warning !== null) found.push(warning(status.warning, "kanban dispatch --dry-run"));
    if (status.draining)
      found.push(warning(`the dispatcher (${where}) starts nothing more and is about to end`, "kanban up"));
    return found.length > 0 ? found : [ok(`runs as ${where}`)];
  }
  const names = new Set(listProfiles(home, agents).profiles.map(({ name }) => name));
  const ready = countReady(board, { profiles: names });
  const [running, expired] = [openRuns(board).length, expiredRuns(board).length];
  if (ready > 0) found.push(warning(`${count(ready, "task")} ready and no dispatcher runs`, "kanban up"));
  if (expired > 0)
    found.push(warning(`the lease of ${count(expired, "run")} is over and no dispatcher runs`, "kanban up"));
  else if (running > 0) found.push(warning(`${count(running, "run")} open and no dispatcher runs`, "kanban up"));
  return found.length > 0 ? found : [ok("none runs, and nothing waits for one")];
}

/** After the machine slept, a dispatcher has to wake first: one that seems silent is looked at a second time. */
async function settledStatus({ board, home }: Pick<Patient, "board" | "home">): Promise<DispatcherStatus> {
  const look = () => dispatcherStatus(home, { board, agents });
  const status = look();
  if (!status.running || status.answers) return status;
  await Bun.sleep(WAKING_MS);
  return look();
}

function silent(status: DispatcherStatus & { running: true }, where: string, now: number): Finding {
  const { silent_since, pid, host } = status;
  const since = span(Math.max(0, now - (silent_since ?? now)) / 1_000);
  const there = host === placeName(systemProcesses()) ? "" : `On ${host}: `;
  return failure(
    `the dispatcher (${where}) does not answer (silent for ${since}): nothing is started, and no end is noticed`,
    `${there}If it was stopped: kill -CONT ${pid}; else end it with kill -KILL ${pid}, its workers go on, and then: kanban up`,
  );
}

/** As the dispatcher sees it; where none runs, as one started here would. */
function outOfSight(status: DispatcherStatus, board: Patient["board"]): Finding[] {
  const here = systemProcesses();
  const unseen = status.running ? [] : unseenRuns(board, here).filter(({ ended_at }) => ended_at === null);
  const words = status.running ? status.unseen : unseen.length === 0 ? null : unseenInWords(unseen, here);
  if (words === null) return [];
  return [
    warning(
      `${status.running ? "the dispatcher" : "a dispatcher started here"} ${words}`,
      "Start the next dispatcher where those workers run, or wait for the end of their leases",
    ),
  ];
}

/** Workers that were to be started long ago and have no process yet. */
function startsThatHang(board: Board): Finding[] {
  return slowStarts(board).map(({ id, task_id, started_at }) => {
    const seconds = Math.floor((board.now() - started_at) / 1_000);
    return warning(
      `${task_id} has been starting for ${seconds} s (run ${id}) and has no process yet: its workspace may hang`,
      `kanban reclaim ${task_id}`,
    );
  });
}

/** What nothing is started for. Trouble of the home is found where the home is looked at. */
export function checkHolds({ board }: Patient): Finding[] {
  const found = activeHolds(board)
    .filter(({ trial }) => !trial)
    .map(({ kind, key, reason, until }) =>
      warning(
        `nothing is started for ${kind} ${key}: ${reason}${until === null ? "" : ", it is tried again by itself"}`,
        until === null ? `kanban release ${quoted(key)}` : "kanban holds",
      ),
    );
  return found.length > 0 ? found : [ok("nothing is held")];
}

/** What never starts without a person's help. */
export function checkTasks({ board, home }: Patient): Finding[] {
  const { profiles, problems } = listProfiles(home, agents);
  const namesOf = (list: readonly { name: string }[]) => new Set(list.map(({ name }) => name));
  const people = namedPeople(home);
  const { unassigned, missing } = skippedTasks(board, {
    names: namesOf(profiles),
    unusable: namesOf(problems),
    people,
  });
  const found = stuckTasks(board).map(({ id, parents }) =>
    warning(
      `${id} waits for ${parents.join(", ")}, archived unfinished, and never starts`,
      `kanban unlink ${parents[0]} ${id}`,
    ),
  );
  if (missing.length > 0) {
    const names = new Set(missing.slice(0, NAMED_MAX).map((id) => `"${getTask(board, id).assignee}"`));
    found.push(
      warning(
        `ready, but no profile is named ${[...names].join(", ")}: ${named(missing)}`,
        `kanban assign ${missing[0]} PROFILE`,
      ),
    );
  }
  const both = profiles.filter(({ name }) => people.has(name) && name !== loginName()).map(({ name }) => `"${name}"`);
  if (both.length > 0) {
    found.push(
      warning(
        `${both.join(", ")} under people: in the settings is a profile's name too; its tasks go to the profile`,
        `kanban profile list`,
      ),
    );
  }
  for (const { error, ids } of gaveUpAlike(board)) {
    const next = `kanban show ${ids[0]}, then: kanban unblock ${ids.slice(0, NAMED_MAX).join(" ")}`;
    found.push(warning(`${count(ids.length, "task")} gave up with: ${firstLine(error, 200)} (${named(ids)})`, next));
  }
  const backlog =
    unassigned.length === 0 ? "" : `; ${count(unassigned.length, "ready task")} without an assignee, which is backlog`;
  return found.length > 0 ? found : [ok(`none waits in vain${backlog}`)];
}

/** What could not be sent, and what cannot be. */
export function checkNotifications({ board, home }: Patient): Finding[] {
  const config = settingsOf(home);
  const subs = listSubscriptions(board);
  const targets = listTargets(board, home, config?.notify_board ?? []);
  const look = (
    sub: Pick<Subscription, "platform" | "chat_id" | "thread_id" | "failed">,
    next: string,
    over = false,
  ) => {
    const chat = `${sub.platform} ${sub.chat_id}`;
    const problem = over || config === null ? null : subscriptionProblem(sub.platform, sub, config.notify);
    const last = sub.failed.at(-1);
    return [
      ...(last === undefined
        ? []
        : [warning(`${count(sub.failed.length, "message")} to ${chat} failed: ${last.error}`, next)]),
      ...(problem === null ? [] : [warning(`nothing can be sent to ${chat}: ${problem}`, next)]),
    ];
  };
  const found = [
    ...targets.flatMap((target) => look({ ...target, failed: [...target.failed] }, "kanban notify-list")),
    ...subs.flatMap((sub) => look(sub, `kanban notify-list ${sub.task_id}`, sub.ended_at !== null)),
  ];
  const standing = targets.length === 0 ? "" : `${count(targets.length, "target")} of the whole board, `;
  if (found.length === 0) return [ok(`${standing}${count(subs.length, "subscription")}, nothing failed`)];
  const rest = found.length - NAMED_MAX;
  if (rest <= 1) return found;
  return [...found.slice(0, NAMED_MAX), warning(`the like is the matter with ${rest} more`, "kanban notify-list")];
}

/** Null when they cannot be read, which is the finding of another check. */
function settingsOf(home: Home): Config | null {
  try {
    return loadConfig(home);
  } catch (error) {
    if (error instanceof KanbanError) return null;
    throw error;
  }
}

function named(ids: readonly string[]): string {
  const rest = ids.length - NAMED_MAX;
  return `${ids.slice(0, NAMED_MAX).join(", ")}${rest > 0 ? ` and ${rest} more` : ""}`;
}
