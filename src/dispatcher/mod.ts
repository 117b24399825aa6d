/**
 * The dispatcher's public surface. It is the only layer that knows processes: it starts one per task, watches
 * it and reports its outcome to the board.
 *
 * @module
 */
export { type Collected, collectWorkspaces, WORKSPACE_RETENTION_DAYS } from "./collect.ts";
export { NO_PROFILE_WARNING } from "./health.ts";
export { type Daemon, type DaemonOptions, startDaemon } from "./daemon.ts";
export { findUnrecorded, type Processes, systemProcesses, viewOf } from "./processes/liveness.ts";
export { LogPlace } from "./logs/log_place.ts";
export { followLog, LOG_BYTES_MAX, type LogTail, tailLog } from "./logs/logs.ts";
export type { AgentPlan, Agents, FinishedRun, GeneratedFile, StartRequest, Verdict } from "./start/plan.ts";
export { placeName } from "./processes/process_place.ts";
export {
  listProfiles,
  loadProfile,
  parseProfile,
  type Profile,
  type ProfileList,
  type ProfileProblem,
} from "./start/profile.ts";
export { addProfile } from "./start/profile_file.ts";
export { programVersion } from "./start/program_version.ts";
export { recentOutput } from "./logs/recent_output.ts";
export { oddRunFiles } from "./logs/run_files.ts";
export { runDaemon } from "./run_daemon.ts";
export { ignoredSkills, type Skill } from "./start/skills.ts";
export { findProgram, unusableProgram } from "./start/program.ts";
export type { DispatchOptions, PassResult } from "./state.ts";
export { dispatcherStatus, type DispatcherState, type DispatcherStatus } from "./status.ts";
export { dispatchOnce } from "./tick.ts";
export { unseenInWords, unseenRuns, whereIs } from "./endings/unseen.ts";
export { checkGit } from "./git/git.ts";
export { repositoryOf } from "./git/git_repository.ts";
export { commitsIn, hasIdentity, makeTrialRepository } from "./git/trial_repository.ts";
export { resolveWorkspace, type WorkspaceOf } from "./worktrees/workspace.ts";
export { defaultWorktree } from "./worktrees/worktree.ts";
export { ignoredInWords, type WorktreeLook, worktreeStatus } from "./worktrees/worktree_status.ts";
