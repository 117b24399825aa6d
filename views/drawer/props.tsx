/** @jsxImportSource hono/jsx */
/**
 * What a task is: its status, priority, assignee and project in a line, and below it the properties that are
 * set, each edited in place.
 *
 * A property without a value is in the markup and hidden by the stylesheet (`unset`): "+ Add" lists these and
 * opens the one that is chosen (`static/properties.js`), so the list is true after every update.
 *
 * @module
 */
import type { PlainField, Task } from "../../src/kernel/mod.ts";
import type { DrawerView } from "./drawer.tsx";
import { Edit } from "./edit.tsx";
import { Avatar, Icon, PriorityMark, STATUS_LABEL, StatusMark, Tag, priorityLabel } from "../parts/icons.tsx";
import { When, stamp } from "../parts/time.ts";

export function Props({ view }: { view: DrawerView }) {
  const { task } = view.page;
  const locked = task.status === "archived";
  return (
    <div class="props" id="d-props">
      <Facts view={view} locked={locked} />
      <dl>
        {task.priority === 0 && (
          <Row name="Priority" unset>
            <PriorityButton priority={0} locked={locked} />
          </Row>
        )}
        {!task.tenant && <Field task={task} name="Project" field="tenant" value="" locked={locked} />}
        <Limits task={task} locked={locked} plain={view.plain} />
        <Row name="Review" unset={!task.review}>
          <form method="post" action={`/t/${task.id}/edit`} hx-post={`/t/${task.id}/edit`} hx-swap="none">
            <input type="hidden" name="review" value={task.review ? "0" : "1"} />
            <button class="value" disabled={locked} aria-pressed={String(task.review)}>
              {task.review ? "a person approves" : "not asked for"}
            </button>
          </form>
        </Row>
      </dl>
    </div>
  );
}

/** What every task has, and who made it when. */
function Facts({ view: { page, now, stopped_by }, locked }: { view: DrawerView; locked: boolean }) {
  const { task } = page;
  return (
    <div class="facts">
      <button class="value" type="button" data-do="menu" aria-haspopup="menu">
        <StatusMark status={task.status} />
        {STATUS_LABEL[task.status]}
        {task.held && <span class="badge">{stopped_by === null ? "parked" : `stopped by ${stopped_by}`}</span>}
      </button>
      {task.priority !== 0 && <PriorityButton priority={task.priority} locked={locked} />}
      <Assignee task={task} locked={locked} />
      {task.tenant && (
        <Edit id={task.id} field="tenant" label="Project" value={task.tenant} locked={locked}>
          <Tag name={task.tenant} />
        </Edit>
      )}
      <Claim task={task} now={now} />
      <span class="faint">
        by {task.created_by}, <When at={task.created_at} now={now} form="ago" about="created" />
        {task.completed_at !== null && (
          <>
            , done <When at={task.completed_at} now={now} form="ago" about="completed" />
          </>
        )}
      </span>
      {!locked && (
        <button class="chip add" type="button" data-do="add-property" aria-haspopup="menu">
          <span>
            <Icon name="plus" small />
            Add
          </span>
        </button>
      )}
    </div>
  );
}

function Assignee({ task, locked }: { task: Task; locked: boolean }) {
  return (
    <button
      class="value"
      type="button"
      data-do="assign"
      aria-haspopup="menu"
      disabled={locked || task.status === "running"}
      title={task.status === "running" ? "A running task keeps its worker" : undefined}
    >
      {task.assignee ? (
        <>
          <Avatar name={task.assignee} beside />
          <span class="ell">{task.assignee}</span>
        </>
      ) : (
        <span class="faint">unassigned</span>
      )}
    </button>
  );
}

function PriorityButton({ priority, locked }: { priority: number; locked: boolean }) {
  return (
    <button class="value" type="button" data-do="priority" aria-haspopup="menu" disabled={locked}>
      <PriorityMark priority={priority} />
      {priorityLabel(priority)}
    </button>
  );
}

/** Where, with what, for how long and from when on it is worked on. */
function Limits({ task, locked, plain }: { task: Task; locked: boolean; plain: readonly PlainField[] }) {
  const workspace = workspaceText(task);
  const most = task.max_runtime_seconds;
  const start = task.not_before;
  return (
    <>
      <Field
        task={task}
        name="Workspace"
        field="workspace"
        value={workspace === "scratch" ? "" : workspace}
        placeholder="dir:/path or worktree; empty: a folder of its own"
        locked={locked || task.status === "running"}
      >
        <span class="mono ell" title={workspace}>
          {workspace}
        </span>
      </Field>
      <Field
        task={task}
        name="Skills"
        field="skills"
        value={task.skills.join(", ")}
        placeholder="translate, review"
        locked={locked}
      />
      <Field
        task={task}
        name="Time limit"
        field="max_runtime"
        value={most === null ? "" : limit(most)}
        placeholder="30m"
        locked={locked}
      />
      <Field
        task={task}
        name="Not before"
        field="not_before"
        value={start === null ? "" : new Date(start).toISOString()}
        placeholder="2h, or 2026-01-31T09:00"
        locked={locked}
      >
        <span class="num">{start !== null && stamp(start)}</span>
      </Field>
      {plain.map(({ name, label }) => (
        <Field task={task} name={label} field={name} value={task[name] ?? ""} locked={locked} />
      ))}
    </>
  );
}

/** A claim that ends so soon says when. */
const SHORT_MS = 5 * 60_000;

/** A person's claim has a name, and a lease when that is short; a worker's process is with its run. */
function Claim({ task, now }: { task: Task; now: number }) {
  if (task.claim_expires_at === null || task.worker_pid !== null) return null;
  const short = task.claim_expires_at - now < SHORT_MS;
  return (
    <span class="faint">
      claimed by {task.claimer}
      {short && (
        <>
          , <When at={task.claim_expires_at} now={now} form="left" about="runs out" />
        </>
      )}
    </span>
  );
}

/** Seconds as a person types them: 30m, 2h, 90s. */
function limit(seconds: number): string {
  if (seconds % 3600 === 0 && seconds > 0) return `${seconds / 3600}h`;
  return seconds % 60 === 0 && seconds > 0 ? `${seconds / 60}m` : `${seconds}s`;
}

function workspaceText(task: Task): string {
  if (task.workspace_kind === "scratch") return "scratch";
  return task.workspace_path ? `${task.workspace_kind}:${task.workspace_path}` : task.workspace_kind;
}

function Row({ name, unset, children }: { name: string; unset?: boolean; children?: unknown }) {
  return (
    <div class={unset ? "unset" : undefined} data-add={unset ? name : undefined}>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

interface FieldProps {
  task: Task;
  name: string;
  field: string;
  /** As it is edited; "" is not set. */
  value: string;
  placeholder?: string;
  locked: boolean;
  /** How the value is shown, where that is not the text itself. */
  children?: unknown;
}

function Field({ task, name, field, value, placeholder, locked, children }: FieldProps) {
  return (
    <Row name={name} unset={value === ""}>
      <Edit id={task.id} field={field} label={name} value={value} placeholder={placeholder} locked={locked}>
        {value !== "" && (children ?? <span class="ell">{value}</span>)}
      </Edit>
    </Row>
  );
}
