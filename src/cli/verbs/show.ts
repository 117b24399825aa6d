/**
 * `kanban show`: one task and everything about it.
 *
 * @module
 */
import type { Home } from "../../home.ts";
import { boundedPage } from "../../kernel/context/bounded_page.ts";
import { holdOf } from "../../kernel/tasks/holds.ts";
import { neverReleased } from "../../kernel/reads/relatives.ts";
import { showTask } from "../../kernel/reads/task_page.ts";
import type { Board, Run, Task } from "../../kernel/mod.ts";
import { task, toggle } from "../args.ts";
import { placesOf } from "../files/run_places.ts";
import { verb } from "../verb.ts";
import { withWaits } from "../waits.ts";
import { count } from "../../text.ts";

/** What JSON takes without --all: as much as one text may be, twice. */
const PAGE_BYTES = 2 * 1024 * 1024;

export default verb({
  name: "show",
  act: "read",
  args: {
    id: task("Task to show"),
    all: toggle("All of it: every event, run, comment and relative (default: 50, 50, 100, 100), long texts in JSON"),
  },
  examples: ["kanban show t_1a2b", "kanban show t_1a2b --all --json"],
  notes: `JSON is whole up to 2 MiB. Beyond that its longest texts are cut, those of events, runs and comments first,
and end with "… N bytes omitted …"; --all cuts nothing. totals says how much there is of each list.`,
  async run({ args, board, home, id, out, hint, json, style, stdout }) {
    const full = id(args.id);
    const limits = args.all ? { events: 1e9, runs: 1e9, comments: 1e9, relatives: 1e9 } : {};
    const page = showTask(board, full, limits);
    const task = withWaits(home, board, [page.task])[0]!;
    const { runs } = page;
    if (json) return out(args.all ? page : boundedPage(page, PAGE_BYTES).page, () => "");
    const { nextStep, taskPage } = await import("../print/task_page.ts"); // Programs ask for JSON, and often.
    const open = runs.find((run) => run.id === task.current_run_id);
    const retrying = open === undefined ? null : await retryingNow(home, open);
    const extras = {
      neverReleased: neverReleased(board, full),
      workspace: await worktreeLines(board, home, task),
      waits: task.waits_for,
      retrying,
      hold: task.status === "ready" ? holdOf(board, task.assignee) : null,
    };
    const places = await placesOf(runs);
    const setting = { style, terminal: stdout.terminal, width: stdout.width, now: board.now(), places };
    out(page, () => taskPage(page, extras, setting));
    if (stdout.terminal) hint(nextStep(task, runs.at(-1)));
  },
});

/** The request that the agent of an open run makes again, or null. */
async function retryingNow(home: Home, run: Run): Promise<string | null> {
  if (run.pid === null) return null;
  const { recentOutput } = await import("../../dispatcher/mod.ts");
  const recent = recentOutput(home, run);
  if (recent === null) return null;
  const { retryingOf } = await import("../../agents/mod.ts");
  return retryingOf(recent.agent, recent.output);
}

/** What git says about a worktree: its branch, and what is in it that is nowhere else. */
async function worktreeLines(board: Board, home: Home, task: Task): Promise<string[]> {
  if (task.workspace_kind !== "worktree" || task.workspace_path === null) return [];
  const { ignoredInWords, worktreeStatus } = await import("../../dispatcher/mod.ts");
  const look = await worktreeStatus(board, home, task.workspace_path);
  if (look.kind === "none") return [];
  if (look.kind === "refused") return [`not looked at: ${look.problem}`, ...(look.hint === null ? [] : [look.hint])];
  const { branch, commits_ahead, changed_files, ignored, locked, busy } = look.status;
  const facts = [
    branch === null ? "on no branch" : `branch ${branch}`,
    `${count(commits_ahead, "commit")} ahead`,
    changed_files.length === 0 ? "nothing uncommitted" : `${count(changed_files.length, "file")} changed`,
    ...(ignored.length === 0 ? [] : [ignoredInWords(ignored)]),
    ...(busy === null ? [] : [`in the middle of ${busy}`]),
    ...(locked === null ? [] : [`locked: ${locked}`]),
  ];
  return [facts.join(", "), ...[...changed_files, ...ignored.map(({ path }) => path)].slice(0, 10)];
}
