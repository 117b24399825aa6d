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
    const rows = profiles.map(shown);
    out(rows, () => {
      const head = ["NAME", "STARTS", "FOUND", "DESCRIPTION"].map((text): Cell => ({ text, style: style.dim }));
      const lines = rows.map((row): Cell[] => [
        { text: row.name },
        { text: row.builtin ? "(built in)" : cleanLine(row.agent ?? row.command?.[0] ?? "") },
        { text: row.program === null ? "no" : "yes", style: row.program === null ? style.red : style.green },
        { text: cleanLine(row.description ?? "") },
      ]);
      return table([head, ...lines], [{}, {}, {}, { shrink: true }], stdout.width).join("\n");
    });
    for (const { path, error } of problems) note(`${style.red("!")} ${cleanLine(path)}: ${cleanLine(error)}`);
    return problems.length === 0 ? 0 : 1;
  },
});

/** A profile for printing: where its program is, and of its variables only what is no secret. */
export function shown(profile: Profile): Profile & { program: string | null } {
  const env = Object.entries(profile.env).map(([name, value]) => [name, value === null ? null : "(set)"] as const);
  return { ...profile, env: Object.fromEntries(env), program: programOf(profile) };
}

/** Where the profile's program is, null when it cannot be found. */
function programOf({ command, agent, dir }: Profile): string | null {
  const program = command?.[0] ?? agent;
  return program ? findProgram(program, { path: process.env["PATH"] ?? "", cwd: dir }) : null;
}
