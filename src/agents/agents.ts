/**
 * The agents as the dispatcher sees them: it may not import this layer, so it is handed this object.
 *
 * @module
 */
import type { JsonObject } from "../kernel/mod.ts";
import { expand } from "./expand.ts";
import { judge } from "./judge.ts";
import { AGENTS, presetOf } from "./presets.ts";

export const agents = {
  names: (): string[] => [...AGENTS],
  expand,
  uses({ agent, options }: { agent: string | null; options: JsonObject }) {
    const preset = agent === null ? null : presetOf(agent);
    if (preset === null) return null;
    const { program } = options;
    return {
      program: typeof program === "string" && program !== "" ? program : preset.program,
      accounts: preset.accounts,
      credential_files: preset.credential_files,
      calls: preset.mcp.how !== "none",
    };
  },
  judge: (finished: Parameters<typeof judge>[0]) => judge(finished),
};
