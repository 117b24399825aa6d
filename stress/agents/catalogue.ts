/**
 * The real programs that the suite installs, as data: which package, which version, and how each is
 * pointed at a scripted model.
 *
 * A version is pinned, so that a result can be repeated; a newer one is tried by changing its line. What
 * is set here is only what a user of such a model would set: flags and switches that a worker needs belong
 * into its preset and not here, or the suite would hide that they are missing.
 *
 * @module
 */
import type { AgentName } from "../../src/agents/mod.ts";

export interface AgentProgram {
  /** Name of its column, and of its folder of fixtures. */
  readonly name: string;
  /** Packages with their versions; the first is the agent's own. */
  readonly packages: readonly [string, ...string[]];
  /** The folder of its program where npm links none, as in a package that holds the binary of one platform. */
  readonly bin?: string;
  /** How its profile starts it: by its preset, or by an argv where there is no preset. */
  readonly start: { readonly agent: AgentName } | { readonly command: readonly string[] };
  readonly model: string | null;
  /** Has no MCP server of ours: its model calls the tools from the shell. */
  readonly byShell?: boolean;
  /** Reports a cost when its provider has a price for the model. */
  readonly tokens: boolean;
  /** Most of its runs at once, where more would be too slow for their time limits. */
  readonly atOnce?: number;
  /** Variables that it needs on such a machine, whatever its account is. */
  readonly env?: Readonly<Record<string, string>>;
  /** Files of a project that has a server `kanban` of its own, by their path in it; such a server never starts. */
  readonly project?: Readonly<Record<string, string>>;
  /** Why it cannot be played, where that is known; it is then not even installed. */
  readonly cannot?: string;
  setUp(model: { readonly url: string; readonly key: string }): SetUp;
}

/** What points an agent at a model. */
export interface SetUp {
  readonly env: Readonly<Record<string, string>>;
  /** Files by their path in the home folder. */
  readonly files: Readonly<Record<string, string>>;
}

const MODEL = "sim-model";

/** The entry that a project brings, for a program that is not there. */
const OTHER = { command: "kanban-of-the-project", args: ["mcp"] };
const OTHER_SERVERS = JSON.stringify({ mcpServers: { kanban: OTHER } });

/** A provider of the family of opencode. */
function provider(url: string, key: string): object {
  const models = { [MODEL]: { name: MODEL, tool_call: true, limit: { context: 200_000, output: 8_000 } } };
  return {
    sim: { npm: "@ai-sdk/openai-compatible", name: "sim", options: { baseURL: `${url}/v1`, apiKey: key }, models },
  };
}

export const PROGRAMS: readonly AgentProgram[] = [
  {
    name: "claude",
    packages: ["@anthropic-ai/claude-code@2.1.332"],
    start: { agent: "claude" },
    model: "claude-sonnet-4-5",
    tokens: true,
    // It refuses to run as root unless this is set, and in the namespace of the suite everybody is.
    env: { IS_SANDBOX: "1" },
    project: { ".mcp.json": OTHER_SERVERS },
    setUp: ({ url, key }) => ({
      env: { ANTHROPIC_BASE_URL: url, ANTHROPIC_API_KEY: key },
      files: {},
    }),
  },
  {
    name: "codex",
    packages: ["@openai/codex@0.171.0"],
    start: { agent: "codex" },
    model: null,
    tokens: true,
    project: { ".codex/config.toml": '[mcp_servers.kanban]\ncommand = "kanban-of-the-project"\n' },
    setUp: ({ url, key }) => ({
      env: { SIM_KEY: key },
      files: {
        ".codex/config.toml": [
          'model = "gpt-5"',
          'model_provider = "sim"',
          "[model_providers.sim]",
          'name = "sim"',
          `base_url = "${url}/v1"`,
          'wire_api = "responses"',
          'env_key = "SIM_KEY"',
        ].join("\n"),
      },
    }),
  },
  {
    name: "opencode",
    packages: ["opencode-ai@1.18.33"],
    start: { agent: "opencode" },
    model: `sim/${MODEL}`,
    tokens: true,
    project: {
      // It also wants a person to be asked before anything is done.
      "opencode.json": JSON.stringify({
        permission: "ask",
        mcp: { kanban: { type: "local", command: [OTHER.command], enabled: true } },
      }),
    },
    setUp: ({ url, key }) => ({
      env: {},
      files: { ".config/opencode/opencode.json": JSON.stringify({ provider: provider(url, key) }) },
    }),
  },
  {
    name: "gemini",
    packages: ["@google/gemini-cli@0.61.0"],
    start: { agent: "gemini" },
    model: "gemini-2.5-flash",
    tokens: true,
    project: { ".gemini/settings.json": OTHER_SERVERS },
    setUp: ({ url, key }) => ({
      env: { GOOGLE_GEMINI_BASE_URL: url, GEMINI_API_KEY: key },
      files: { ".gemini/settings.json": JSON.stringify({ security: { auth: { selectedType: "gemini-api-key" } } }) },
    }),
  },
  {
    name: "qwen",
    packages: ["@qwen-code/qwen-code@0.24.4", "node@22.23.3"],
    start: { agent: "qwen" },
    model: MODEL,
    tokens: true,
    project: { ".qwen/settings.json": OTHER_SERVERS },
    setUp: ({ url, key }) => ({
      env: { OPENAI_BASE_URL: `${url}/v1`, OPENAI_API_KEY: key, OPENAI_MODEL: MODEL },
      files: { ".qwen/settings.json": JSON.stringify({ security: { auth: { selectedType: "openai" } } }) },
    }),
  },
  {
    name: "copilot",
    packages: ["@github/copilot@1.0.102"],
    start: { agent: "copilot" },
    model: null,
    tokens: true,
    project: { ".mcp.json": OTHER_SERVERS },
    setUp: ({ url, key }) => ({
      env: { COPILOT_PROVIDER_BASE_URL: `${url}/v1`, COPILOT_PROVIDER_API_KEY: key, COPILOT_MODEL: MODEL },
      files: {},
    }),
  },
  {
    name: "droid",
    packages: ["@factory/cli-linux-x64@0.225.2"],
    bin: "node_modules/@factory/cli-linux-x64/bin",
    start: { agent: "droid" },
    model: `custom:${MODEL}`,
    byShell: true,
    tokens: true,
    setUp: ({ url, key }) => ({
      env: { FACTORY_API_KEY: `fk-${key}` },
      files: {
        ".factory/settings.json": JSON.stringify({
          customModels: [
            {
              model: MODEL,
              displayName: MODEL,
              baseUrl: `${url}/v1`,
              apiKey: key,
              provider: "generic-chat-completion-api",
              maxOutputTokens: 8_000,
            },
          ],
        }),
      },
    }),
  },
  {
    name: "amp",
    packages: ["@ampcode/cli"],
    start: { agent: "amp" },
    model: null,
    tokens: true,
    cannot: "it speaks to no model, only to its own server, which wants an account",
    setUp: () => ({ env: {}, files: {} }),
  },
  {
    name: "pi",
    packages: ["@earendil-works/pi-coding-agent@0.74.2"],
    start: { agent: "pi" },
    model: `sim/${MODEL}`,
    byShell: true,
    tokens: true,
    setUp: ({ url, key }) => ({
      env: {},
      files: {
        ".pi/agent/models.json": JSON.stringify({
          providers: {
            sim: { baseUrl: `${url}/v1`, api: "openai-completions", apiKey: key, models: [{ id: MODEL }] },
          },
        }),
      },
    }),
  },
  {
    name: "kilo",
    packages: ["@kilocode/cli-linux-x64@7.7.9"],
    bin: "node_modules/@kilocode/cli-linux-x64/bin",
    start: { agent: "kilo" },
    model: `sim/${MODEL}`,
    tokens: true,
    // Its start alone keeps a core busy for ten seconds.
    atOnce: 3,
    project: {
      "kilo.json": JSON.stringify({
        permission: "ask",
        mcp: { kanban: { type: "local", command: [OTHER.command], enabled: true } },
      }),
    },
    setUp: ({ url, key }) => ({
      env: { KILO_CONFIG_CONTENT: JSON.stringify({ provider: provider(url, key) }) },
      files: {},
    }),
  },
];
