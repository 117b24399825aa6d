/**
 * The two things that a setup writes: a server into a configuration file, a section into an instruction file.
 *
 * @module
 */
import { insertMember, memberText, removeMember } from "./json_edit.ts";
import { appendBlock, blockLines, MARKDOWN, removeBlock, TOML } from "./marked_block.ts";
import type { Remembered } from "./setup_memory.ts";
import { type Place, placeOf, serverEntry, type SetupAgent } from "./setup_places.ts";

/** Where a setup goes and what it says. */
export interface SetupTarget {
  readonly userHome: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Folder of a project; null sets up the user's own files, for all projects. */
  readonly project: string | null;
  /** The argv prefix that runs this CLI, as it will be written. */
  readonly command: readonly string[];
  /** Variables that the server needs to find this home. */
  readonly variables: Readonly<Record<string, string>>;
  /** Both together, as a model types them into a shell. */
  readonly spoken: string;
}

/** What is written into one file, and what we know of it. */
export interface Part {
  readonly path: string;
  readonly part: "server" | "instructions";
  readonly mode: number;
  /** What a file that is not there begins with. */
  readonly seed: string;
  insert(text: string): { text: string; inserted: string };
  /** The content under our name, or null. */
  found(text: string): string | null;
  remove(text: string, known: Remembered | undefined): string;
}

/** The parts of an agent's setup. */
export function partsOf(agent: SetupAgent, options: SetupTarget): Part[] {
  const place = placeOf(agent, options);
  const mode = options.project === null ? 0o600 : 0o644;
  const server = place.form.kind === "json" ? jsonPart(place, options, mode) : tomlPart(place, options, mode);
  return place.instructions === null ? [server] : [server, sectionPart(place.instructions, options)];
}

function jsonPart({ config, form }: Place, { command, variables }: SetupTarget, mode: number): Part {
  const path = form.kind === "json" ? form.path : [];
  const entry = serverEntry(form, [...command, "mcp", "--orchestrator"], variables);
  return {
    path: config,
    part: "server",
    mode,
    seed: "{}\n",
    insert: (text) => insertMember(text, path, entry),
    found(text) {
      const value = memberText(text, path);
      // Compared as values: the agent may have rewritten its file in its own layout.
      return value === null ? null : JSON.stringify(parsed(value));
    },
    remove: (text, known) =>
      removeMember(text, path, { emptied: known?.inserted.includes(`"${path[0]}"`) ? path.length - 1 : 0 }),
  };
}

/** A value with comments inside was not written by us: it is compared as text. */
function parsed(value: string): unknown {
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}

function tomlPart({ config, form }: Place, { command, variables }: SetupTarget, mode: number): Part {
  const entry = serverEntry(form, [...command, "mcp", "--orchestrator"], variables) as Record<string, unknown>;
  const { env, ...rest } = entry;
  const assign = (values: object) => Object.entries(values).map(([key, value]) => `${key} = ${JSON.stringify(value)}`);
  const tables = env === undefined ? [] : ["[mcp_servers.kanban.env]", ...assign(env as object)];
  const lines = ["[mcp_servers.kanban]", ...assign(rest), ...tables];
  return {
    path: config,
    part: "server",
    mode,
    seed: "",
    insert: (text) => appendBlock(text, TOML, lines),
    found(text) {
      const config = Bun.TOML.parse(text) as { mcp_servers?: { kanban?: unknown } };
      const found = config.mcp_servers?.kanban;
      return found === undefined ? null : JSON.stringify(found);
    },
    remove: (text) => removeBlock(text, TOML),
  };
}

function sectionPart(path: string, { spoken }: SetupTarget): Part {
  const lines = [
    "Work that should outlive this session, that another agent should do or that waits for a person belongs on the kanban board.",
    `Run \`${spoken} prime\` before you plan such work or take it up, and do what it says.`,
  ];
  return {
    path,
    part: "instructions",
    mode: 0o644,
    seed: "",
    insert: (text) => appendBlock(text, MARKDOWN, lines),
    found: (text) => blockLines(text, MARKDOWN)?.join("\n") ?? null,
    remove: (text) => removeBlock(text, MARKDOWN),
  };
}
