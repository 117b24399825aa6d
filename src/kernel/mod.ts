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
  TEXT_FIELDS,
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
export {
  asActor,
  asOneAct,
  asWorker,
  backupBoard,
  type Board,
  closeBoard,
  dataVersion,
  patiently,
  read,
  write,
} from "./store/db.ts";
export { openBoard, type OpenOptions, upgradeNote } from "./store/open.ts";
export { schemaVersion } from "./store/migrations.ts";
export { once, type RequestKey } from "./store/request_keys.ts";
export { acquireLock, type Lock, type LockHolder, lockHolder, tryLock } from "./store/lock.ts";
export { isTaskId, printable, resolveId } from "./store/ids.ts";
export {
  checkWorkspace,
  expandHome,
  firstLine,
  INSTANT_MAX,
  invalid,
  isPersonName,
  NAME_MAX,
  NAME_PATTERN,
  optionalName,
  optionalText,
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
export { parseDuration, parseInstant, parsePast } from "./time_input.ts";
export {
  type Cluster,
  type Event,
  concernsNeighbours,
  concernsSubscriptions,
  EVENT_KINDS,
  type EventFilter,
  type EventKind,
  type EventPayloads,
  eventsAfter,
  type Kept,
  latestEventId,
  taskEvents,
  type TerminalKind,
} from "./tasks/events.ts";
export { legalMoves } from "./tasks/transition.ts";
export { type TransitionName, TRANSITIONS } from "./tasks/state_machine.ts";
export { addComment, listComments } from "./tasks/comments.ts";
export { attemptOf, getRun, type ListedRun, listRuns, recentRuns, recordUsage } from "./tasks/runs.ts";
export { type Act, ACTS, checkAct, type Grant, GRANTS, underRun, type UnderRun } from "./tasks/fence.ts";
export { type Graph, type GraphNode, graphOf, linkable, type Linkable } from "./graph/graph.ts";
export { linkTasks, unlinkTasks } from "./tasks/links.ts";
export { assignTask, createTask, type CreateInput, DEPTH_MAX, editTask, setWorkspacePath } from "./tasks/tasks.ts";
export { type Act as UndoableAct, getAct, newestAct } from "./tasks/changes/acts.ts";
export { type Undone, undoAct, type UndoneTask, undoTask } from "./tasks/changes/undo.ts";
export { restoreTask } from "./tasks/changes/restore.ts";
export type { EditBase } from "./tasks/changes/edit_base.ts";
export { type Change, type FieldChange, restoreFields, taskHistory } from "./reads/history.ts";
export { joinedText } from "./reads/joined_text.ts";
export { type DiffPiece, wordDiff } from "./reads/word_diff.ts";
export { getTask } from "./tasks/task_rows.ts";
export type { EditInput, TaskFields } from "./tasks/task_fields.ts";
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
} from "./tasks/claims.ts";
export {
  approveTask,
  archiveTask,
  moveTask,
  reclaimTask,
  requestChanges,
  stopTask,
  unblockTask,
} from "./tasks/person_verbs.ts";
export { addPerson, type KnownPerson, PROGRAM_NAMES } from "./store/known_names.ts";
export { countMentions, type Mention, openMentions, seeMentions } from "./store/mentions.ts";
export { type BoardState, boardState, setPaused } from "./tasks/pause.ts";
export { folderSharer, type WorktreeUser, worktreeUser } from "./tasks/workspaces.ts";
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
} from "./tasks/holds.ts";
export { isProbe } from "./tasks/probes.ts";
export { EXIT_MS } from "./queue/live_workers.ts";
export { liveWorkers } from "./queue/live_workers.ts";
export {
  claimForWorker,
  countReady,
  type ProfileLimits,
  type Skipped,
  skippedTasks,
  workerCandidates,
  type WorkerClaim,
} from "./queue/worker_queue.ts";
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
} from "./queue/worker_runs.ts";
export { checkReport, recordReport, recordToolUse, type RunReport } from "./queue/run_reports.ts";
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
} from "./queue/run_ends.ts";
export { briefPage, type ListFilter, listPage, listTasks, type Sort, SORTS, visitBrief } from "./reads/listing.ts";
export { showTask, type TaskPage } from "./reads/task_page.ts";
export { boundedPage } from "./context/bounded_page.ts";
export {
  hasRelative,
  neighbours,
  neverReleased,
  type Relative,
  relativeIds,
  relativesAmong,
} from "./reads/relatives.ts";
export {
  assigneeNames,
  boardColumns,
  type Card,
  type Column,
  columnPage,
  getCard,
  getCards,
  tenantNames,
} from "./reads/cards.ts";
export { type FlowPoint } from "./reads/flow.ts";
export { type InsightOptions, type InsightStats, insightStats } from "./reads/insights.ts";
export { type Chain, chainOf, type ChainPage, chainsOf } from "./graph/chains.ts";
export { type Facet, type FacetField, facetsOf, viewCount } from "./reads/facets.ts";
export { type Chosen, filterAt, type FilterQuery, parseFilterQuery, statusesIn } from "./reads/filter_query.ts";
export { type Choice, type Filter, matchingIds, readsTasks, type Span, viewTotals } from "./reads/filter.ts";
export { missingProfile, profileWarning } from "./queue/missing_profile.ts";
export { peopleNames, type Roster, standingOf } from "./queue/people.ts";
export { reportStranded } from "./queue/stranded.ts";
export { suggest } from "./queue/suggest.ts";
export { stoppersOf } from "./queue/waiting_rows.ts";
export { explained, type Explained, WAIT_KINDS, type WaitKind, type Waiting, waitingFor } from "./queue/waiting.ts";
export type { QueueView, WaitingTask } from "./queue/waiting_queue.ts";
export { neighbourIds } from "./reads/relatives.ts";
export { waitingSince } from "./reads/cards.ts";
export { type PatchInput, patchTask } from "./tasks/patch.ts";
export { assigneeCounts, type BoardStats, boardStats, staleness } from "./reads/stats.ts";
export { agentLine, agentText, agentValue, isPlainPath } from "./reads/agent_text.ts";
export { markNote, newMark, quote } from "./reads/quoted_text.ts";
export { buildContext } from "./context/worker_context.ts";
export { CONTEXT_LIMITS } from "./context/context_reads.ts";
export { COSTS, READ_BYTES, READ_BYTES_MIN, type Reading, shortened } from "./reads/pieces.ts";
export { spend } from "./reads/budget.ts";
export { type FieldPart, READABLE, readField } from "./context/field_reads.ts";
export { wholeText } from "./context/field_text.ts";
export { listTotals } from "./context/field_lists.ts";
export { withIsoTimes } from "./context/instants.ts";
export {
  abandonedWorkspaces,
  type AbandonedWorkspace,
  boardSize,
  compactBoard,
  eventSweep,
  finishedTasks,
} from "./transfer/gc.ts";
export { drain, givingWay } from "./store/pace.ts";
export {
  forgetWorktree,
  markFilled,
  planWorktree,
  recordWorktree,
  worktreeAt,
  type WorktreeRecord,
} from "./tasks/worktrees.ts";
export type { RecordCounts } from "./transfer/records.ts";
/** Export and import, loaded on demand: every other start of a program would pay for them. */
export const loadTransfer = async () => ({
  ...(await import("./transfer/export.ts")),
  ...(await import("./transfer/import.ts")),
});
export { checkBoard, type GaveUpAlike, gaveUpAlike, type StuckTask, stuckTasks } from "./reads/integrity.ts";
export {
  type FailedDelivery,
  listSubscriptions,
  subscribe,
  type Subscription,
  type SubscriptionKey,
  unsubscribe,
} from "./notify/subscriptions.ts";
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
} from "./notify/deliveries.ts";
export { PLAIN_FIELDS, type PlainField, type PlainName } from "./fields.ts";
export {
  changeView,
  getView,
  listViews,
  removeView,
  type SavedView,
  saveView,
  VIEW_PAGES,
  type ViewInput,
  type ViewPage,
} from "./store/saved_views.ts";
