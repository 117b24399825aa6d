/**
 * The shapes of what the API answers, for its description and for the test that holds every answer
 * against it. The compiler holds them against the kernel's types.
 *
 * @module
 */
import { z } from "zod";
import {
  type Card as CardRow,
  type Comment as CommentRow,
  EVENT_KINDS,
  type Explained,
  type EventKind,
  type FieldChange as FieldChangeRow,
  type Hold as HoldRow,
  HOLD_KINDS,
  type JsonObject,
  OUTCOMES,
  PLAIN_FIELDS,
  type PlainName,
  type Run as RunRow,
  STATUSES,
  type Task as TaskRow,
  VIEW_PAGES,
  WAIT_KINDS,
  WORKSPACE_KINDS,
} from "../../kernel/mod.ts";

const text = z.string().nullable();
const instant = z.int().meta({ description: "Epoch milliseconds" });
const instantOrNull = z.int().nullable().meta({ description: "Epoch milliseconds" });
const count = z.int().min(0);
const object = z.custom<JsonObject>((value) => typeof value === "object").meta({ type: "object" });
const status = z.enum(STATUSES);

const taskFields = {
  id: z.string().regex(/^t_[0-9a-f]{8}$/),
  title: z.string(),
  body: text,
  assignee: text,
  status,
  priority: z.int().meta({ description: "Higher first" }),
  tenant: text,
  created_by: z.string(),
  created_at: instant,
  ready_at: instantOrNull,
  started_at: instantOrNull,
  completed_at: instantOrNull,
  workspace_kind: z.enum(WORKSPACE_KINDS),
  workspace_path: text,
  result: text,
  idempotency_key: text,
  max_runtime_seconds: z.int().nullable(),
  skills: z.array(z.string()),
  review: z.boolean().meta({ description: "A person must approve a worker's completion" }),
  held: z.boolean().meta({ description: "A person parked it in todo" }),
  not_before: instantOrNull,
  retry_at: instantOrNull,
  failures: count.meta({ description: "Consecutive failed attempts" }),
  last_error: text,
  current_run_id: z.int().nullable(),
  depth: count,
  from_task: text.meta({ description: "The task whose worker created it" }),
  asked: count.meta({
    description: "How often in a row its workers asked the same question without an answer of a person",
  }),
  ...(Object.fromEntries(PLAIN_FIELDS.map(({ name, about }) => [name, text.meta({ description: about })])) as Record<
    PlainName,
    typeof text
  >),
  claimer: text,
  claim_expires_at: instantOrNull,
  worker_pid: z.int().nullable(),
  last_heartbeat_at: instantOrNull,
  last_event_id: count.meta({ description: "Its newest event: the `if_match` of an edit that was made from this" }),
  waits_for: z
    .strictObject({
      kind: z.enum(WAIT_KINDS),
      words: z.string(),
      until: instantOrNull.meta({ description: "When it ends by itself, where that is known" }),
    })
    .nullable()
    .meta({ description: "Null when it does not wait, or is about to be started" }),
};

export const Task = z.strictObject(taskFields).meta({ id: "Task" }) satisfies z.ZodType<Explained<TaskRow>>;

const { body: _body, ...withoutBody } = taskFields;
const seconds = count.nullable();

/** A task without its body, with what a person wants to see at a glance. */
export const Card = z
  .strictObject({
    ...withoutBody,
    age: z.strictObject({
      created_seconds: count,
      ready_seconds: seconds,
      run_seconds: seconds,
      time_to_complete_seconds: seconds,
    }),
    link_counts: z.strictObject({ parents: count, children: count }),
    unfinished_parents: count.meta({ description: "Parents that are not finished" }),
    comment_count: count,
    progress: z.strictObject({ done: count, total: count }).nullable().meta({ description: "Of its children" }),
    latest_summary: text,
    question: text,
    stopped_by: text.meta({ description: "Who stopped its worker, while it is held since then" }),
    attempts: count,
    run_started_at: instantOrNull,
    run_ttl_seconds: seconds.meta({ description: "How long each heartbeat makes the lease of the open run" }),
  })
  .meta({ id: "Card" }) satisfies z.ZodType<Explained<CardRow>>;

export const Run = z
  .strictObject({
    id: z.int(),
    task_id: z.string(),
    profile: text,
    step_key: text,
    claimer: z.string(),
    claim_expires_at: instant,
    ttl_seconds: count,
    pid: z.int().nullable(),
    pid_started: text,
    boot_id: text,
    host: text,
    pid_namespace: text,
    max_runtime_seconds: z.int().nullable(),
    last_heartbeat_at: instant,
    started_at: instant,
    ended_at: instantOrNull,
    process_gone_at: instantOrNull,
    outcome: z.enum(OUTCOMES).nullable(),
    exit_code: z.int().nullable(),
    signal: text,
    summary: text,
    metadata: object.nullable(),
    error: text,
    usage: object.nullable(),
    session_id: text,
    may: z.array(z.string()).meta({ description: "What its profile allowed beyond what every worker may" }),
    silent_seconds: seconds.nullable().meta({ description: "How long it had been silent when it was ended for that" }),
    last_words: text.meta({ description: "What its agent said last" }),
    log_tail: text.meta({ description: "The end of what it printed; null for a run that left a handoff" }),
    tools_at: instantOrNull.meta({ description: "When its agent first asked for the tools" }),
  })
  .meta({ id: "Run" }) satisfies z.ZodType<RunRow>;

export const Comment = z
  .strictObject({
    id: z.int(),
    task_id: z.string(),
    author: z.string(),
    via: text,
    body: z.string(),
    created_at: instant,
  })
  .meta({ id: "Comment" }) satisfies z.ZodType<CommentRow>;

export const Event = z
  .strictObject({
    id: z.int(),
    task_id: z.string(),
    run_id: z.int().nullable(),
    kind: z.enum(Object.keys(EVENT_KINDS) as [EventKind, ...EventKind[]]),
    actor: z.string(),
    payload: z.record(z.string(), z.unknown()),
    created_at: instant,
  })
  .meta({ id: "Event" });

const FieldConflict = z.strictObject({
  field: z.string(),
  base: z.json().optional().meta({ description: "What it was at `if_match`; absent where that is not known any more" }),
  now: z.json(),
  by: text.meta({ description: "Who replaced it last" }),
  at: instantOrNull,
  event_id: z.int().nullable(),
});

export const Failure = z
  .strictObject({
    error: z.strictObject({
      code: z.string(),
      message: z.string(),
      hint: z.string().optional(),
      field: z.string().optional().meta({ description: "The field of the input that is wrong" }),
      conflicts: z.array(FieldConflict).optional().meta({ description: "Of two edits of the same fields: both sides" }),
    }),
  })
  .meta({ id: "Failure" });

export const Done = z.strictObject({ ok: z.literal(true) });
export const OneTask = z.strictObject({ task: Task });
export const TaskList = z.strictObject({
  tasks: z.array(Task),
  next: text.meta({ description: "Pass it as `after` for the next page" }),
});

const page = z.strictObject({ comments: count, events: count, runs: count, parents: count, children: count });
const cursor = z.int().nullable();

export const TaskDetail = z.strictObject({
  task: Task,
  comments: z.array(Comment),
  events: z.array(Event),
  links: z.strictObject({ parents: z.array(z.string()), children: z.array(z.string()) }),
  runs: z.array(Run),
  totals: page,
  before: z.strictObject({ comments: cursor, events: cursor, runs: cursor }).meta({
    description: "Pass them as `comments_before`, `events_before`, `runs_before` for older ones; null: no older ones",
  }),
  after: z.strictObject({ parents: text, children: text }).meta({
    description: "Pass them as `parents_after`, `children_after` for the next ids of `links`; null: no more",
  }),
});

export const Board = z.strictObject({
  columns: z.array(z.strictObject({ name: status, tasks: z.array(Card), total: count })),
  tenants: z.array(z.string()),
  assignees: z.array(z.string()),
  latest_event_id: z.int(),
  now: instant,
});

const View = z.strictObject({
  id: z.string().regex(/^v_[0-9a-f]{8}$/),
  name: z.string(),
  page: z.enum(VIEW_PAGES),
  query: z.string().meta({ description: "The filter as the page's address has it" }),
  shared: z.boolean(),
  owner: z.string(),
  created_at: instant,
  mine: z.boolean().meta({ description: "The caller made it and may change it" }),
  n: count.nullable().meta({ description: "Tasks that it shows" }),
});
export const ViewsAnswer = z.strictObject({ views: z.array(View) });
export const OneView = z.strictObject({ view: View });

export const BulkResults = z.strictObject({
  results: z.array(z.strictObject({ id: z.string(), ok: z.boolean(), error: z.string().optional() })),
  act: z
    .int()
    .nullable()
    .meta({ description: "What `/api/undo` takes to undo all of it; null when nothing was changed" }),
});

export const UndoneAct = z.strictObject({
  act: z.int().nullable().meta({ description: "The undo itself: undoing that does the first act again" }),
  tasks: z.array(
    z.strictObject({
      id: z.string(),
      title: z.string(),
      status,
      what: z.string(),
      run_over: z.boolean().meta({ description: "The act had ended a run: the task is ready instead of running" }),
    }),
  ),
  refused: z.array(z.strictObject({ id: z.string(), error: z.string() })).meta({ description: "Changed since" }),
});

const FieldChange = z.strictObject({
  field: z.string().meta({ description: "Of the task; `parent` for a dependency that was added or removed" }),
  was: z.json().optional(),
  now: z.json().optional(),
}) satisfies z.ZodType<FieldChangeRow>;

export const History = z.strictObject({
  changes: z.array(
    z.strictObject({
      event_id: z.int(),
      kind: text.meta({ description: "Of the event; null when gc has removed it" }),
      by: z.string(),
      at: instant,
      worker: z.boolean().meta({ description: "A worker did it" }),
      fields: z.array(FieldChange),
    }),
  ),
  older: z.int().nullable().meta({ description: "Pass it as `before` for the next page" }),
});

export const Log = z.strictObject({
  task_id: z.string(),
  path: z.string(),
  exists: z.boolean(),
  size_bytes: count,
  content: z.string(),
  truncated: z.boolean(),
});

export const Tick = z.strictObject({
  reclaimed: count,
  crashed: count,
  timed_out: count,
  auto_blocked: count,
  promoted: count,
  spawned: z.array(z.strictObject({ task_id: z.string(), assignee: z.string(), workspace: text })),
  skipped_unassigned: z.array(z.string()),
  skipped_no_profile: z.array(z.string()),
  ready: count.meta({ description: "Tasks that are ready after the pass" }),
  workers: count.meta({ description: "Workers that are alive" }),
  max_workers: count,
});

export const Dashboard = z.strictObject({
  default_tenant: z.string(),
  lane_by_profile: z.boolean(),
  include_archived_by_default: z.boolean(),
  render_markdown: z.boolean(),
});

const counts = z.partialRecord(status, count);

const Hold = z.strictObject({
  id: count,
  kind: z.enum(HOLD_KINDS),
  key: z.string(),
  reason: z.string(),
  trial: z.boolean(),
  since: instant,
  met_at: instant,
  until: instantOrNull,
  probes: count,
  probe_run_id: count.nullable(),
  proof: z.enum(["start", "call", "end"]),
  task_id: z.string(),
  profile: z.string(),
  profiles: z.array(z.string()),
  fingerprint: text,
}) satisfies z.ZodType<HoldRow>;

export const Stats = z.strictObject({
  by_status: z.record(status, count),
  by_assignee: z.record(z.string(), counts),
  oldest_ready_age_seconds: count.nullable(),
  usage: z.strictObject({ runs: count, totals: object }),
  holds: z.array(Hold),
  now: instant,
});

export const Assignees = z.array(
  z.strictObject({ name: z.string(), on_disk: z.boolean(), person: z.boolean(), counts }),
);
