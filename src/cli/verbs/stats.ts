/**
 * `kanban stats`: how many tasks are where, and how long the oldest has been ready.
 *
 * @module
 */
import { STATUSES } from "../../kernel/schema.ts";
import { boardStats } from "../../kernel/reads/stats.ts";
import type { BoardStats } from "../../kernel/mod.ts";
import { type Cell, type Paint, STATUS_LOOK, statusCell, table } from "../print/format.ts";
import { verb } from "../verb.ts";
import { oneLine, span } from "../../text.ts";

export default verb({
  name: "stats",
  act: "read",
  args: {},
  examples: ["kanban stats", "kanban stats --json"],
  run({ board, out, style, stdout }) {
    out(boardStats(board), (stats) => statsText(stats, style, stdout.terminal ? stdout.width : Infinity));
  },
});

/** A name of nothing but control characters is shown as what it is. */
function shownName(name: string): string {
  return oneLine(name) || JSON.stringify(name);
}

function statsText(stats: BoardStats, style: Paint, width: number): string {
  const used = STATUSES.filter((status) => stats.by_status[status] > 0);
  const head: Cell[] = [{ text: "" }, ...used.map((status) => statusCell(status, style))];
  const row = (name: string, counts: Partial<BoardStats["by_status"]>): Cell[] => [
    { text: name === "" ? "(unassigned)" : shownName(name) },
    ...used.map((status) => ({
      text: String(counts[status] ?? 0),
      style: counts[status] ? style[STATUS_LOOK[status].style] : style.dim,
    })),
  ];
  const everybody = Object.entries(stats.by_assignee).filter(([, counts]) => Object.values(counts).some((n) => n > 0));
  const rows = [
    row("all", stats.by_status),
    ...everybody.sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, n]) => row(name, n)),
  ];
  const lines =
    used.length === 0
      ? ["The board is empty."]
      : table([head, ...rows], [{ shrink: true }, ...used.map(() => ({ right: true }))], width);
  const age = stats.oldest_ready_age_seconds;
  if (age !== null) lines.push("", `oldest ready task: ready for ${span(age)}`);
  for (const { kind, key, reason } of stats.holds)
    lines.push(`nothing is started for ${kind} ${oneLine(key)}: ${oneLine(reason)}`);
  const usage = Object.entries(stats.usage.totals).map(([name, total]) => `${name} ${String(total)}`);
  if (usage.length > 0) lines.push(`usage over ${stats.usage.runs} runs: ${oneLine(usage.join(", "))}`);
  return lines.join("\n");
}
