/**
 * The dispatcher's public surface. It is the only layer that knows processes: it starts one per task,
 * watches over it and tells the board what became of it.
 *
 * @module
 */
export { type Collected, collectWorkspaces } from "./collect.ts";
export { type Daemon, type DaemonOptions, startDaemon } from "./daemon.ts";
export { findUnrecorded, type Processes, systemProcesses, viewOf } from "./liveness.ts";
export { LogPlace } from "./log_place.ts";
export { followLog, LOG_BYTES_MAX, type LogTail, tailLog } from "./logs.ts";
export type { AgentPlan, Agents, FinishedRun, GeneratedFile, StartRequest, Verdict } from "./plan.ts";
export { placeName } from "./place.ts";
export {
  listProfiles,
  loadProfile,
  parseProfile,
  type Profile,
  type ProfileList,
  type ProfileProblem,
} from "./profile.ts";
export { recentOutput } from "./recent_output.ts";
export { oddRunFiles } from "./run_files.ts";
export { runDaemon } from "./run_daemon.ts";
export { ignoredSkills, type Skill } from "./skills.ts";
export { findProgram, unusableProgram } from "./program.ts";
export type { DispatchOptions, TickResult } from "./state.ts";
export { dispatcherStatus, type DispatcherState, type DispatcherStatus } from "./status.ts";
export { dispatchOnce } from "./tick.ts";
export { unseenInWords, unseenRuns, whereIs } from "./unseen.ts";
export { checkGit } from "./git.ts";
export { repositoryOf } from "./git_repository.ts";
export { commitsIn, hasIdentity, makeTrialRepository } from "./trial_repository.ts";
export { resolveWorkspace, type WorkspaceOf } from "./workspace.ts";
export { defaultWorktree } from "./worktree.ts";
export { ignoredInWords, type WorktreeLook, worktreeStatus } from "./worktree_status.ts";
