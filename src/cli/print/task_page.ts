/**
 * The page of one task, as `kanban show` prints it.
 *
 * Sections that have nothing to say are left out. Times are relative for a person and absolute in a
 * pipe, where a line must not change by being read later.
 *
 * @module
 */
import { PLAIN_FIELDS } from "../../kernel/fields.ts";
import { staleness } from "../../kernel/reads/stats.ts";
import type { Comment, Event, Hold, Relative, Run, Task, TaskPage, Waiting } from "../../kernel/mod.ts";
import { againInWords } from "./hold_words.ts";
import { eventCells } from "./event_line.ts";
import { type Cell, indent, type Paint, priorityWords, relative, statusCell, table } from "./format.ts";
import { runLines } from "./run_lines.ts";
import { harmless, instant, oneLine, shellWord, span } from "../../text.ts";

/** How a page is set. */
export interface Setting {
  readonly style: Paint;
  /** A person reads it. */
  readonly terminal: boolean;
  readonly width: number;
  readonly now: number;
  /** Where runs work that cannot be seen from here, by their ids. */
  readonly places?: ReadonlyMap<number, string>;
}

/** What the page shows beside the rows of `showTask`. */
export interface PageExtras {
  /** Parents that were archived unfinished and never release this task. */
  neverReleased: readonly string[];
  /** What git says about the workspace, one line each. */
  workspace: readonly string[];
  /** What it waits for. */
  waits: Waiting | null;
  /** The request that the agent of its open run makes again. */
  retrying?: string | null;
  /** What its profile depends on and nothing is started for. */
  hold: Hold | null;
}

/** The whole page. */
export function taskPage(page: TaskPage, extras: PageExtras, setting: Setting): string {
  const { task } = page;
  const sections = [
    heading(task, setting),
    facts(page, extras, setting),
    task.body === null ? "" : indent(harmless(task.body).trim(), "  ", setting.width),
    section(
      firstOf("Depends on", page.parents.length, page.totals.parents),
      neighbours(page.parents, extras.neverReleased, setting),
      setting,
    ),
    section(
      firstOf("Needed by", page.children.length, page.totals.children),
      neighbours(page.children, [], setting),
      setting,
    ),
    section("Result", task.result === null ? [] : [indent(harmless(task.result).trim(), "  ", setting.width)], setting),
    section(
      titled("Runs", page.runs.length, page.totals.runs),
      runLines(page.runs, { ...setting, whole: true }),
      setting,
    ),
    section(titled("Comments", page.comments.length, page.totals.comments), comments(page.comments, setting), setting),
    section(titled("Events", page.events.length, page.totals.events), events(page.events, setting), setting),
  ];
  return sections.filter((text) => text !== "").join("\n\n");
}

/** An instant as the reader needs it. */
export function when(at: number, { terminal, now }: Pick<Setting, "terminal" | "now">): string {
  return terminal ? relative(at, now) : instant(at);
}

function heading(task: Task, { style }: Setting): string {
  const { text, style: look = (same) => same } = statusCell(task.status, style);
  const priority = priorityWords(task.priority);
  const mark = priority === "" ? "" : `  ${(task.priority >= 4 ? style.red : style.yellow)(priority)}`;
  return `${style.bold(oneLine(task.title))}\n${style.dim(task.id)}  ${look(text)}${mark}`;
}

/** Name and value of everything that is set. */
function facts({ task, runs }: TaskPage, extras: PageExtras, setting: Setting): string {
  const { workspace, waits, retrying = null, hold } = extras;
  const at = (instantAt: number | null) => (instantAt === null ? null : when(instantAt, setting));
  const open = runs.find((run) => run.id === task.current_run_id);
  const last = runs.at(-1);
  const question = task.status === "blocked" && last?.outcome === "blocked" ? last.summary : null;
  const ahead = (instantAt: number | null) =>
    instantAt !== null && instantAt > setting.now && instantAt !== waits?.until;
  const rows: [string, string | null][] = [
    ["assignee", task.assignee ?? "nobody"],
    ["project", task.tenant],
    ["created", `${at(task.created_at)} by ${task.created_by}`],
    ["event", task.last_event_id === 0 ? null : String(task.last_event_id)],
    ["ready", task.status === "ready" ? `since ${at(task.ready_at)}` : null],
    ["waits for", waits?.words ?? null],
    [
      "",
      hold === null || waits?.kind !== "hold"
        ? null
        : againInWords(hold, { now: setting.now, when: (moment) => at(moment)! }),
    ],
    ["started", task.status === "done" ? at(task.started_at) : null],
    ["done", at(task.completed_at)],
    // What the line above says already is not said twice.
    ["starts", ahead(task.not_before) ? `not before ${at(task.not_before)}` : null],
    ["retry", ahead(task.retry_at) ? at(task.retry_at) : null],
    ["question", question !== null && waits?.words.endsWith(question) ? null : question],
    ["failures", task.failures === 0 ? null : `${task.failures} in a row`],
    ["last error", task.last_error],
    ["worker", open === undefined ? null : workerOf(task, open, setting)],
    ["", open === undefined || retrying === null ? null : `retrying: ${retrying}`],
    ["workspace", [task.workspace_kind, task.workspace_path].filter(Boolean).join(" ")],
    ...workspace.map((line): [string, string] => ["", line]),
    ["skills", task.skills.join(", ") || null],
    ["limit", task.max_runtime_seconds ? span(task.max_runtime_seconds) : null],
    ["review", task.review ? "a person has to approve the result" : null],
    ...PLAIN_FIELDS.map(({ name, label }): [string, string | null] => [label.toLowerCase(), task[name]]),
  ];
  const width = Math.max(...rows.map(([name, value]) => (value === null ? 0 : name.length)));
  const lines = rows.flatMap(([name, value]) =>
    value === null ? [] : [`  ${setting.style.dim(name.padEnd(width))}  ${oneLine(value)}`],
  );
  return lines.join("\n");
}

/** What a person can do about a task that waits for one. `last` is its newest run, if it has one. */
export function nextStep({ id, status, held }: Task, last?: Pick<Run, "outcome" | "profile">): string | null {
  if (held && status === "todo") return `It is parked; let it go on with: kanban move ${id} ready`;
  if (status === "triage") return `Release it with: kanban move ${id} todo`;
  if (status === "blocked" && last?.outcome === "gave_up") {
    const profile =
      last.profile === null ? "" : `, and the profile with: kanban profile show ${shellWord(last.profile)}`;
    return `See why with: kanban log ${id}${profile}; once it is mended: kanban unblock ${id}`;
  }
  if (status === "blocked") return `Answer it with: kanban unblock ${id} --comment TEXT`;
  if (status === "review")
    return `Accept it with: kanban approve ${id}, or send it back with: kanban request-changes ${id} TEXT`;
  return null;
}

function workerOf(task: Task, run: Run, setting: Setting): string {
  const pid = task.worker_pid === null ? "" : `, pid ${task.worker_pid}`;
  const age = staleness(task, run.started_at, setting.now);
  const stale = age === "fresh" ? "" : `, running for ${span((setting.now - run.started_at) / 1_000)}`;
  const beat = when(task.last_heartbeat_at ?? run.started_at, setting);
  return `${run.claimer} under run ${run.id}${pid}, heartbeat ${beat}, claim ends ${when(run.claim_expires_at, setting)}${stale}`;
}

function neighbours(tasks: readonly Relative[], stuck: readonly string[], { style, width }: Setting): string[] {
  if (tasks.length === 0) return [];
  const rows = tasks.map((task): Cell[] => [
    { text: "" },
    { text: task.id, style: style.dim },
    statusCell(task.status, style),
    { text: oneLine(task.title) },
    { text: stuck.includes(task.id) ? "archived unfinished: it never releases this task" : "", style: style.red },
  ]);
  // The empty row is a heading that keeps every column.
  return table(
    [[{ text: "" }, { text: "" }, { text: "" }, { text: "" }, { text: "" }], ...rows],
    [{}, {}, {}, { shrink: true }, {}],
    width,
  )
    .slice(1)
    .map((line) => `  ${line}`);
}

function comments(list: readonly Comment[], setting: Setting): string[] {
  return list.map((comment) => {
    const via = comment.via === null || comment.via === comment.author ? "" : ` via ${oneLine(comment.via)}`;
    const head = `${setting.style.bold(oneLine(comment.author))}${setting.style.dim(`${via}, ${when(comment.created_at, setting)}`)}`;
    return `  ${head}\n${indent(harmless(comment.body).trim(), "    ", setting.width)}`;
  });
}

function events(list: readonly Event[], setting: Setting): string[] {
  const rows = list.map((event) => {
    const [run, kind, words] = eventCells(event, setting.style);
    return [{ text: `  ${when(event.created_at, setting)}`, style: setting.style.dim }, run, kind, words];
  });
  const none = { text: "" };
  return table(
    [[none, none, none, none], ...rows],
    [{ right: setting.terminal }, {}, {}, { shrink: true }],
    setting.width,
  ).slice(1);
}

function titled(name: string, shown: number, total: number): string {
  if (total === 0) return name;
  return shown === total ? `${name} (${total})` : `${name} (newest ${shown} of ${total}; all with --all)`;
}

function firstOf(name: string, shown: number, total: number): string {
  return shown === total ? name : `${name} (first ${shown} of ${total}; all with --all)`;
}

function section(title: string, lines: readonly string[], { style }: Setting): string {
  return lines.length === 0 ? "" : `${style.bold(title)}\n${lines.join("\n")}`;
}
