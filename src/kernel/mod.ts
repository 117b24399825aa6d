/**
 * The kernel's public surface: everything that other layers may import.
 *
 * The kernel is the only place that knows SQL. It reads no environment, no files and no clock but the
 * board's own.
 *
 * @module
 */
export * from "./errors.ts";
export {
  HOLD_KINDS,
  type HoldKind,
  OUTCOMES,
  STATUSES,
  WORKSPACE_KINDS,
  type BriefTask,
  type Comment,
  type Json,
  type JsonObject,
  type Outcome,
  type Run,
  type Status,
  type Task,
  type WorkspaceKind,
} from "./schema.ts";
export { asActor, asWorker, backupBoard, type Board, closeBoard, dataVersion, patiently, read, write } from "./db.ts";
export { openBoard, type OpenOptions } from "./open.ts";
export { schemaVersion } from "./migrations.ts";
export { acquireLock, type Lock, type LockHolder, lockHolder, tryLock } from "./lock.ts";
export { isTaskId, printable, resolveId } from "./ids.ts";
export {
  checkWorkspace,
  expandHome,
  firstLine,
  INSTANT_MAX,
  invalid,
  NAME_MAX,
  NAME_PATTERN,
  optionalName,
  optionalText,
  parseDuration,
  parseInstant,
  parsePriority,
  parseSkills,
  parseWorkspace,
  requireObject,
  requireText,
  requireTitle,
  SECONDS_MAX,
  TEXT_MAX,
  TITLE_MAX,
} from "./input.ts";
export {
  type Cluster,
  type Event,
  EVENT_KINDS,
  type EventFilter,
  type EventKind,
  type EventPayloads,
  eventsAfter,
  latestEventId,
  taskEvents,
  type TerminalKind,
} from "./events.ts";
export { legalMoves, type TransitionName, TRANSITIONS } from "./transition.ts";
export { addComment, listComments } from "./comments.ts";
export { attemptOf, getRun, type ListedRun, listRuns, recentRuns, recordUsage } from "./runs.ts";
export { type Act, ACTS, checkAct, type Grant, GRANTS, underRun, type UnderRun } from "./fence.ts";
export { type Graph, type GraphNode, graphOf, linkable, type Linkable } from "./graph.ts";
export { linkTasks, neverReleased, unlinkTasks } from "./links.ts";
export { assignTask, createTask, type CreateInput, DEPTH_MAX, editTask, getTask, setWorkspacePath } from "./tasks.ts";
export type { EditInput, TaskFields } from "./task_fields.ts";
export {
  blockTask,
  type Claimed,
  type ClaimOptions,
  claimNext,
  claimTask,
  completeAndClaimNext,
  completeTask,
  type Completion,
  heartbeat,
  peekNext,
  PERSON_TTL_SECONDS,
  WORKER_TTL_SECONDS,
} from "./claims.ts";
export { approveTask, archiveTask, moveTask, reclaimTask, requestChanges, unblockTask } from "./moves.ts";
export { type BoardState, boardState, setPaused } from "./pause.ts";
export { folderSharer, type WorktreeUser, worktreeUser } from "./workspaces.ts";
export {
  activeHolds,
  type Hold,
  HOLD_PAUSE_MS_MAX,
  type HoldKey,
  holdOf,
  type HoldReview,
  type Proof,
  releaseHolds,
  reviewHolds,
  type SharedFault,
} from "./holds.ts";
export { isProbe } from "./probes.ts";
export {
  claimForWorker,
  countReady,
  EXIT_MS,
  type ProfileLimits,
  skippedTasks,
  workerCandidates,
  type WorkerClaim,
} from "./worker_queue.ts";
export {
  expiredRuns,
  nextInstant,
  openRuns,
  recordAdopted,
  recordGone,
  recordPlace,
  recordSpawned,
  renewLeases,
  type Spawned,
  slowStarts,
  unconfirmedRuns,
  type WorkerRun,
} from "./worker_runs.ts";
export { checkReport, recordReport, recordToolUse, type RunReport } from "./run_reports.ts";
export {
  type Breaker,
  endSilentRun,
  endUnavailable,
  failRun,
  type Failure,
  promoteDue,
  rateLimitRun,
  reclaimRun,
  type Silence,
} from "./failures.ts";
export {
  briefPage,
  type ListFilter,
  listPage,
  listTasks,
  showTask,
  type Sort,
  SORTS,
  type TaskPage,
  visitBrief,
} from "./listing.ts";
export { boundedPage } from "./bounded_page.ts";
export { neighbours, type Relative } from "./relatives.ts";
export { assigneeNames, boardColumns, type Card, type Column, columnPage, getCard, tenantNames } from "./board_view.ts";
export { type FlowPoint } from "./flow.ts";
export { type InsightOptions, type InsightStats, insightStats } from "./insights.ts";
export { type BoardFilter, viewTotals } from "./board_filter.ts";
export { profileWarning } from "./missing_profile.ts";
export { reportStranded } from "./stranded.ts";
export { suggest } from "./suggest.ts";
export { explained, type Explained, WAIT_KINDS, type WaitKind, type Waiting, waitingFor } from "./waiting.ts";
export type { QueueView, WaitingTask } from "./waiting_queue.ts";
export { neighbourIds } from "./relatives.ts";
export { matchingIds } from "./search.ts";
export { waitingSince } from "./board_view.ts";
export { type PatchInput, patchTask } from "./patch.ts";
export { assigneeCounts, type BoardStats, boardStats, staleness } from "./stats.ts";
export { agentLine, agentText, agentValue, isPlainPath } from "./agent_text.ts";
export { markNote, newMark, quote } from "./quoted_text.ts";
export { buildContext } from "./context.ts";
export { CONTEXT_LIMITS } from "./context_reads.ts";
export { COSTS, READ_BYTES, READ_BYTES_MIN, type Reading, shortened } from "./pieces.ts";
export { spend } from "./budget.ts";
export { type FieldPart, READABLE, readField } from "./field_reads.ts";
export { wholeText } from "./field_text.ts";
export { listTotals } from "./field_lists.ts";
export { withIsoTimes } from "./instants.ts";
export {
  abandonedWorkspaces,
  type AbandonedWorkspace,
  boardSize,
  compactBoard,
  eventSweep,
  finishedTasks,
} from "./gc.ts";
export { drain, givingWay } from "./pace.ts";
export {
  forgetWorktree,
  markFilled,
  planWorktree,
  recordWorktree,
  worktreeAt,
  type WorktreeRecord,
} from "./worktrees.ts";
export type { RecordCounts } from "./records.ts";
/** Export and import, loaded when somebody asks: every other start of a program would pay for them. */
export const loadTransfer = async () => ({ ...(await import("./export.ts")), ...(await import("./import.ts")) });
export { checkBoard, type GaveUpAlike, gaveUpAlike, type StuckTask, stuckTasks } from "./checkup.ts";
export {
  countSubscriptions,
  type FailedDelivery,
  listSubscriptions,
  subscribe,
  type Subscription,
  type SubscriptionKey,
  unsubscribe,
} from "./subscriptions.ts";
export {
  claimDeliveries,
  type ClaimRequest,
  type Delivery,
  type FailedTry,
  type KnownPlatforms,
  nextDelivery,
  queueDeliveries,
  recordDelivered,
  recordFailedTry,
  releaseDelivery,
} from "./deliveries.ts";
