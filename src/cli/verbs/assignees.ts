/**
 * `kanban assignees`: who has tasks, and which profiles there are.
 *
 * @module
 */
import { assigneeCounts, type Status, STATUSES } from "../../kernel/mod.ts";
import { type Cell, statusCell, table } from "../print/format.ts";
import { verb } from "../verb.ts";
import { oneLine } from "../../text.ts";

interface Assignee {
  name: string;
  /** A profile of this name can be started here. */
  on_disk: boolean;
  counts: Partial<Record<Status, number>>;
}

export default verb({
  name: "assignees",
  act: "read",
  args: {},
  examples: ["kanban assignees", "kanban assignees --json"],
  async run({ board, home, out, style }) {
    const { listProfiles } = await import("../../dispatcher/mod.ts");
    const profiles = new Set(listProfiles(home).profiles.map((profile) => profile.name));
    const byName = new Map(assigneeCounts(board).map(({ name, counts }) => [name, counts]));
    const names = [...new Set([...byName.keys(), ...profiles])].sort();
    const all = names.map((name): Assignee => ({ name, on_disk: profiles.has(name), counts: byName.get(name) ?? {} }));
    out(all, () => {
      const used = STATUSES.filter((status) => all.some(({ counts }) => counts[status]));
      const head: Cell[] = [
        { text: "NAME", style: style.dim },
        { text: "PROFILE", style: style.dim },
        ...used.map((status) => statusCell(status, style)),
      ];
      const rows = all.map(({ name, on_disk, counts }): Cell[] => [
        { text: oneLine(name) },
        { text: on_disk ? "yes" : "no", style: on_disk ? style.green : style.dim },
        ...used.map((status) => ({ text: String(counts[status] ?? 0) })),
      ]);
      return table([head, ...rows], [{}, {}, ...used.map(() => ({ right: true }))]).join("\n");
    });
  },
});
