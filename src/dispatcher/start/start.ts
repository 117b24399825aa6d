/**
 * Claims ready tasks and starts their workers.
 *
 * The claim is one transaction that also counts the caps. Everything after it happens outside any
 * transaction and ends with one more call to the board: the process is recorded, or the start failed. It
 * may be aborted until there is a process, see `starts.ts`.
 *
 * @module
 */
import { closeSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { discard, replaceFile } from "../../files.ts";
import { environment, exitPath, failpoint, writeLauncher } from "../../home.ts";
import { homeTrouble, makeRoots } from "../../home_roots.ts";
import { HomeTrouble, ofHome } from "../../home_trouble.ts";
import { namedPeople } from "../../people.ts";
import {
  claimForWorker,
  getRun,
  KanbanError,
  patiently,
  type ProfileLimits,
  type Run,
  recordSpawned,
  setWorkspacePath,
  type Skipped,
  skippedTasks,
  type Task,
  unconfirmedRuns,
  workerCandidates,
  worktreeUser,
  write,
} from "../../kernel/mod.ts";
import { machineTrouble } from "../breaker.ts";
import { openLog } from "../logs/logs.ts";
import { viewOf } from "../processes/liveness.ts";
import { concludeUnstarted, concludeUnusable, giveBack } from "../endings/outcome.ts";
import { planStart } from "./plan.ts";
import type { Profile } from "./profile.ts";
import { removeOldRunFiles, writeRunFiles } from "../logs/run_files.ts";
import { findSkills } from "./skills.ts";
import { needsOf, sharingOf } from "../shared.ts";
import { asShared, ofShared } from "../shared_trouble.ts";
import { spawnWorker } from "./spawn.ts";
import { beginEnding } from "../endings/ending.ts";
import { chooseWorkspace, faultyThing } from "./start_fault.ts";
import { beginStart, StartOver, untilAborted } from "./starts.ts";
import { type Dispatcher, type Starting, wakeIn, watchedRun } from "../state.ts";
import { plannedWorkspace, resolveWorkspace } from "../worktrees/workspace.ts";

const TROUBLE_PAUSE_MS_MAX = 5_000;

/** Claims as many tasks as there is room for and begins to start them; `d.starting` resolves when that is done. */
export async function claimAndStart(d: Dispatcher): Promise<void> {
  const trouble = d.trouble.current;
  if (trouble !== null && !mayTryAgain(d)) return;
  const profiles = usableProfiles(d);
  const options = { profiles: limitsOf(d, profiles), maxWorkers: d.settings.max_workers };
  let [started, sound] = [0, false];
  for (; started < d.maxStarts; started++) {
    // Read first: a claim takes the write lock, and most passes find no task to start.
    if (workerCandidates(d.board, options, 1).length === 0) break;
    if (!(sound ||= homeIsSound(d))) return;
    const { bootId: boot_id, host, namespace: pid_namespace } = d.processes;
    const place = { boot_id, host, pid_namespace };
    const claim = { ...options, ...place, claimer: d.claimer, ttlSeconds: d.settings.lease_seconds };
    const claimed = await patiently(() => claimForWorker(d.board, claim));
    if (claimed === null) break;
    const { task, run } = claimed;
    const profile = profiles.get(task.assignee!)!;
    watchedRun(d, run).sharing = sharingOf(d, profile);
    beginStart(d, run, (start) => startWorker(d, profile, task, run, start).catch((error) => noteFault(d, error)));
    if (d.trouble.current !== trouble) break;
  }
  if (started === 0 && d.trouble.current === trouble) endTrouble(d); // Nothing to start: the probe has to do.
}

/** What a pass would start now, and where, without changing anything. */
export function plannedStarts(d: Dispatcher): { task_id: string; assignee: string; workspace: string }[] {
  const profiles = usableProfiles(d);
  const options = { profiles: limitsOf(d, profiles), maxWorkers: d.settings.max_workers };
  const limit = Math.min(d.maxStarts, 1_000);
  return workerCandidates(d.board, options, limit).map((task) => ({
    task_id: task.id,
    assignee: task.assignee!,
    workspace: workspaceInWords(d, profiles.get(task.assignee!)!, task),
  }));
}

/** The profiles that this dispatcher may start, by name. */
export function usableProfiles(d: Dispatcher): Map<string, Profile> {
  const usable = d.profiles().profiles.filter(({ name }) => d.assignees === null || d.assignees.has(name));
  return new Map(usable.map((profile) => [profile.name, profile]));
}

/** Ready tasks that no dispatcher starts: not those of profiles that this dispatcher leaves to others. */
export function skipped(d: Dispatcher, limit?: number): Skipped {
  const { profiles, problems } = d.profiles();
  const namesOf = (list: readonly { name: string }[]) => new Set(list.map(({ name }) => name));
  const roster = { names: namesOf(profiles), unusable: namesOf(problems), people: namedPeople(d.home) };
  return skippedTasks(d.board, roster, limit);
}

/** Keeps that the machine is in trouble, so that nothing is claimed for a while; longer each time. */
export function noteTrouble(d: Dispatcher, text: string): void {
  if (d.trouble.current === null) d.warn(`nothing is started for now: ${text}`);
  d.trouble.current = { text, retryAt: d.clock.monotonic() + d.trouble.pauseMs };
  wakeIn(d, d.trouble.pauseMs);
  d.trouble.pauseMs = Math.min(TROUBLE_PAUSE_MS_MAX, d.trouble.pauseMs * 2);
}

/** Removes what an earlier dispatcher left behind; false when that has to wait, for the home is in trouble. */
export function removeLeftovers(d: Dispatcher): boolean {
  try {
    removeOldRunFiles(d.home, new Set(unconfirmedRuns(d.board).map(({ id }) => id)));
    return true;
  } catch (error) {
    if (!(error instanceof KanbanError)) throw error;
    // Any other, such as a locked board, the pass meets too.
    if (error instanceof HomeTrouble && d.trouble.current === null) noteTrouble(d, error.text);
    return false;
  }
}

/** Makes what every start needs of the home. False when it is in trouble: then nothing may be claimed. */
function homeIsSound(d: Dispatcher): boolean {
  try {
    makeRoots(d.home);
    writeLauncher(d.home);
    const trouble = homeTrouble(d.home);
    if (trouble !== null) throw trouble;
    return true;
  } catch (error) {
    const trouble = machineTrouble(error);
    if (trouble === null) throw error;
    noteTrouble(d, trouble);
    return false;
  }
}

/** Tries, when the pause is over, whether the home can be used again. */
function mayTryAgain(d: Dispatcher): boolean {
  if (d.trouble.current!.retryAt > d.clock.monotonic()) return false;
  if (!homeIsSound(d)) return false;
  const probe = join(d.home.run, "probe");
  try {
    ofHome(probe, () => replaceFile(probe, Buffer.alloc(256 * 1024, 1)));
    return true;
  } catch (error) {
    noteTrouble(d, machineTrouble(error) ?? (error as Error).message);
    return false;
  } finally {
    discard(probe);
  }
}

function endTrouble(d: Dispatcher): void {
  if (d.trouble.current !== null) d.warn("workers are started again");
  d.trouble.current = null;
  d.trouble.pauseMs = 1_000;
}

/**
 * A failure after which the run is as the next pass will find it: claimed by us without a process, or
 * with a process that only its environment betrays.
 */
function noteFault(d: Dispatcher, error: unknown): void {
  const trouble = machineTrouble(error);
  if (trouble !== null) noteTrouble(d, trouble);
  else d.pass.fault ??= error;
}

function limitsOf(d: Dispatcher, profiles: ReadonlyMap<string, Profile>): Map<string, ProfileLimits> {
  const limits = (profile: Profile) => {
    const needs = needsOf(d, profile);
    // An account whose agent soon shows that it works is used by one run alone first.
    const trial = d.agents?.uses?.(profile)?.calls ? needs.find(({ kind }) => kind === "account")! : null;
    return { ...profile, needs, trial };
  };
  return new Map([...profiles].map(([name, profile]) => [name, limits(profile)]));
}

async function startWorker(d: Dispatcher, profile: Profile, task: Task, run: Run, start: Starting): Promise<void> {
  let started: Started;
  try {
    started = await startProcess(d, profile, task, run, start);
  } catch (error) {
    if (error instanceof StartOver) return giveBack(d, run, error.message);
    return notStarted(d, profile, task, run, error);
  }
  failpoint("after_spawn");
  const { pid, pid_started, workspace } = started;
  const spawned = { taskId: task.id, runId: run.id, pid, pid_started, boot_id: run.boot_id };
  watchedRun(d, run).witnessed = true;
  try {
    await patiently(() => recordSpawned(d.board, spawned), { deadlineMs: 60_000 });
  } catch (error) {
    // The run was ended at this moment: its worker must not continue. Any other failure leaves a
    // living process whose run has no pid; the next pass finds it by its environment.
    if (!(error instanceof KanbanError && error.code === "conflict")) throw error;
    const over = {
      ...run,
      pid,
      pid_started,
      assignee: task.assignee,
      task_status: task.status,
      failures: task.failures,
    };
    const view = viewOf(d.processes, { ...over, workspace_path: workspace, title: task.title });
    if (view.kind === "visible") beginEnding(d, view.run, { kind: "closed" });
    return;
  }
  endTrouble(d);
  d.trouble.failedStart = null;
  d.trouble.lastStartAt = d.clock.monotonic();
  d.pass.tally.spawned.push({ task_id: task.id, assignee: profile.name, workspace });
}

interface Started {
  readonly pid: number;
  readonly pid_started: string | null;
  readonly workspace: string;
}

/** Starts the process; throws when it cannot, and the reason of the abort when it may not any more. */
async function startProcess(d: Dispatcher, profile: Profile, task: Task, run: Run, start: Starting): Promise<Started> {
  // A built-in profile never had one.
  makeRoots(d.home);
  ofHome(profile.dir, () => mkdirSync(profile.dir, { recursive: true, mode: 0o700 }));
  const workspace = await reserveWorkspace(d, profile, task, start);
  // The last wait is over: what is aborted from here on has a process, and what was aborted gets none.
  start.abort.signal.throwIfAborted();
  const from = { profileDir: profile.dir, dirs: d.settings.skill_dirs };
  ofShared("profile", () => findSkills(d.home, { names: profile.skills, ...from }));
  const skills = findSkills(d.home, { names: [...profile.skills, ...task.skills], ...from });
  const roster = d.profiles().profiles;
  const input = { home: d.home, profile, task, run, workspace, skills, roster, bin: writeLauncher(d.home) };
  const plan = planStart({ ...input, environment: environment(), agents: d.agents });
  makeRoots(d.home); // A worktree takes a while: a folder may have been removed meanwhile.
  const { fd, mark } = openLog(d.home, task.id);
  try {
    const stdin = writeRunFiles(d.home, run.id, plan, profile, mark);
    // During a slow `git worktree add` the task may be archived.
    if (getRun(d.board, run.id)?.ended_at !== null) throw new StartOver("its run ended before its worker was started");
    const exitFile = exitPath(d.home, run.id);
    const spawned = spawnWorker(d.processes, { ...plan, exitFile, log: fd, stdin });
    start.waitsFor = null;
    return { ...spawned, workspace };
  } finally {
    closeSync(fd);
  }
}

/**
 * Makes the workspace of a run, unless it is a worktree that another task works in: the path of many is known
 * only now, and from now on the queue waits for it too.
 */
async function reserveWorkspace(d: Dispatcher, profile: Profile, task: Task, start: Starting): Promise<string> {
  const chosen = chooseWorkspace(profile, task);
  const keep = async (path: string) => {
    const user = await patiently(() =>
      write(d.board, () => {
        setWorkspacePath(d.board, task.id, path, chosen.workspace_kind);
        return worktreeUser(d.board, task.id);
      }),
    );
    if (user !== null) throw new StartOver(`task ${user.task_id} works in its worktree "${user.path}"`);
  };
  const ofProfile = chosen.workspace_kind === "dir" && chosen.workspace_path === profile.workspace?.path;
  const planned = plannedWorkspace(d.home, chosen, { repo: profile.repo });
  if (planned !== task.workspace_path) await keep(planned);
  start.waitsFor = chosen.workspace_kind === "worktree" ? `git to make the worktree "${planned}"` : `"${planned}"`;
  const { signal } = start.abort;
  const options = { repo: profile.repo, branchPrefix: d.settings.branch_prefix, warn: d.warn, signal };
  const made = resolveWorkspace(d.board, d.home, chosen, options).catch((error: unknown) => {
    throw ofProfile ? asShared("profile", error) : error;
  });
  const workspace = await untilAborted(made, start.abort);
  if (workspace !== planned) await keep(workspace);
  return workspace;
}

async function notStarted(d: Dispatcher, profile: Profile, task: Task, run: Run, error: unknown): Promise<void> {
  // While the home is in trouble, no failure counts for the task.
  const trouble = machineTrouble(error) ?? homeTrouble(d.home)?.text ?? null;
  if (trouble !== null) {
    noteTrouble(d, trouble);
    await giveBack(d, run, `not started: ${trouble}`);
    return;
  }
  if (!(error instanceof Error)) throw error;
  d.warn(`cannot start task ${run.task_id} as ${profile.name}: ${error.message}`);
  const on = faultyThing(profile, task, error);
  if (on !== null) return concludeUnusable(d, run, { on, reason: error.message });
  d.trouble.failedStart = { taskId: run.task_id, error: error.message };
  await concludeUnstarted(d, run, error.message);
}

function workspaceInWords(d: Dispatcher, profile: Profile, task: Task): string {
  try {
    return plannedWorkspace(d.home, chooseWorkspace(profile, task), { repo: profile.repo });
  } catch {
    return task.workspace_path ?? task.workspace_kind; // The start itself will say what is wrong with it.
  }
}
