/**
 * The worker's context: the whole story of a task as one text within a budget.
 *
 * In this order: header, body, prior attempts, parent results, the assignee's recent work, comments. Text that others
 * wrote or chose, titles and names too, is quoted between marks that cannot be guessed beforehand and is introduced
 * as data, so that it cannot pose as an instruction of the board. The budget is spent by worth (`WORTH`), of equals
 * on the newest; each cut names the call that fetches the rest, and no text is there twice. A thousand attempts cost
 * no more than ten.
 *
 * @module
 */
import { agentLine } from "../reads/agent_text.ts";
import { spend } from "../reads/budget.ts";
import { attempts, comments, parents, recent } from "./context_sections.ts";
import { CONTEXT_LIMITS, endedAttempts } from "./context_reads.ts";
import { type Board, read } from "../store/db.ts";
import { findKey } from "../store/ids.ts";
import {
  COSTS,
  GAP,
  type Piece,
  quoted,
  READ_BYTES,
  READ_BYTES_MIN,
  type Reading,
  shortened,
  toolCall,
} from "../reads/pieces.ts";
import { markNote, newMark, quoteLines } from "../reads/quoted_text.ts";
import { getTask } from "../tasks/task_rows.ts";
import { type Section, type Story, WORTH } from "./story.ts";

/**
 * Builds the context of a task from one snapshot, in at most the bytes of its budget.
 *
 * @throws {KanbanError} `not_found`.
 */
export function buildContext(board: Board, taskId: string, reading: Reading = {}): string {
  const { budget = READ_BYTES, form = "text", call = toolCall, boundary = newMark() } = reading;
  if (budget < READ_BYTES_MIN) throw new RangeError(`a context needs ${READ_BYTES_MIN} bytes, got ${budget}`);
  return read(board, () => {
    const task = getTask(board, taskId);
    const key = findKey(board, taskId)!;
    const story: Story = {
      board,
      task,
      key,
      attempts: endedAttempts(board, key),
      now: board.now(),
      budget,
      mark: boundary,
      cost: COSTS[form],
      call: (field, from = 0) => call(task.id, field, from),
      rest: (field, from) => `The rest: ${call(task.id, field, from)}`,
    };
    const sections = [header, body, attempts, parents, recent, comments].map((section) => section(story));
    const pieces = sections.flatMap((section) => section.pieces);
    const fixed = sections.reduce((sum, section) => sum + section.fixed, 0);
    const rooms = new Map(spend(budget - fixed, pieces).map((room, i) => [pieces[i]!, room]));
    const written = (piece: Piece) => {
      const room = rooms.get(piece)!;
      return room === 0 ? null : piece.write(room);
    };
    return `${sections
      .map((section) => section.write(written))
      .filter((text) => text !== "")
      .join(GAP)}\n`;
  });
}

function header(story: Story): Section {
  const { task, mark, cost, budget } = story;
  const most = Math.min(CONTEXT_LIMITS.path_bytes, Math.floor(budget / 12));
  const path = task.workspace_path === null ? "" : shortened(agentLine(task.workspace_path), most, cost);
  const skills = task.skills.slice(0, CONTEXT_LIMITS.skills);
  const left = task.skills.length - skills.length;
  const text = [
    `# Task ${task.id}`,
    "",
    `- status: ${task.status}`,
    ...(skills.length === 0
      ? []
      : [`- skills: ${[...skills, ...(left > 0 ? [`… ${left} skills omitted …`] : [])].join(", ")}`]),
    ...(task.review ? ["- a person approves the result before it counts as done"] : []),
    "",
    markNote(mark),
    "",
    quoteLines(mark, "task", {
      title: task.title,
      assignee: task.assignee ?? "nobody",
      tenant: task.tenant,
      workspace: `${task.workspace_kind} ${path}`,
      "created by": task.created_by,
    }),
  ].join("\n");
  return { pieces: [], fixed: cost(text) + cost(GAP), write: () => text };
}

function body(story: Story): Section {
  const { task, cost, call } = story;
  if (task.body === null) {
    const text = "## Body\n\n(none: the title is all there is)";
    return { pieces: [], fixed: cost(text) + cost(GAP), write: () => text };
  }
  const head = "## Body\n\nWhat is asked for, in the words of its creator.";
  const piece = quoted(story, {
    ...{ what: "body", text: task.body, field: "body", most: CONTEXT_LIMITS.body_bytes, least: 1024 },
    ...{ worth: WORTH.body, reserved: true },
  });
  const none = `(left out: ${call("body")})`;
  return {
    pieces: [piece],
    fixed: cost(head) + cost(GAP) + cost(none),
    write: (written) => `${head}${GAP}${written(piece) ?? none}`,
  };
}
