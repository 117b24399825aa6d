/** @jsxImportSource hono/jsx */
/**
 * The rows of the drawer that say what a task is: status, assignee, priority and the rest, each edited in place.
 *
 * @module
 */
import type { PlainField, Task } from "../../src/kernel/mod.ts";
import type { DrawerView } from "./drawer.tsx";
import { Edit } from "./edit.tsx";
import { Avatar, PriorityMark, STATUS_LABEL, StatusMark, Tag, priorityLabel } from "../parts/icons.tsx";
import { When, stamp } from "../parts/time.ts";

export function Props({ view }: { view: DrawerView }) {
  const { now } = view;
  const { task } = view.page;
  const locked = task.status === "archived";
  return (
    <dl class="props" id="d-props">
      {view.waits && (
        <div class="whole">
          <dt>Waits for</dt>
          <dd class={view.waits.kind === "no_profile" ? "late" : undefined}>{view.waits.words}</dd>
        </div>
      )}
      <Menus task={task} locked={locked} stoppedBy={view.stopped_by} />
      <Field task={task} name="Tenant" field="tenant" value={task.tenant ?? ""} locked={locked}>
        {task.tenant ? <Tag name={task.tenant} /> : <None />}
      </Field>
      <Claim task={task} now={now} />
      <Limits task={task} locked={locked} plain={view.plain} />
      <Row name="Review">
        <form method="post" action={`/t/${task.id}/edit`} hx-post={`/t/${task.id}/edit`} hx-swap="none">
          <input type="hidden" name="review" value={task.review ? "0" : "1"} />
          <button class="value" disabled={locked} aria-pressed={String(task.review)}>
            {task.review ? "a person approves" : "not asked for"}
          </button>
        </form>
      </Row>
      <History task={task} now={now} />
    </dl>
  );
}

/** What a menu changes. */
function Menus({ task, locked, stoppedBy }: { task: Task; locked: boolean; stoppedBy: string | null }) {
  return (
    <>
      <Row name="Status">
        <button class="value" type="button" data-do="menu" aria-haspopup="menu">
          <StatusMark status={task.status} />
          {STATUS_LABEL[task.status]}
          {task.held && <span class="badge">{stoppedBy === null ? "held" : `stopped by ${stoppedBy}`}</span>}
        </button>
      </Row>
      <Row name="Assignee">
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
      </Row>
      <Row name="Priority">
        <button class="value" type="button" data-do="priority" aria-haspopup="menu" disabled={locked}>
          <PriorityMark priority={task.priority} />
          {priorityLabel(task.priority)}
        </button>
      </Row>
    </>
  );
}

/** Where, with what, for how long and from when on it is worked on. */
function Limits({ task, locked, plain }: { task: Task; locked: boolean; plain: readonly PlainField[] }) {
  const workspace = workspaceText(task);
  const skills = task.skills.join(", ");
  const most = task.max_runtime_seconds;
  const start = task.not_before;
  return (
    <>
      <Field
        task={task}
        name="Workspace"
        field="workspace"
        value={workspace}
        locked={locked || task.status === "running"}
      >
        <span class="mono ell" title={workspace}>
          {workspace}
        </span>
      </Field>
      <Field task={task} name="Skills" field="skills" value={skills} locked={locked}>
        {skills === "" ? <None /> : <span class="ell">{skills}</span>}
      </Field>
      <Field task={task} name="Limit" field="max_runtime" value={most === null ? "" : limit(most)} locked={locked}>
        {most ? <span class="num">{limit(most)}</span> : <None />}
      </Field>
      <Field
        task={task}
        name="Not before"
        field="not_before"
        value={start === null ? "" : new Date(start).toISOString()}
        locked={locked}
      >
        {start === null ? <None /> : <span class="num">{stamp(start)}</span>}
      </Field>
      {plain.map(({ name, label }) => (
        <Field task={task} name={label} field={name} value={task[name] ?? ""} locked={locked}>
          {task[name] === null ? <None /> : <span class="ell">{task[name]}</span>}
        </Field>
      ))}
    </>
  );
}

function History({ task, now }: { task: Task; now: number }) {
  return (
    <>
      <Row name="Creator">
        <Avatar name={task.created_by} beside />
        <span class="ell">{task.created_by}</span>
      </Row>
      <Row name="Created">
        <When at={task.created_at} now={now} form="ago" about="created" />
      </Row>
      {task.started_at !== null && (
        <Row name="Started">
          <When at={task.started_at} now={now} form="ago" about="first started" />
        </Row>
      )}
      {task.completed_at !== null && (
        <Row name="Completed">
          <When at={task.completed_at} now={now} form="ago" about="completed" />
        </Row>
      )}
    </>
  );
}

function Claim({ task, now }: { task: Task; now: number }) {
  if (task.claim_expires_at === null) return null;
  return (
    <>
      <Row name="Lease">
        <When at={task.claim_expires_at} now={now} form="left" about="runs out" />
      </Row>
      <Row name={task.worker_pid === null ? "Claimed by" : "Worker"}>
        <span class="mono ell">{task.worker_pid === null ? task.claimer : `pid ${task.worker_pid}`}</span>
      </Row>
    </>
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

function Row({ name, children }: { name: string; children?: unknown }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

interface FieldProps {
  task: Task;
  name: string;
  field: string;
  value: string;
  locked: boolean;
  children?: unknown;
}

function Field({ task, name, field, value, locked, children }: FieldProps) {
  return (
    <Row name={name}>
      <Edit id={task.id} field={field} label={name} value={value} locked={locked}>
        {children}
      </Edit>
    </Row>
  );
}

function None() {
  return <span class="faint">none</span>;
}
