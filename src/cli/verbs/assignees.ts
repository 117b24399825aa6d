/**
 * `kanban assignees`: who has tasks, and which profiles and people there are.
 *
 * @module
 */
import { assigneeCounts, peopleNames, type Status, STATUSES } from "../../kernel/mod.ts";
import { namedPeople } from "../../people.ts";
import { type Cell, statusCell, table } from "../print/format.ts";
import { verb } from "../verb.ts";
import { oneLine } from "../../text.ts";

interface Assignee {
  name: string;
  /** A profile of this name can be started here. */
  on_disk: boolean;
  /** A person that is known here. */
  person: boolean;
  counts: Partial<Record<Status, number>>;
}

export default verb({
  name: "assignees",
  act: "read",
  args: {},
  examples: ["kanban assignees", "kanban assignees --json"],
  notes: `People are known by what they did (signed in on the web, created a task, commented, claimed), by the login name,
and by the list people: in config.yaml. A name that is neither is shown as unknown: nothing starts its tasks.`,
  async run({ board, home, out, style }) {
    const { listProfiles } = await import("../../dispatcher/mod.ts");
    const profiles = new Set(listProfiles(home).profiles.map((profile) => profile.name));
    const byName = new Map(assigneeCounts(board).map(({ name, counts }) => [name, counts]));
    const people = new Set(peopleNames(board, { names: profiles, people: namedPeople(home) }));
    const names = [...new Set([...byName.keys(), ...profiles, ...people])].sort();
    const all = names.map((name): Assignee => ({
      name,
      on_disk: profiles.has(name),
      person: people.has(name),
      counts: byName.get(name) ?? {},
    }));
    out(all, () => {
      const used = STATUSES.filter((status) => all.some(({ counts }) => counts[status]));
      const head: Cell[] = [
        { text: "NAME", style: style.dim },
        { text: "IS", style: style.dim },
        ...used.map((status) => statusCell(status, style)),
      ];
      const rows = all.map(({ name, on_disk, person, counts }): Cell[] => [
        { text: oneLine(name) },
        on_disk ? { text: "profile", style: style.green } : { text: person ? "person" : "unknown", style: style.dim },
        ...used.map((status) => ({ text: String(counts[status] ?? 0) })),
      ]);
      return table([head, ...rows], [{}, {}, ...used.map(() => ({ right: true }))]).join("\n");
    });
  },
});
