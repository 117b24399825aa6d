/**
 * The scripted worker: obeys the directives in a task's body through the real board.
 *
 * It needs no account and no model, but it is a worker like every other: a process of its own that
 * finds its run in the environment, reads the worker context, and writes under its run id. A write
 * that the board refuses ends it with exit 1, as a late worker must end.
 *
 * @module
 */
import { prepareHome, homeOf, workerEnv, type WorkerEnv } from "../home.ts";
import { blockTask, completeTask, heartbeat } from "../kernel/tasks/claims.ts";
import { addComment } from "../kernel/tasks/comments.ts";
import { buildContext } from "../kernel/context/worker_context.ts";
import { closeBoard, patiently, read } from "../kernel/store/db.ts";
import { openBoard, upgradeNote } from "../kernel/store/open.ts";
import { KanbanError } from "../kernel/errors.ts";
import { underRun } from "../kernel/tasks/fence.ts";
import { showTask } from "../kernel/reads/task_page.ts";
import { listRuns } from "../kernel/tasks/runs.ts";
import { createTask } from "../kernel/tasks/tasks.ts";
import type { Board, JsonObject, TaskPage } from "../kernel/mod.ts";
import { type Directive, parseDirectives } from "./directives.ts";

/** The worker's surroundings; tests replace them, a real worker prints, sleeps and dies for real. */
export interface DemoOptions {
  print?: (line: string) => void;
  sleep?: (ms: number) => Promise<void>;
  kill?: () => void;
}

/**
 * Works on the task of `worker` until a directive ends the run or the body ends, and returns the
 * exit code that this process should leave.
 */
export async function runDemoWorker(board: Board, worker: WorkerEnv, options: DemoOptions = {}): Promise<number> {
  const { print = console.log, sleep = Bun.sleep, kill = () => process.kill(process.pid, "SIGKILL") } = options;
  try {
    const { page, attempt } = await orient(board, worker, print);
    let metadata: JsonObject | undefined;
    const directives = parseDirectives(page.task.body ?? "").filter((d) => d.attempt === null || d.attempt === attempt);
    for (const directive of directives) {
      // The last line of the log is on the board's card: a note says more there than a sleep.
      if (directive.verb === "heartbeat" && directive.text !== null) print(directive.text);
      else if (directive.verb !== "sleep") print(`line ${directive.line}: ${directive.verb}`);
      if (directive.verb === "sleep") await sleep(directive.ms);
      else if (directive.verb === "metadata") metadata = { ...metadata, ...directive.value };
      else if (directive.verb === "kill") kill();
      else if (directive.verb === "exit") return directive.code;
      else if (directive.verb === "fail") return (print(directive.text), 1);
      else if (directive.verb === "complete") return await complete(directive.text ?? "done", metadata);
      else if (await patiently(() => obey(board, worker, directive))) return 0;
    }
    const obeyed = directives.length === 0 ? "no directive in the body, so nothing was done" : "obeyed every directive";
    return await complete(`${obeyed} (attempt ${attempt})`, metadata);
  } catch (error) {
    if (!(error instanceof KanbanError)) throw error;
    print(`stopping: ${error.message}`);
    return 1;
  }

  async function complete(summary: string, metadata: JsonObject | undefined): Promise<number> {
    const { task, run } = worker;
    await patiently(() =>
      underRun(board, { taskId: task, runId: run }, "complete", [task], () =>
        completeTask(board, task, { runId: run, summary, ...(metadata && { metadata }) }),
      ),
    );
    print(`completed: ${summary}`);
    return 0;
  }
}

/** Reads what a real agent reads first, and says in the log what there was to learn. */
async function orient(
  board: Board,
  worker: WorkerEnv,
  print: (line: string) => void,
): Promise<{ page: TaskPage; attempt: number }> {
  const { page, context } = await patiently(() =>
    read(board, () => ({
      page: showTask(board, worker.task),
      context: buildContext(board, worker.task),
    })),
  );
  const attempt = page.totals.runs;
  print(`${worker.task} run ${worker.run}, attempt ${attempt}: ${page.task.title}`);
  print(`context: ${context.length} characters, ${page.parents.length} parents, ${page.comments.length} comments`);
  for (const parent of page.parents) {
    const handoff = listRuns(board, parent.id, { limit: 1 })[0]?.summary;
    print(`handed over by ${parent.id} (${parent.title}): ${handoff ?? "nothing"}`);
  }
  for (const run of page.runs) {
    if (run.outcome) print(`earlier run ${run.id} ${run.outcome}: ${run.summary ?? run.error ?? "no word left"}`);
  }
  for (const comment of page.comments.slice(-3)) print(`comment by ${comment.author}: ${comment.body}`);
  return { page, attempt };
}

/** Does one directive that changes the board; true when it ended the run. */
function obey(board: Board, worker: WorkerEnv, directive: Directive): boolean {
  const { task, run, profile, tenant } = worker;
  const author = profile ?? "demo";
  const me = { taskId: task, runId: run };
  switch (directive.verb) {
    case "heartbeat":
      underRun(board, me, "heartbeat", [task], () =>
        heartbeat(board, task, { runId: run, ...(directive.text && { note: directive.text }) }),
      );
      return false;
    case "comment":
      underRun(board, me, "comment", [task], () => addComment(board, task, { body: directive.text, author }));
      return false;
    case "create":
      underRun(board, me, "create", [], () =>
        createTask(board, {
          title: directive.text,
          assignee: author,
          parents: [task],
          tenant,
          created_by: author,
          from_task: task,
          // A second attempt obeys the whole body again, and must not leave a second child.
          idempotency_key: `${task}:line-${directive.line}`,
        }),
      );
      return false;
    case "block":
      underRun(board, me, "block", [task], () => blockTask(board, task, { runId: run, reason: directive.text }));
      return true;
    default:
      throw new TypeError(`Cannot obey "${directive.verb}": it changes nothing on the board`);
  }
}

/** What the process of a `demo` worker does: finds its run in the environment, works, and exits. */
export async function demoMain(): Promise<never> {
  const worker = workerEnv();
  if (worker === null) {
    console.error("error: Cannot work: KANBAN_TASK and KANBAN_RUN must be set, a dispatcher sets them");
    process.exit(2);
  }
  const home = homeOf();
  prepareHome(home);
  const upgraded = (copy: string) => console.error(upgradeNote(copy));
  const board = openBoard(home.db, { actor: worker.profile ?? "demo", upgraded });
  const code = await runDemoWorker(board, worker);
  closeBoard(board);
  process.exit(code);
}
