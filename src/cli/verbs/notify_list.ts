/**
 * `kanban notify-list`: subscriptions, deliveries that wait, and those that failed.
 *
 * @module
 */
import { type FailedDelivery, listSubscriptions, type Subscription } from "../../kernel/mod.ts";
import { listTargets } from "../../notify/mod.ts";
import { optionalWord } from "../args.ts";
import { type Cell, type Paint, relative, table } from "../print/format.ts";
import { boardTargets, chatName, problemFinder } from "../flags/subscribing.ts";
import { verb } from "../verb.ts";
import { instant, oneLine } from "../../text.ts";

/** A subscription, or a target of the whole board, and why nothing can be sent to it. */
type Listed = Omit<Subscription, "task_id" | "created_at" | "last_event_id"> & {
  task_id: string | null;
  problem: string | null;
};

/** What a target of the whole board has not. */
const OF_BOARD = { task_id: null, user_id: null, failures: 0, ended_at: null, retry_at: null, error: null };

interface Setting {
  style: Paint;
  terminal: boolean;
  now: number;
}

export default verb({
  name: "notify-list",
  act: "read",
  args: { id: optionalWord("Only those of this task") },
  examples: ["kanban notify-list", "kanban notify-list t_1a2b --json"],
  notes: `What could not be delivered stays in the list, also after its task is done, until it is unsubscribed. The
targets of the whole board, from notify.board in config.yaml, come first; in JSON their task_id is null.`,
  run({ args, board, home, id, out, style, stdout }) {
    const problemOf = problemFinder(home);
    const subs = listSubscriptions(board, args.id === undefined ? undefined : id(args.id)).map((sub): Listed => {
      return { ...sub, problem: sub.ended_at === null ? problemOf(sub) : null };
    });
    const targets = args.id === undefined ? listTargets(board, home, boardTargets(home)) : [];
    const list = [
      ...targets.map((target): Listed => {
        const { failed, ...rest } = target;
        return { ...OF_BOARD, ...rest, failed: [...failed], problem: problemOf(target) };
      }),
      ...subs,
    ];
    out(list, () => {
      if (list.length === 0) return "No subscriptions";
      return listText(list, { style, terminal: stdout.terminal, now: board.now() });
    });
  },
});

function listText(list: readonly Listed[], setting: Setting): string {
  const { style } = setting;
  const head = ["TASK", "CHAT", "STATE"].map((text): Cell => ({ text, style: style.dim }));
  const rows = list.map((sub): Cell[] => [
    { text: sub.task_id ?? "the board" },
    { text: chatName(sub) },
    stateOf(sub, setting),
  ]);
  const [first, ...lines] = table([head, ...rows], [{}, {}, {}]);
  return [
    first,
    ...lines.flatMap((line, at) => [line, ...list[at]!.failed.map((one) => failureLine(one, setting))]),
  ].join("\n");
}

/** What was sent, what waits and what was given up; then why nothing is being sent, if so. */
function stateOf(sub: Listed, setting: Setting): Cell {
  const counts = [`${sub.delivered} delivered`, `${sub.pending} pending`, `${sub.failed.length} failed`];
  const told = counts.filter((part) => !part.startsWith("0 ")).join(", ") || "nothing yet";
  const trouble = troubleOf(sub, setting);
  return trouble === null ? { text: told } : { text: `${told}; ${oneLine(trouble)}`, style: setting.style.yellow };
}

function troubleOf({ pending, error, failures, retry_at, ended_at, problem }: Listed, setting: Setting): string | null {
  if (ended_at !== null) return `over since ${at(ended_at, setting)}`;
  if (problem !== null) return problem;
  if (pending === 0 || error === null || retry_at === null) return null;
  return `next try ${at(retry_at, setting)}, ${tries(failures)} failed: ${error}`;
}

function failureLine({ kind, event_id, attempts, failed_at, error }: FailedDelivery, setting: Setting): string {
  const after = attempts === 0 ? "" : ` after ${tries(attempts)}`;
  const what = `${kind ?? "an event that is gone"} (event ${event_id})`;
  return setting.style.red(`  ! ${what} failed${after}, ${at(failed_at, setting)}: ${oneLine(error)}`);
}

function tries(n: number): string {
  return n === 1 ? "1 try" : `${n} tries`;
}

function at(instantAt: number, { terminal, now }: Setting): string {
  return terminal ? relative(instantAt, now) : instant(instantAt);
}
