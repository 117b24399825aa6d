/**
 * Helpers for tests of the notifier: a home with a board, a notifier that is quick to try again, chats
 * that listen.
 *
 * @module
 */
import { writeFileSync } from "node:fs";
import { homeOf, prepareHome } from "../../home.ts";
import { blockTask, type Board, closeBoard, createTask, openBoard, unblockTask } from "../../kernel/mod.ts";
import { type Answer, chatServer, type ChatServer } from "./chat_server.ts";
import { tempDir } from "../mod.ts";
import { type Notifier, type NotifierOptions, startNotifier } from "../../notify/mod.ts";

/** How to close what a test opened. */
export const closing: (() => unknown)[] = [];

/** Closes it, the newest first. Give it to `afterEach`: a hook here would be that of the first file alone. */
export async function closeAll(): Promise<void> {
  for (const close of closing.splice(0).reverse()) await close();
}

/** A home on disk with a board that the test writes to, as another process would. */
export function setup() {
  const dir = tempDir();
  closing.push(dir.remove);
  const home = homeOf({ KANBAN_HOME: dir.path });
  prepareHome(home);
  const board = openBoard(home.db, { actor: "ann" });
  closing.push(() => closeBoard(board));
  const warnings: string[] = [];
  return {
    home,
    board,
    warnings,
    /** Writes the notify section. JSON is YAML. */
    configure: (notify: object) => writeFileSync(home.config, JSON.stringify({ notify })),
    /** Starts a notifier that is quick to try again. */
    start(options: NotifierOptions = {}): Notifier {
      const notifier = startNotifier(home, {
        backoffMs: () => 5,
        timeoutMs: 5_000,
        warn: (line) => warnings.push(line),
        ...options,
      });
      closing.push(() => {
        notifier.stop();
        return notifier.done;
      });
      return notifier;
    },
    create: (title = "Translate README", more: { review?: boolean } = {}) =>
      createTask(board, { title, assignee: "coder", ...more }).task.id,
  };
}

export function server(answer?: Answer): ChatServer {
  const started = chatServer(answer);
  closing.push(started.stop);
  return started;
}

export const HOOK = (chat_id: string) => ({ platform: "webhook", chat_id });
export const texts = ({ received }: ChatServer): string[] => received.map(({ json }) => json.text ?? json.content);

/** Blocks and unblocks a task: one event to tell of. */
export function ask(board: Board, id: string, reason: string): void {
  blockTask(board, id, { reason });
  unblockTask(board, id);
}
