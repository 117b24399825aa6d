/**
 * `kanban profile show`: one worker profile, with every value that is in force.
 *
 * @module
 */
import { join } from "node:path";
import { ignoredSkills, loadProfile } from "../../dispatcher/mod.ts";
import { word } from "../args.ts";
import { verb } from "../verb.ts";
import { shown } from "./profile_list.ts";
import { oneLine, shellWord, span } from "../../text.ts";

export default verb({
  name: "profile show",
  act: "read",
  args: { name: word("Name of the profile") },
  examples: ["kanban profile show demo", "kanban profile show demo --json"],
  run({ args, home, out, style }) {
    const loaded = loadProfile(home, args.name);
    const profile = { ...shown(loaded), ignored_skills: ignoredSkills(join(loaded.dir, "skills")) };
    out(profile, () => {
      const rows: [string, string | null][] = [
        ["file", profile.path ?? "built in"],
        ["description", profile.description],
        ["agent", profile.agent],
        ["tried with", profile.agent === null ? null : (profile.tried ?? "no version: its flags were only read about")],
        ["command", profile.argv?.map(shellWord).join(" ") ?? null],
        ["permissions", profile.permissions],
        ["stdin", profile.stdin],
        ["program", profile.program ?? "cannot be found"],
        ["prompt", profile.prompt],
        ["env", Object.keys(profile.env).join(", ") || null],
        ["skills", profile.skills.join(", ") || null],
        ["may", profile.may.length === 0 ? "only what every worker may" : `also ${profile.may.join(", ")}`],
        [
          "ignored",
          profile.ignored_skills.map((path) => `${path}: a skill of that name comes with kanban`).join(", ") || null,
        ],
        ["max_running", profile.max_running === null ? "no limit" : String(profile.max_running)],
        ["max_runtime", profile.max_runtime_seconds ? span(profile.max_runtime_seconds) : "no limit"],
        [
          "workspace",
          profile.workspace === null
            ? null
            : [profile.workspace.kind, profile.workspace.path].filter(Boolean).join(" "),
        ],
        ["repo", profile.repo],
        ["complete_on_exit", profile.complete_on_exit ? "yes" : "no"],
        ["options", Object.keys(profile.options).length === 0 ? null : JSON.stringify(profile.options)],
      ];
      const lines = rows.flatMap(([name, value]) =>
        value === null ? [] : [`  ${style.dim(name.padEnd(16))}  ${oneLine(value)}`],
      );
      return [style.bold(profile.name), ...lines].join("\n");
    });
  },
});
