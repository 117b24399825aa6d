/**
 * The worker's context: the whole story of a task as one bounded text.
 *
 * In this order: header, body, prior attempts, parent results, the assignee's recent work, comments.
 * Whatever others wrote or chose, titles and names too, is quoted between marks that nobody can guess
 * beforehand and is introduced as data, so that it cannot pose as an instruction of the board. Every part is capped with a
 * visible marker; of lists the newest are kept. A thousand attempts cost no more than ten.
 *
 * @module
 */
import { agentLine, agentText } from "./agent_text.ts";
import { all, type Board, one, read } from "./db.ts";
import { findKey } from "./ids.ts";
import { firstLine, INSTANT_MAX } from "./input.ts";
import { markNote, newMark, quote, quoteLines } from "./quoted_text.ts";
import { getTask } from "./tasks.ts";
import type { Task } from "./schema.ts";

/** Sizes in bytes of UTF-8, counts in entries. */
export const CONTEXT_LIMITS = {
  attempts: 10,
  comments: 30,
  parents: 30,
  parent_lines: 500,
  recent: 5,
  field_bytes: 4 * 1024,
  body_bytes: 8 * 1024,
  comment_bytes: 2 * 1024,
  path_bytes: 4 * 1024,
  skills: 50,
} as const;

/** How many of the board's newest runs are looked through for the assignee's recent work. */
const RECENT_WINDOW = 5_000;

/**
 * Builds the context of a task from one snapshot.
 *
 * @param options.boundary The fence; default random. Tests pass one to compare texts.
 * @throws {KanbanError} `not_found`.
 */
export function buildContext(board: Board, taskId: string, options: { boundary?: string } = {}): string {
  const boundary = options.boundary ?? newMark();
  return read(board, () => {
    const story: Story = {
      board,
      task: getTask(board, taskId),
      key: findKey(board, taskId)!,
      now: board.now(),
      boundary,
    };
    const parts = [header(story), body(story), attempts(story), parents(story), recentWork(story), comments(story)];
    return `${parts.filter((part) => part !== "").join("\n\n")}\n`;
  });
}

interface Story {
  board: Board;
  task: Task;
  key: number;
  now: number;
  boundary: string;
}

function header({ task, boundary }: Story): string {
  const path = task.workspace_path === null ? "" : cutText(agentLine(task.workspace_path), CONTEXT_LIMITS.path_bytes);
  const skills = task.skills.slice(0, CONTEXT_LIMITS.skills);
  return [
    `# Task ${task.id}`,
    "",
    `- status: ${task.status}`,
    ...(skills.length === 0
      ? []
      : [`- skills: ${[...skills, ...omitted(task.skills.length - skills.length, "skills")].join(", ")}`]),
    ...(task.review ? ["- a person approves the result before it counts as done"] : []),
    "",
    markNote(boundary),
    "",
    quoteLines(boundary, "task", {
      title: task.title,
      assignee: task.assignee ?? "nobody",
      tenant: task.tenant,
      workspace: `${task.workspace_kind} ${path}`,
      "created by": task.created_by,
    }),
  ].join("\n");
}

function body(story: Story): string {
  const { task } = story;
  if (task.body === null) return "## Body\n\n(none: the title is all there is)";
  const text = fence(story, "body", cut(task.body, CONTEXT_LIMITS.body_bytes));
  return `## Body\n\nWhat is asked for, in the words of whoever created the task.\n\n${text}`;
}

interface Attempt {
  id: number;
  outcome: string;
  profile: string | null;
  started_at: number;
  ended_at: number;
  summary: string | null;
  error: string | null;
  last_words: string | null;
  metadata: string | null;
}

function attempts(story: Story): string {
  const { board, key, now, boundary } = story;
  const total = count(board, "SELECT count(*) AS n FROM task_runs WHERE task_key = $key AND ended_at IS NOT NULL", key);
  if (total === 0) return "";
  const shown = all<Attempt>(
    board,
    `SELECT id, outcome, profile, started_at, ended_at, summary, error, metadata,
       iif(summary IS NULL, last_words, NULL) AS last_words FROM task_runs
     WHERE task_key = $key AND ended_at IS NOT NULL ORDER BY slot DESC LIMIT $limit + 0`,
    { key, limit: CONTEXT_LIMITS.attempts },
  ).reverse();
  const lines = shown.map((run, i) => {
    const number = total - shown.length + i + 1;
    const head = `### Attempt ${number}: ${run.outcome}, ${when(run.ended_at, now)} (run ${run.id})`;
    const who = run.profile === null ? [] : [quoteLines(boundary, `attempt ${number}`, { worker: run.profile })];
    return [head, ...who, ...fields(story, `attempt ${number}`, run)].join("\n\n");
  });
  return ["## Prior attempts", ...omitted(total - shown.length, "earlier attempts"), ...lines].join("\n\n");
}

interface ParentResult {
  id: string;
  title: string;
  status: string;
  assignee: string | null;
  result: string | null;
  profile: string | null;
  ended_at: number | null;
  summary: string | null;
  metadata: string | null;
}

function parents(story: Story): string {
  const { board, key, now, boundary } = story;
  const total = count(board, "SELECT count(*) AS n FROM task_links WHERE child_key = $key", key);
  if (total === 0) return "";
  const newest = all<ParentResult>(
    board,
    `SELECT p.id, p.title, p.status, p.assignee, p.result, r.profile, r.ended_at, r.summary, r.metadata
     FROM task_links l JOIN tasks p ON p.key = l.parent_key
     LEFT JOIN task_runs r ON r.id = (SELECT id FROM task_runs WHERE task_key = p.key AND outcome = 'completed'
       ORDER BY slot DESC LIMIT 1)
     WHERE l.child_key = $key ORDER BY coalesce(p.completed_at, 0) DESC, p.key DESC LIMIT $limit + 0`,
    { key, limit: CONTEXT_LIMITS.parents + CONTEXT_LIMITS.parent_lines },
  );
  const full = newest.slice(0, CONTEXT_LIMITS.parents).reverse();
  const brief = newest.slice(CONTEXT_LIMITS.parents).reverse();
  const sections = full.map((parent) => {
    const age = parent.ended_at === null ? parent.status : `${parent.status}, ${when(parent.ended_at, now)}`;
    const { summary, metadata, result, title } = parent;
    const left = summary === null && metadata === null ? { result } : { summary, metadata };
    const handoff = fields(story, parent.id, left);
    const about = quoteLines(boundary, parent.id, { title, worker: parent.profile ?? parent.assignee ?? "nobody" });
    return [`### ${parent.id} (${age})`, about, ...(handoff.length === 0 ? ["(no handoff)"] : handoff)].join("\n\n");
  });
  const briefly = brief.map(
    (parent) => `- ${parent.id}: ${agentLine(firstLine(parent.summary ?? parent.result ?? parent.title, 120))}`,
  );
  const list = briefly.length === 0 ? [] : [fence(story, "earlier parents, first line of each", briefly.join("\n"))];
  return ["## Parent results", ...omitted(total - newest.length, "earlier parents"), ...list, ...sections].join("\n\n");
}

function recentWork(story: Story): string {
  const { board, task, key, now } = story;
  if (task.assignee === null) return "";
  const newest = all<{ id: string; title: string; ended_at: number; summary: string | null }>(
    board,
    `SELECT t.id, t.title, r.ended_at, r.summary FROM task_runs r JOIN tasks t ON t.key = r.task_key
     WHERE r.id > (SELECT coalesce(max(id), 0) FROM task_runs) - $window
       AND r.profile = $assignee AND r.outcome = 'completed' AND r.task_key <> $key
     ORDER BY r.id DESC LIMIT $limit + 0`,
    { assignee: task.assignee, key, window: RECENT_WINDOW, limit: CONTEXT_LIMITS.recent * 10 },
  );
  // A task that was completed again and again counts once, with its newest handoff.
  const seen = new Set<string>();
  const distinct = newest.filter(({ id }) => !seen.has(id) && seen.add(id));
  const runs = distinct.slice(0, CONTEXT_LIMITS.recent).reverse();
  if (runs.length === 0) return "";
  const lines = runs.map((run) => {
    const summary = run.summary === null ? "" : `: ${agentLine(firstLine(run.summary, 200))}`;
    return `- ${run.id} "${agentLine(firstLine(run.title, 120))}", ${when(run.ended_at, now)}${summary}`;
  });
  return `## Recent work of the same assignee\n\n${fence(story, "recent work", lines.join("\n"))}`;
}

function comments(story: Story): string {
  const { board, key, now } = story;
  const total = count(board, "SELECT count(*) AS n FROM task_comments WHERE task_key = $key", key);
  if (total === 0) return "";
  const shown = all<{ author: string; via: string | null; body: string; created_at: number }>(
    board,
    "SELECT author, via, body, created_at FROM task_comments WHERE task_key = $key ORDER BY id DESC LIMIT $limit + 0",
    { key, limit: CONTEXT_LIMITS.comments },
  ).reverse();
  const fenced = shown.map(({ author, via, body: text, created_at }) => {
    const who = via !== null && via !== author ? `${author} (written by ${via})` : author;
    const said = cut(text, CONTEXT_LIMITS.comment_bytes);
    return fence(story, `comment, ${when(created_at, now)}`, `from: ${agentLine(who)}\n\n${said}`);
  });
  return ["## Comments", ...omitted(total - shown.length, "earlier comments"), ...fenced].join("\n\n");
}

const FIELDS = ["summary", "error", "last_words", "metadata", "result"] as const;

/** The handoff fields that are there, each in a fence of its own. */
function fields(story: Story, whose: string, from: Partial<Record<(typeof FIELDS)[number], string | null>>): string[] {
  return FIELDS.flatMap((name) => {
    const text = from[name];
    return text == null ? [] : [fence(story, `${name} of ${whose}`, cut(text, CONTEXT_LIMITS.field_bytes))];
  });
}

function fence({ boundary }: Story, what: string, text: string): string {
  return quote(boundary, what, text);
}

/** What is invisible takes no room of what is read. */
function cut(text: string, bytes: number): string {
  return cutText(agentText(text), bytes);
}

/** The beginning of a text, at most `bytes` of it, and how much was left out. */
export function cutText(text: string, bytes: number): string {
  const whole = Buffer.from(text);
  if (whole.length <= bytes) return text;
  // A cut in the middle of a character leaves U+FFFD at the end: drop it.
  const kept = whole
    .subarray(0, bytes)
    .toString()
    .replace(/\ufffd+$/, "");
  return `${kept}\n… ${whole.length - Buffer.byteLength(kept)} bytes omitted …`;
}

function omitted(n: number, what: string): string[] {
  return n > 0 ? [`… ${n} ${what} omitted …`] : [];
}

function when(at: number, now: number): string {
  const seconds = Math.max(0, Math.floor((now - at) / 1_000));
  const [n, unit] =
    seconds < 60
      ? [seconds, "s"]
      : seconds < 3_600
        ? [Math.floor(seconds / 60), "min"]
        : seconds < 86_400
          ? [Math.floor(seconds / 3_600), "h"]
          : [Math.floor(seconds / 86_400), "d"];
  return `${new Date(Math.min(INSTANT_MAX, Math.max(0, at))).toISOString().slice(0, 16)}Z, ${n} ${unit} ago`;
}

function count(board: Board, sql: string, key: number): number {
  return one<{ n: number }>(board, sql, { key })!.n;
}
