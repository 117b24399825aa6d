/**
 * `kanban profile list`: every worker profile, whether its program can be found, and which version of it.
 *
 * @module
 */
import { listProfiles, type Profile, programVersion } from "../../dispatcher/mod.ts";
import { agents } from "../../agents/mod.ts";
import { type Cell, table } from "../print/format.ts";
import { seek } from "../profiles/profile_program.ts";
import { type ProfileStart, startOf } from "../profiles/profile_start.ts";
import { verb } from "../verb.ts";
import { oneLine } from "../../text.ts";

export default verb({
  name: "profile list",
  act: "read",
  args: {},
  examples: ["kanban profile list", "kanban profile list --json"],
  async run({ home, out, note, style, stdout }) {
    const { profiles, problems } = listProfiles(home, agents);
    const rows = await Promise.all(profiles.map(withVersion));
    out(rows, () => {
      const head = ["NAME", "STARTS", "FOUND", "VERSION", "DESCRIPTION"].map((text): Cell => ({
        text,
        style: style.dim,
      }));
      const lines = rows.map((row): Cell[] => [
        { text: row.name },
        { text: row.builtin ? "(built in)" : oneLine(row.agent ?? row.command?.[0] ?? "") },
        { text: row.program === null ? "no" : "yes", style: row.program === null ? style.red : style.green },
        { text: oneLine(row.version ?? "-"), style: style.dim },
        { text: oneLine(row.description ?? "") },
      ]);
      return table([head, ...lines], [{}, {}, {}, {}, { shrink: true }], stdout.width).join("\n");
    });
    for (const { path, error } of problems) note(`${style.red("!")} ${oneLine(path)}: ${oneLine(error)}`);
    return problems.length === 0 ? 0 : 1;
  },
});

/** A profile for printing: where its program is, how it is started, and of its variables only what is no secret. */
export function shown(profile: Profile): Profile & ProfileStart & { program: string | null } {
  const env = Object.entries(profile.env).map(([name, value]) => [name, value === null ? null : "(set)"] as const);
  return { ...profile, env: Object.fromEntries(env), program: seek(profile).program, ...startOf(profile) };
}

/** Only an agent is asked for its version: what another program does with `--version` is not known. */
async function withVersion(profile: Profile) {
  const row = shown(profile);
  const version = row.program === null || row.agent === null ? null : await programVersion(row.program);
  return { ...row, version };
}
