/**
 * The parts of a context about others: attempts, parents, recent work, comments.
 *
 * Lists are read newest first, because the newest are worth more, and written oldest first, because that is
 * how a story is read.
 *
 * @module
 */
import { agentLine } from "../reads/agent_text.ts";
import {
  type Attempt,
  ATTEMPT_FIELDS,
  CONTEXT_LIMITS,
  type ParentResult,
  parentResults,
  newestComments,
  recentWork,
  type ThreadComment,
} from "./context_reads.ts";
import { firstLine } from "../input.ts";
import { GAP, type Piece, quoted, shortened, solid } from "../reads/pieces.ts";
import { quote, quoteLines } from "../reads/quoted_text.ts";
import { NOTHING, type Section, STEP, type Story, when, WORTH } from "./story.ts";

type Written = Parameters<Section["write"]>[0];

export function attempts(story: Story): Section {
  const { rows, total } = story.attempts;
  if (total === 0) return NOTHING;
  const heading = "## Prior attempts";
  const subjects = rows.map((run, i) => attempt(story, run, { number: total - i, age: i }));
  const note = omission(story, { what: "earlier attempts", field: "runs", total });
  return {
    pieces: subjects.flatMap(({ pieces }) => pieces),
    fixed: story.cost(heading + GAP) + note.fixed,
    write(written) {
      const texts = subjects.flatMap((subject) => subject.write(written) ?? []);
      return [heading, ...note.write(total - texts.length, texts.length), ...texts.reverse()].join(GAP);
    },
  };
}

/** How much of a text is worth showing at all, in bytes. */
const LEAST = 256;
/** The same for what the next attempt must know of the last. */
const LEAST_OF_LAST = 768;

function attempt(story: Story, run: Attempt, { number, age }: { number: number; age: number }): Subject {
  const last = age === 0;
  const who = run.profile === null ? [] : [quoteLines(story.mark, `attempt ${number}`, { worker: run.profile })];
  const worth = last ? WORTH.attempt : WORTH.earlier - 3 * age * STEP;
  const worthOf = (name: string) => {
    if (name === "metadata") return last ? WORTH.attempt_facts : worth - 2 * STEP;
    return last ? WORTH.attempt_text : worth - STEP;
  };
  return subject(story, {
    head: [`### Attempt ${number}: ${run.outcome}, ${when(run.ended_at, story.now)} (run ${run.id})`, ...who].join(GAP),
    whose: `attempt ${number}`,
    field: `attempt:${run.id}`,
    worth,
    reserved: last,
    texts: ATTEMPT_FIELDS.map((name) => ({
      name,
      text: run[name],
      worth: worthOf(name),
      reserved: last && name !== "metadata",
      least: last ? LEAST_OF_LAST : LEAST,
    })),
    unread: [],
  });
}

/** So many of the newest parents always have a place. */
const PARENTS_RESERVED = 8;

export function parents(story: Story): Section {
  const { board, key, cost, mark } = story;
  const { rows, total } = parentResults(board, key);
  if (total === 0) return NOTHING;
  const heading = "## Parent results";
  const subjects = rows
    .slice(0, CONTEXT_LIMITS.parents)
    .map((parent, i) => parentSubject(story, parent, i < PARENTS_RESERVED));
  const brief = quotedLines(story, {
    what: "earlier parents, first line of each",
    worth: WORTH.parent_line,
    lines: rows
      .slice(CONTEXT_LIMITS.parents)
      .map(({ id, summary, result, title }) => `- ${id}: ${agentLine(firstLine(summary ?? result ?? title, 120))}`),
  });
  const note = omission(story, { what: "earlier parents", field: "parents", total });
  return {
    pieces: [...subjects.flatMap(({ pieces }) => pieces), ...brief.pieces],
    fixed: cost(heading + GAP) + note.fixed,
    write(written) {
      const texts = subjects.flatMap((parent) => parent.write(written) ?? []);
      const lines = brief.write(written);
      const list = lines.length === 0 ? [] : [quote(mark, brief.what, lines.join("\n"))];
      return [heading, ...note.write(total - texts.length - lines.length, 0), ...list, ...texts.reverse()].join(GAP);
    },
  };
}

/** Names and folders of parents stay short: there may be many parents. */
const TITLE_BYTES = 320;
const NAME_BYTES = 120;

function parentSubject(story: Story, parent: ParentResult, reserved: boolean): Subject {
  const { cost, mark, now } = story;
  const { id, summary, metadata, result } = parent;
  const age = parent.ended_at === null ? parent.status : `${parent.status}, ${when(parent.ended_at, now)}`;
  const short = (text: string, most: number) => shortened(agentLine(text), most, cost);
  const about = quoteLines(mark, id, {
    title: short(parent.title, TITLE_BYTES),
    worker: short(parent.profile ?? parent.assignee ?? "nobody", NAME_BYTES),
    workspace:
      parent.workspace_path === null ? null : `${parent.workspace_kind} ${short(parent.workspace_path, TITLE_BYTES)}`,
    branch: parent.branch === null ? null : short(parent.branch, NAME_BYTES),
  });
  const bare = summary === null && metadata === null;
  const none = bare && result === null ? ["(no handoff)"] : [];
  return subject(story, {
    head: [`### ${id} (${age})`, about, ...none].join(GAP),
    whose: id,
    field: `parent:${id}`,
    worth: WORTH.parent,
    reserved,
    texts: [
      { name: "summary", text: summary, worth: WORTH.handoff, reserved, least: LEAST },
      { name: "metadata", text: metadata, worth: WORTH.parent_facts, reserved: false, least: LEAST },
      { name: "result", text: bare ? result : null, worth: WORTH.handoff, reserved, least: LEAST },
    ],
    // A handoff without a summary has its result as summary.
    unread: !bare && result !== null && result !== summary ? ["result"] : [],
  });
}

export function recent(story: Story): Section {
  const { board, task, key, now, cost, mark } = story;
  const works = task.assignee === null ? [] : recentWork(board, key, task.assignee);
  if (works.length === 0) return NOTHING;
  const heading = "## Recent work of the same assignee";
  const list = quotedLines(story, {
    what: "recent work",
    worth: WORTH.recent,
    lines: works.map((work) => {
      const summary = work.summary === null ? "" : `: ${agentLine(firstLine(work.summary, 200))}`;
      return `- ${work.id} "${agentLine(firstLine(work.title, 120))}", ${when(work.ended_at, now)}${summary}`;
    }),
  });
  return {
    pieces: list.pieces,
    fixed: cost(heading + GAP),
    write(written) {
      const lines = list.write(written);
      return lines.length === 0 ? "" : `${heading}${GAP}${quote(mark, list.what, lines.join("\n"))}`;
    },
  };
}

/** So many comments are worth more than facts for programs and earlier attempts. */
const COMMENTS_FIRST = 5;

export function comments(story: Story): Section {
  const { rows, total, human } = newestComments(story.board, story.key);
  if (total === 0) return NOTHING;
  const heading = "## Comments";
  const older = human === null || rows.some(({ id }) => id === human.id) ? [] : [human];
  const pieces = [...rows, ...older].map((comment, i) => {
    const reserved = comment.id === human?.id;
    const worth = (i < COMMENTS_FIRST ? WORTH.comment : WORTH.older_comment) - i * STEP;
    return commentPiece(story, comment, { worth: reserved ? WORTH.person : worth, reserved });
  });
  const note = omission(story, { what: "earlier comments", field: "comments", total });
  return {
    pieces,
    fixed: story.cost(heading + GAP) + note.fixed,
    write(written) {
      const texts = pieces.map(written);
      const there = texts.filter((text) => text !== null);
      const newest = texts.indexOf(null) < 0 ? rows.length : texts.indexOf(null);
      return [heading, ...note.write(total - there.length, Math.min(newest, rows.length)), ...there.reverse()].join(
        GAP,
      );
    },
  };
}

function commentPiece(story: Story, comment: ThreadComment, worth: { worth: number; reserved: boolean }): Piece {
  const { id, author, via, body, created_at } = comment;
  const { rows, total } = story.attempts;
  // What a worker asks is kept as its summary and as a comment; it is read once.
  const asked = rows.findIndex(({ outcome, summary }) => outcome === "blocked" && body === `BLOCKED: ${summary}`);
  const at = `comment, ${when(created_at, story.now)}`;
  if (asked >= 0) return solid(story, `(${at}: what attempt ${total - asked} asked, see there)`, worth);
  const who = via !== null && via !== author ? `${author} (written by ${via})` : author;
  return quoted(story, {
    what: at,
    head: `from: ${agentLine(who)}\n\n`,
    text: body,
    field: `comment:${id}`,
    most: CONTEXT_LIMITS.comment_bytes,
    least: LEAST,
    ...worth,
  });
}

/** A head, the texts under it, and a line that says which of them are not there. */
interface Subject {
  readonly pieces: Piece[];
  /** Null when there is no room for it. */
  write(written: Written): string | null;
}

interface SubjectText {
  name: string;
  text: string | null;
  worth: number;
  reserved: boolean;
  least: number;
}

interface SubjectParts {
  head: string;
  /** In our own words. */
  whose: string;
  /** The name under which all of it is fetched. */
  field: string;
  worth: number;
  reserved: boolean;
  texts: SubjectText[];
  /** Texts that are never part of a context. */
  unread: string[];
}

function subject(story: Story, { head, whose, field, worth, reserved, texts, unread }: SubjectParts): Subject {
  const left = (names: string[]) => `(left out: ${names.join(", ")}; ${story.call(field)})`;
  const given = texts.flatMap(({ name, text, ...rest }) => {
    if (text === null) return [];
    const most = CONTEXT_LIMITS.field_bytes;
    return [
      { name, piece: quoted(story, { what: `${name} of ${whose}`, text, field: `${field}.${name}`, most, ...rest }) },
    ];
  });
  const names = [...given.map(({ name }) => name), ...unread];
  const top = solid(story, head, { worth, reserved, beside: names.length === 0 ? "" : `${GAP}${left(names)}` });
  return {
    pieces: [top, ...given.map(({ piece }) => piece)],
    write(written) {
      if (written(top) === null) return null;
      const there = given.map(({ name, piece }) => ({ name, text: written(piece) }));
      const missing = [...there.flatMap(({ name, text }) => (text === null ? [name] : [])), ...unread];
      const note = missing.length === 0 ? [] : [left(missing)];
      return [head, ...there.flatMap(({ text }) => text ?? []), ...note].join(GAP);
    },
  };
}

/** Lines of one quotation, each of which is there or not. `write` gives the lines, oldest first. */
function quotedLines(story: Story, { what, worth, lines }: { what: string; worth: number; lines: string[] }) {
  const frame = solid(story, quote(story.mark, what, ""), { worth });
  const pieces = lines.map((line, i) => solid(story, line, { worth: worth - (i + 1) * STEP, gap: "\n" }));
  return {
    what,
    pieces: lines.length === 0 ? [] : [frame, ...pieces],
    write: (written: Written) => pieces.flatMap((piece) => written(piece) ?? []).reverse(),
  };
}

/** The line that says how many of a list are not there, and how they are fetched. */
function omission(story: Story, { what, field, total }: { what: string; field: string; total: number }) {
  const text = (n: number, from: number) => `… ${n} ${what} omitted …\n${story.rest(field, from)}`;
  return {
    fixed: story.cost(text(total, total) + GAP),
    write: (n: number, from: number) => (n > 0 ? [text(n, from)] : []),
  };
}
