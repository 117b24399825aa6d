/**
 * What nothing is started for: the holds of the board, and trouble of the home, as data and as lines.
 *
 * A home that cannot be written to cannot keep a hold either, so its trouble is looked for.
 *
 * @module
 */
import { dispatcherStatus } from "../../dispatcher/mod.ts";
import type { Home } from "../../home.ts";
import { homeTrouble } from "../../home_roots.ts";
import { activeHolds } from "../../kernel/tasks/holds.ts";
import type { Board, Hold } from "../../kernel/mod.ts";
import { type Paint, relative } from "./format.ts";
import { againInWords } from "./hold_words.ts";
import { count, instant, oneLine } from "../../text.ts";

/** Trouble of the home, beside the holds. It ends by itself. */
export interface HomeHold {
  readonly kind: "home";
  readonly key: string;
  readonly reason: string;
}

/** Everything that nothing is started for. */
export function allHolds(board: Board, home: Home): (HomeHold | Hold)[] {
  const status = dispatcherStatus(home);
  const reason = (status.running ? status.trouble : null) ?? homeTrouble(home)?.text ?? null;
  return [...(reason === null ? [] : [{ kind: "home", key: home.dir, reason } as const]), ...activeHolds(board)];
}

/** What is held and why, when it is tried again, and whose work waits. */
export function holdLines(
  holds: readonly (HomeHold | Hold)[],
  { style, terminal, now }: { style: Paint; terminal: boolean; now: number },
): string[] {
  return holds.flatMap((hold) => {
    const head = `${style.red(hold.kind)} ${style.bold(oneLine(hold.key))}: ${oneLine(hold.reason)}`;
    if (hold.kind === "home") return [head, "  it is tried again by itself"];
    const when = (at: number) => (terminal ? relative(at, now) : instant(at));
    const facts = [
      `since ${when(hold.since)}`,
      againInWords(hold, { now, when }),
      ...(hold.probes === 0 ? [] : [`${count(hold.probes, "probe")} met it again`]),
      `met by ${hold.task_id}`,
      `for ${hold.profiles.map((name) => oneLine(name)).join(", ")}`,
    ];
    return [head, style.dim(`  ${facts.join(", ")}`)];
  });
}
