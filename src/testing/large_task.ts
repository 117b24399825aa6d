/**
 * The largest task that a board of this size can hold: what is read of it has to stay within its bounds.
 *
 * @module
 */
import {
  addComment,
  asActor,
  blockTask,
  type Board,
  claimTask,
  completeTask,
  createTask,
  reclaimTask,
  unblockTask,
  write,
} from "../kernel/mod.ts";

/** What texts are made of: the kinds that cost most, in one form or another. */
export const FILLERS: Readonly<Record<string, string>> = {
  "plain text": "the quick brown fox jumps over the lazy dog, ",
  "quotes and line ends": 'say "so"\n\\\t',
  emoji: "🗂👩‍👩‍👧‍👦❤️",
  CJK: "看板は作業の流れを見える化する。",
};

const MIB = 1024 * 1024;

/** A text of `bytes` or a little less. */
export function filled(filler: string, bytes: number): string {
  return filler.repeat(Math.floor(bytes / Buffer.byteLength(filler)));
}

/** How much of each there is. */
export const LARGE = { parents: 6, comments: 200, attempts: 60, children: 5_000 };

/**
 * A task with a body of 1 MiB, six parents that handed over 2 MiB each, 200 comments, 60 attempts and as many
 * children as asked for. The newest comment of a person is older than all that agents wrote after it.
 */
export function largeTask(
  board: Board,
  filler: string,
  { children = LARGE.children }: { children?: number } = {},
): string {
  const text = filled(filler, MIB);
  const facts = { log: filled(filler, MIB / 2 - 1_000) };
  return write(board, () => {
    const parents = Array.from({ length: LARGE.parents }, (_, i) => {
      const parent = createTask(board, { title: `parent ${i} ${filled(filler, 400)}`, assignee: "writer", body: text });
      claimTask(board, parent.task.id, { claimer: "writer" });
      completeTask(board, parent.task.id, { summary: `handoff ${i} ${text.slice(20)}`, result: text, metadata: facts });
      return parent.task.id;
    });
    const title = `large ${filled(filler, 400)}`;
    const { task } = createTask(board, { title, body: text, assignee: "coder", parents });
    for (let i = 0; i < LARGE.attempts; i++) {
      claimTask(board, task.id, { claimer: "coder" });
      const words = `attempt ${i} ${filled(filler, 20_000)}`;
      if (i % 2 === 0) reclaimTask(board, task.id, { reason: words });
      else {
        blockTask(asActor(board, "coder"), task.id, { reason: words });
        unblockTask(board, task.id);
      }
    }
    const asked = LARGE.attempts / 2;
    for (let i = asked; i < LARGE.comments; i++) {
      const body = `comment ${i} ${filled(filler, 10_000)}`;
      if (i === 100) addComment(board, task.id, { body: `decision ${body}`, author: "boss" });
      else addComment(board, task.id, { body, author: "coder", via: "coder" });
    }
    for (let i = 0; i < children; i++) createTask(board, { title: `child ${i}`, parents: [task.id] });
    return task.id;
  });
}
