/**
 * A program that writes to a board all the time, as people and agents do, and keeps how long it waited.
 *
 * Started with the board's path; at SIGTERM it prints what it has and ends.
 *
 * @module
 */
import { closeBoard, completeTask, createTask, KanbanError, openBoard } from "../../src/kernel/mod.ts";

/** What the writer prints. */
export interface Waits {
  /** Each write's time, in milliseconds. */
  ms: number[];
  /** What callers were told instead of an answer. */
  errors: string[];
}

/** Between two writes: a board with a few hundred writes a second is a busy one. */
const PAUSE_MS = 3;

if (import.meta.main) {
  const board = openBoard(process.argv[2]!, { actor: "writer" });
  const waits: Waits = { ms: [], errors: [] };
  let over = false;
  process.on("SIGTERM", () => (over = true));
  const timed = (write: () => void) => {
    const started = performance.now();
    try {
      write();
    } catch (error) {
      if (!(error instanceof KanbanError)) throw error;
      waits.errors.push(`${error.code}: ${error.message}`);
    }
    waits.ms.push(performance.now() - started);
  };
  for (let i = 0; i < 20; i++) createTask(board, { title: "the code is compiled" });
  process.send?.("ready");
  while (!over) {
    let id = "";
    timed(() => (id = createTask(board, { title: "while all is tidied up", body: "b".repeat(500) }).task.id));
    await Bun.sleep(PAUSE_MS);
    if (id !== "") timed(() => completeTask(board, id, { summary: "done" }));
    await Bun.sleep(PAUSE_MS);
  }
  closeBoard(board);
  process.stdout.write(JSON.stringify(waits));
}
