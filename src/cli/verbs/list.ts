/**
 * `kanban list`: the tasks of the board, most urgent first.
 *
 * @module
 */
import { KanbanError } from "../../kernel/errors.ts";
import { briefPage, type ListFilter, SORTS, visitBrief } from "../../kernel/reads/listing.ts";
import { filterAt, type FilterQuery, parseFilterQuery, statusesIn } from "../../kernel/reads/filter_query.ts";
import { getView } from "../../kernel/store/saved_views.ts";
import { query as queryText } from "../../../views/shell/filter_query.ts";
import { STATUSES } from "../../kernel/schema.ts";
import type { BriefTask, Explained } from "../../kernel/mod.ts";
import { type Args, choice, integer, text } from "../args.ts";
import { type Cell, jsonItems, type Paint, priorityLabel, statusCell, table, truncate } from "../print/format.ts";
import { FILTER_ARGS, filterIn } from "../flags/filtering.ts";
import { idleHint } from "../hints.ts";
import { type Context, verb } from "../verb.ts";
import { waitsOf, withWaits } from "../waits.ts";
import { count, instant, oneLine, shortSpan } from "../../text.ts";

export default verb({
  name: "list",
  act: "read",
  args: {
    ...FILTER_ARGS,
    view: text("The filter of this saved view, instead of flags", { hint: "NAME" }),
    sort: choice(SORTS, `Order: ${SORTS.join(", ")}`, { hint: "ORDER" }),
    limit: integer("At most so many", { min: 1, max: 1_000_000 }),
  },
  examples: [
    "kanban list --status ready,running",
    "kanban ls --mine",
    "kanban list --json --search invoice",
    "kanban list --assignee coder --assignee tester --not-project web --updated-after 7d --failed",
  ],
  notes: `In a pipe each task is one line of fields with tabs between them: id, status, priority, assignee,
project, time of creation, title. JSON has every field but body and result, which may be long: kanban show ID --json
has them, kanban export those of all tasks.`,
  run(context) {
    const { args, board, who, out, note, hint, stdout, style } = context;
    if (args.mine && args.assignee.length > 0) {
      throw new KanbanError("invalid", "Cannot list tasks: it must be one assignee, got --mine and --assignee");
    }
    const given = filterIn(args, who);
    const query = args.view === undefined ? given : viewQuery(context, args.view, given);
    const { q: search, ...rest } = filterAt(query, board.now());
    const filter = { ...rest, search, status: statusesIn(query), sort: args.sort, limit: args.limit };
    if (context.json || !stdout.terminal) stream(context, filter);
    else {
      const tasks = withWaits(context.home, board, briefPage(board, filter).tasks);
      out(tasks, () => listing(tasks, { style, width: stdout.width, now: board.now() }));
      if (tasks.length === 0) note("No tasks here. Create one with: kanban create TITLE");
    }
    hint(idleHint(context));
  },
});

/** The filter of a saved view, which no flag may narrow further: the two would have to be merged field by field. */
function viewQuery(
  { board, who }: Pick<Context<Args>, "board" | "who">,
  name: string,
  given: FilterQuery,
): FilterQuery {
  if (queryText(given) !== "") {
    throw new KanbanError("invalid", "Cannot list tasks: --view and the flags of a filter cannot be combined");
  }
  return parseFilterQuery(new URLSearchParams(getView(board, who, name).query));
}

/** For programs: written as it is read, so that a list of a million takes no more memory than one of a thousand. */
function stream({ json: asJson, board, home, stdout }: Listed, filter: ListFilter): void {
  if (!asJson) return visitBrief(board, filter, (tasks) => stdout.write(plain(tasks)));
  const explain = waitsOf(home, board);
  const items = jsonItems({ indent: stdout.terminal });
  visitBrief(board, filter, (tasks) => stdout.write(items.next(explain(tasks))));
  stdout.write(items.end());
}

type Listed = Pick<Context<Args>, "json" | "board" | "home" | "stdout">;

/** For programs: fields that do not move, on lines that do not break. */
function plain(tasks: readonly BriefTask[]): string {
  const line = (task: BriefTask) =>
    [
      task.id,
      task.status,
      String(task.priority),
      oneLine(task.assignee ?? ""),
      oneLine(task.tenant ?? ""),
      instant(task.created_at),
      oneLine(task.title),
    ].join("\t");
  return tasks.map((task) => `${line(task)}\n`).join("");
}

interface Setting {
  style: Paint;
  width: number;
  now: number;
}

/** For people: aligned to the terminal, titles cut where they do not fit. */
function listing(tasks: readonly Explained<BriefTask>[], setting: Setting): string {
  const { style, width, now } = setting;
  if (tasks.length === 0) return "";
  const head: Cell[] = ["ID", "P", "STATUS", "ASSIGNEE", "TENANT", "AGE", "TITLE"].map((text) => ({
    text,
    style: style.dim,
  }));
  const rows = tasks.map((task): Cell[] => [
    { text: task.id, style: style.dim },
    {
      text: priorityLabel(task.priority),
      style: task.priority >= 4 ? style.red : task.priority === 3 ? style.yellow : undefined,
    },
    statusCell(task.status, style),
    { text: oneLine(task.assignee ?? "") },
    { text: oneLine(task.tenant ?? ""), style: style.dim },
    { text: shortSpan((now - task.created_at) / 1_000), style: style.dim },
    {
      text: oneLine(task.title),
      style: task.status === "done" || task.status === "archived" ? style.dim : undefined,
    },
  ]);
  const lines = table([head, ...rows], [{}, {}, {}, {}, {}, { right: true }, { shrink: true }], width);
  return [...withReasons(lines, tasks, setting), style.dim(summary(tasks))].join("\n");
}

/** A reason cut to less than this says nothing. */
const REASON_WIDTH_MIN = 24;

/** The lines with a column of what each task waits for, where the terminal has room beside the whole titles. */
function withReasons(
  lines: readonly string[],
  tasks: readonly Explained<BriefTask>[],
  { style, width }: Setting,
): readonly string[] {
  const used = lines.reduce((most, line) => Math.max(most, Bun.stringWidth(line)), 0);
  const room = width - used - 2;
  const reasons = tasks.map(({ waits_for }) => oneLine(waits_for?.words ?? ""));
  if (room < REASON_WIDTH_MIN || reasons.every((words) => words === "")) return lines;
  return lines.map((line, index) => {
    const words = index === 0 ? "WAITS FOR" : reasons[index - 1]!;
    const gap = " ".repeat(used + 2 - Bun.stringWidth(line));
    return words === "" ? line : `${line}${gap}${style.dim(truncate(words, room))}`;
  });
}

/** `12 tasks: 3 ready, 9 done`. */
function summary(tasks: readonly BriefTask[]): string {
  const parts = STATUSES.map((status) => [status, tasks.filter((task) => task.status === status).length] as const);
  const some = parts.filter(([, n]) => n > 0).map(([status, n]) => `${n} ${status}`);
  return `${count(tasks.length, "task")}: ${some.join(", ")}`;
}
