/**
 * `kanban profile list`: every worker profile, and whether its program can be found.
 *
 * @module
 */
import { findProgram, listProfiles, type Profile } from "../../dispatcher/mod.ts";
import { type Cell, cleanLine, table } from "../format.ts";
import { verb } from "../verb.ts";

export default verb({
  name: "profile list",
  summary: "List the worker profiles",
  args: {},
  examples: ["kanban profile list", "kanban profile list --json"],
  run({ home, out, note, style, stdout }) {
    const { profiles, problems } = listProfiles(home);
    const rows = profiles.map((profile) => ({ ...profile, program: programOf(profile) }));
    out(rows, () => {
      const head = ["NAME", "STARTS", "FOUND", "DESCRIPTION"].map((text): Cell => ({ text, style: style.dim }));
      const lines = rows.map((row): Cell[] => [
        { text: row.name },
        { text: cleanLine(row.agent ?? row.command?.[0] ?? "") },
        { text: row.program === null ? "no" : "yes", style: row.program === null ? style.red : style.green },
        { text: cleanLine(row.description ?? "") },
      ]);
      return table([head, ...lines], [{}, {}, {}, { shrink: true }], stdout.width).join("\n");
    });
    for (const { path, error } of problems) note(`${style.red("!")} ${cleanLine(path)}: ${cleanLine(error)}`);
    return problems.length === 0 ? 0 : 1;
  },
});

/** Where the profile's program is, null when it cannot be found. */
export function programOf({ command, agent, dir }: Profile): string | null {
  const program = command?.[0] ?? agent;
  return program ? findProgram(program, { path: process.env["PATH"] ?? "", cwd: dir }) : null;
}
