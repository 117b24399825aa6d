/**
 * Where each agent keeps its MCP servers and its instructions, for all projects and for one.
 *
 * @module
 */
import { join } from "node:path";

export const SETUP_AGENTS = ["claude", "codex", "gemini", "opencode", "cursor"] as const;
export type SetupAgent = (typeof SETUP_AGENTS)[number];

/** How the server is written into a configuration file. */
export type ServerForm = { kind: "json"; path: readonly string[]; shape: "common" | "opencode" } | { kind: "toml" };

export interface Place {
  readonly config: string;
  readonly form: ServerForm;
  /** Its instruction file; null where it has none for all projects. */
  readonly instructions: string | null;
}

const COMMON: ServerForm = { kind: "json", path: ["mcpServers", "kanban"], shape: "common" };
const OPENCODE: ServerForm = { kind: "json", path: ["mcp", "kanban"], shape: "opencode" };

/** The files of an agent, for the user or, with a folder, for that project. */
export function placeOf(
  agent: SetupAgent,
  {
    project,
    userHome,
    env,
  }: { project: string | null; userHome: string; env: Readonly<Record<string, string | undefined>> },
): Place {
  const inHome = (variable: string, folder: string) => env[variable] || join(userHome, folder);
  const of = (config: string, form: ServerForm, instructions: string | null): Place => ({ config, form, instructions });
  switch (agent) {
    case "claude": {
      if (project !== null) return of(join(project, ".mcp.json"), COMMON, join(project, "CLAUDE.md"));
      const own = env["CLAUDE_CONFIG_DIR"];
      const folder = own || join(userHome, ".claude");
      return of(join(own || userHome, ".claude.json"), COMMON, join(folder, "CLAUDE.md"));
    }
    case "codex": {
      const folder = project === null ? inHome("CODEX_HOME", ".codex") : join(project, ".codex");
      return of(join(folder, "config.toml"), { kind: "toml" }, join(project ?? folder, "AGENTS.md"));
    }
    case "gemini": {
      const folder = join(project ?? userHome, ".gemini");
      return of(join(folder, "settings.json"), COMMON, join(project ?? folder, "GEMINI.md"));
    }
    case "opencode": {
      const folder = project ?? join(inHome("XDG_CONFIG_HOME", ".config"), "opencode");
      return of(join(folder, "opencode.json"), OPENCODE, join(folder, "AGENTS.md"));
    }
    case "cursor":
      return of(
        join(project ?? userHome, ".cursor", "mcp.json"),
        COMMON,
        project === null ? null : join(project, "AGENTS.md"),
      );
  }
}

/** How one starts the server, in the form of the file. */
export function serverEntry(
  form: ServerForm,
  command: readonly string[],
  env: Readonly<Record<string, string>>,
): unknown {
  const [program, ...args] = command;
  const variables = Object.keys(env).length > 0;
  if (form.kind === "json" && form.shape === "opencode") {
    return { type: "local", command: [program, ...args], ...(variables && { environment: env }), enabled: true };
  }
  return { command: program, args, ...(variables && { env }) };
}
