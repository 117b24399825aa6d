/**
 * Where an agent finds our MCP server for one run: arguments, a variable, a file, or a home folder of the run.
 *
 * The settings of a project must not override it: a project's own entry `kanban` starts another
 * program, and a worker without our tools cannot end its task.
 *
 * @module
 */
import { isAbsolute, join } from "node:path";
import { fileProblem, readSmall } from "../files.ts";
import { AGENT_HOME } from "../home.ts";
import { type JsonObject, KanbanError } from "../kernel/mod.ts";
import type { McpPlacement } from "./preset.ts";

/** A file that is written for a run. */
export interface GeneratedFile {
  readonly name: string;
  readonly content: string;
}

/** A folder of a run's own home: what the user's has, by links, but for some files. */
export interface HomeFolder {
  readonly name: string;
  /** The user's, which need not be there; null where it is not known. */
  readonly of: string | null;
  readonly files: readonly GeneratedFile[];
}

export interface Placed {
  readonly args: readonly string[];
  readonly env: Record<string, string>;
  readonly files: GeneratedFile[];
  readonly home: HomeFolder[];
}

/** What a placement depends on in a run. */
export interface PlacedRun {
  readonly mcp_config: string;
  readonly dir: string;
  readonly bin: string;
  readonly env: Readonly<Record<string, string>>;
}

interface Server {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** Under which name the agent has our server. */
export function serverName(placement: McpPlacement): string {
  return placement.how === "home" ? placement.server : "kanban";
}

/**
 * How the server is passed to the agent in this run.
 *
 * @throws {KanbanError} `refused` when the user's own settings, which ours are added to, cannot be read.
 */
export function placeMcp(placement: McpPlacement, run: PlacedRun): Placed {
  const server = { command: run.bin, args: ["mcp"], env: contractOf(run.env) };
  const nothing = { args: [], env: {}, files: [], home: [] };
  switch (placement.how) {
    case "none":
      return nothing;
    case "flag": {
      if (placement.form === "standard") return { ...nothing, args: fill(placement.args, { mcp: run.mcp_config }) };
      const path = join(run.dir, MCP_FILE);
      const files = [{ name: MCP_FILE, content: json(fileFor(placement.form, server)) }];
      return { ...nothing, args: fill(placement.args, { mcp: path }), files };
    }
    case "inline":
      return { ...nothing, env: { [placement.name]: inlined(placement.name, server, run.env) } };
    case "home": {
      const named = run.env[placement.variable] || run.env["HOME"];
      // A path that depends on the folder of the dispatcher is not a home.
      const from = named !== undefined && isAbsolute(named) ? named : null;
      const own = from === null ? null : join(from, placement.folder, SETTINGS_FILE);
      const files = [{ name: SETTINGS_FILE, content: withServer(own, placement.server, server) }];
      const folder = (name: string, of: GeneratedFile[]) => ({ name, of: from && join(from, name), files: of });
      return {
        ...nothing,
        env: { [placement.variable]: join(run.dir, AGENT_HOME) },
        home: [folder(placement.folder, files), ...placement.linked.map((name) => folder(name, []))],
      };
    }
    case "overrides":
      return { ...nothing, args: overrides(server) };
  }
}

/** Fills `{name}` inside arguments, in one pass. */
export function fill(args: readonly string[], values: Readonly<Record<string, string>>): string[] {
  return args.map((arg) => arg.replace(/\{(\w+)\}/g, (whole, name: string) => values[name] ?? whole));
}

const MCP_FILE = "agent-mcp.json";
const SETTINGS_FILE = "settings.json";
const SETTINGS_BYTES_MAX = 1024 * 1024;
/** How long an agent waits for our server to start. Theirs are from 5 to 30 s, and a machine may be busy. */
const START_MS = 60_000;

function fileFor(form: "bare" | "copilot" | "qwen", server: Server): object {
  switch (form) {
    case "bare":
      return { kanban: server };
    case "copilot":
      return { mcpServers: { kanban: { type: "local", ...server, tools: ["*"] } } };
    case "qwen":
      // Without the last one the model has to search for the tools first, and calls them through another.
      return {
        mcpServers: { kanban: { ...server, trust: true, discoveryTimeoutMs: START_MS, alwaysLoadTools: true } },
      };
  }
}

/**
 * Everything that opencode may ask about. A rule for `*` does not win over one that a project has for a single
 * key, so each is named. What it would ask it refuses when there is no person, and ends without a word.
 */
const PERMISSIONS = [
  ...["*", "read", "edit", "glob", "grep", "list", "bash", "task", "skill", "lsp", "webfetch", "websearch"],
  ...["codesearch", "todowrite", "external_directory", "doom_loop"],
];

/** Settings of the opencode family, with what the profile itself puts into the same variable. */
function inlined(variable: string, { command, args, env }: Server, given: PlacedRun["env"]): string {
  const own = given[variable] === undefined ? {} : settingsIn(variable, given[variable]);
  const entry = { type: "local", command: [command, ...args], environment: env, enabled: true, timeout: START_MS };
  const allowed = Object.fromEntries(PERMISSIONS.map((name) => [name, "allow"]));
  return JSON.stringify({
    ...own,
    mcp: { ...objectIn(own, "mcp"), kanban: entry },
    // What the profile says about permissions is its owner's decision about this very worker.
    permission:
      typeof own["permission"] === "string" ? own["permission"] : { ...allowed, ...objectIn(own, "permission") },
  });
}

/** The user's settings file with our server in it. Its timeout is left as it is: ten minutes. */
function withServer(path: string | null, name: string, server: Server): string {
  const settings = path === null ? {} : settingsIn(path, settingsText(path));
  const mcp = objectIn(settings, "mcp");
  const allowed = mcp["allowed"];
  return json({
    ...settings,
    mcpServers: { ...objectIn(settings, "mcpServers"), [name]: { ...server, trust: true } },
    ...(Array.isArray(allowed) && { mcp: { ...mcp, allowed: [...allowed, name] } }),
  });
}

function settingsText(path: string): string {
  try {
    return readSmall(path, SETTINGS_BYTES_MAX, { links: "follow" });
  } catch (error) {
    if (["ENOENT", "ENOTDIR"].includes((error as NodeJS.ErrnoException).code ?? "")) return "{}";
    throw new KanbanError("refused", `Cannot read the agent's settings: ${path}: ${fileProblem(path, error)}`);
  }
}

/** Settings may have comments and trailing commas. */
function settingsIn(place: string, text: string): JsonObject {
  try {
    const found: unknown = text.trim() === "" ? {} : Bun.JSONC.parse(text);
    if (typeof found === "object" && found !== null && !Array.isArray(found)) return found as JsonObject;
  } catch {
    // Said below.
  }
  throw new KanbanError(
    "refused",
    `Cannot add the board's tools to the agent's settings: ${place} does not hold a JSON object`,
  );
}

function objectIn(settings: JsonObject, key: string): JsonObject {
  const found = settings[key];
  return typeof found === "object" && found !== null && !Array.isArray(found) ? (found as JsonObject) : {};
}

function json(content: object): string {
  return `${JSON.stringify(content, null, 2)}\n`;
}

/**
 * Codex starts its servers with an almost empty environment, and asks no questions in a run without a person. Unless
 * a server is required, its first turn begins without the tools when that server is slow.
 */
function overrides(server: Server): string[] {
  const env = Object.entries(server.env).map(([name, value]) => `${name}=${toml(value)}`);
  const settings = {
    command: toml(server.command),
    args: `[${server.args.map(toml).join(",")}]`,
    env: `{${env.join(",")}}`,
    default_tools_approval_mode: toml("approve"),
    required: "true",
    startup_timeout_sec: String(START_MS / 1_000),
  };
  return Object.entries(settings).flatMap(([key, value]) => ["-c", `mcp_servers.kanban.${key}=${value}`]);
}

/** A JSON string is a TOML string, but for one character. */
function toml(text: string): string {
  return JSON.stringify(text).replaceAll("\x7f", "\\u007f");
}

/**
 * The variables that the server needs. The tenant is not among them: it is free text, and several
 * agents put the values of variables in place of `$NAME` in such a file; the board knows it anyway.
 */
function contractOf(env: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).filter(([name]) => name.startsWith("KANBAN_") && name !== "KANBAN_TENANT"),
  );
}
