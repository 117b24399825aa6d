/**
 * Checks of what lies around the board: the home and who may read it, the disk, the settings, the
 * profiles and the workspaces.
 *
 * @module
 */
import { statSync } from "node:fs";
import { dirname, join } from "node:path";
import { loadConfig } from "../../config.ts";
import {
  checkGit,
  collectWorkspaces,
  ignoredSkills,
  listProfiles,
  oddRunFiles,
  WORKSPACE_RETENTION_DAYS,
} from "../../dispatcher/mod.ts";
import { refuseForeign } from "../../home_place.ts";
import { homeTrouble } from "../../home_roots.ts";
import { PLATFORMS, platformProblem } from "../../notify/mod.ts";
import { runningServers, urlOf } from "../../web/mod.ts";
import { agents } from "../../agents/mod.ts";
import { failure, type Finding, ok, type Patient, quoted, warning } from "./finding.ts";
import { fileSystemOf } from "../../file_system.ts";
import { statOrNull } from "../../files.ts";
import { seek } from "../profiles/profile_program.ts";
import { count } from "../../text.ts";

const MIB = 1_048_576;
/** Below this a busy board runs into a full disk within minutes. */
const FREE_BYTES_MIN = 100 * MIB;

/** Who else may read or write the home, and whether its folders are ours. Nothing is opened or created for it. */
export function checkHome({ home }: Patient): Finding[] {
  const stat = statOrNull(home.dir);
  const mode = modeOf(home.dir);
  if (stat === null || mode === null) return [ok(`${home.dir} is made at the first use`)];
  const next = `chmod 700 ${quoted(home.dir)}`;
  refuseForeign("home", home.dir, stat);
  const trouble = homeTrouble(home);
  if (trouble !== null) return [failure(`nothing is started: ${trouble.message}`, trouble.hint!)];
  if (mode & 0o022) return [failure(`others may write to ${home.dir} (mode ${octal(mode)})`, next)];
  // A home of our own was closed when it was used: this folder holds other things too.
  const shared = `Set KANBAN_HOME to a folder of its own; or, if no other user needs this one: ${next}`;
  if (mode & 0o055) return [warning(`others may look into ${home.dir} (mode ${octal(mode)})`, shared)];
  return [ok(`${home.dir} is private`)];
}

/** What this program writes for its runs is still what it wrote. */
export function checkRunFiles({ home }: Patient): Finding[] {
  const found = oddRunFiles(home).map(({ path, problem }) =>
    warning(
      `${path}: ${problem}`,
      `Look who put it there, then move it away: mv ${quoted(path)} ${quoted(`${path}.away`)}`,
    ),
  );
  return found.length > 0 ? found : [ok("every file of a run is as it was written")];
}

/** Where the board can be looked at. */
export function checkServers({ home }: Patient): Finding[] {
  const running = runningServers(home);
  if (running.length === 0) return [ok("none runs here; kanban up starts one")];
  return running.map((server) => ok(`${urlOf(server)} (pid ${server.pid}); sign in with: kanban serve --link`));
}

/** The database has to lie where locks hold and there is room. */
export function checkFileSystem({ home }: Patient): Finding[] {
  const folder = [dirname(home.db), home.dir, dirname(home.dir)].find((path) => modeOf(path) !== null);
  if (folder === undefined) return [ok("not known before the first use")];
  const { network, free_bytes } = fileSystemOf(folder);
  if (network !== null) {
    return [
      failure(
        `${folder} lies on a network file system (${network}): two machines may both believe that they hold a lock`,
        "Move the home to a disk of this machine and set KANBAN_HOME",
      ),
    ];
  }
  const free = `${Math.floor(free_bytes / MIB)} MiB free`;
  if (free_bytes < FREE_BYTES_MIN) return [warning(`${folder}: only ${free}`, "kanban gc --dry-run")];
  return [ok(`a local disk, ${free}`)];
}

/** config.yaml can be read, and the platforms in it can send. */
export function checkConfig({ home }: Patient): Finding[] {
  const { notify } = loadConfig(home);
  const next = `Correct ${home.config}`;
  const wrong = Object.keys(notify).flatMap((name) => {
    if (!PLATFORMS.has(name)) return [warning(`notify.${name}: no such platform`, next)];
    const problem = platformProblem(name, notify);
    return problem === null ? [] : [warning(`${name} cannot send: ${problem}`, next)];
  });
  if (wrong.length > 0) return wrong;
  return [ok(modeOf(home.config) === null ? "no config.yaml, the defaults hold" : home.config)];
}

/** Every profile can be read and its program is there. */
export function checkProfiles({ home }: Patient): Finding[] {
  const { profiles, problems } = listProfiles(home, agents);
  const found = problems.map(({ path, error }) => failure(error, `Correct ${path}`));
  for (const folder of [home.skills, ...profiles.map(({ dir }) => join(dir, "skills"))]) {
    for (const path of ignoredSkills(folder))
      found.push(warning(`${path} is ignored: a skill of that name comes with kanban`, `Give it another name`));
  }
  for (const { name, repo } of profiles) {
    if (repo === null || statOrNull(repo)?.isDirectory()) continue;
    const next = `kanban profile show ${name}`;
    found.push(failure(`profile ${name}: its repo "${repo}" is no folder, so its worktrees cannot be made`, next));
  }
  for (const profile of profiles) {
    const { name, program, needed, instead } = seek(profile);
    if (program !== null) continue;
    const its = `profile ${profile.name}: its program "${name}"`;
    const next = `kanban profile show ${profile.name}`;
    if (needed === null) found.push(warning(`${its} is looked for in the workspace of each task`, next));
    else if (instead !== null) found.push(failure(`${its} cannot start: ${instead}`, next));
    else found.push(failure(`${its} is not ${needed}, so its tasks cannot start`, next));
  }
  return found.length > 0
    ? found
    : [ok(`${count(profiles.length, "profile")}: ${profiles.map(({ name }) => name).join(", ")}`)];
}

/** Worktrees need git; who has none of them needs no git. */
export async function checkGitProgram({ home }: Patient): Promise<Finding[]> {
  const found = await checkGit();
  if (found.kind === "ok") return [ok(`git ${found.version}`)];
  const isWanted = listProfiles(home, agents).profiles.some(({ workspace }) => workspace?.kind === "worktree");
  if (found.kind === "no_git" && !isWanted) return [ok("not installed; only worktrees need it")];
  return [warning(`no worktree can be made: ${found.words}`, found.hint ?? "git --version")];
}

/** What archived tasks left behind, and what gc must leave because work is in it. */
export async function checkWorkspaces({ board, home }: Patient): Promise<Finding[]> {
  const { workspaces, worktrees, kept } = await collectWorkspaces(board, home, {
    logRetentionMs: Infinity,
    workspaceRetentionMs: WORKSPACE_RETENTION_DAYS * 86_400_000,
    dryRun: true,
  });
  const found = kept.map(({ path, reason, task_id }) => {
    const look = task_id === undefined ? `ls -la ${quoted(path)}` : `kanban show ${task_id}`;
    return warning(`${path} of an archived task is kept: ${reason}`, look);
  });
  const removable = workspaces.length + worktrees.length;
  if (removable === 0) return found.length > 0 ? found : [ok("nothing is left of archived tasks")];
  return [
    ...found,
    { ...ok(`${count(removable, "workspace")} of archived tasks can go`), next: "kanban gc --dry-run" },
  ];
}

function modeOf(path: string): number | null {
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat === undefined ? null : stat.mode & 0o777;
}

function octal(mode: number): string {
  return mode.toString(8);
}
