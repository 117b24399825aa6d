/**
 * The agents that profiles can name, as data: how each is started.
 *
 * The flags are those of the version that `tried` names; where it is null, they are those of the program's own
 * documentation and source of 2026. A program that has no flag for an MCP server of one run is not given a file
 * in the user's folders: its worker calls the tools from the shell.
 *
 * @module
 */
import { AMP_EVENTS, CLAUDE_EVENTS, CURSOR_EVENTS, QWEN_EVENTS } from "./claude_rules.ts";
import { CODEX_EVENTS } from "./codex_rules.ts";
import { GEMINI_EVENTS } from "./gemini_rules.ts";
import { OWN_GIT_CONFIG } from "./git_config.ts";
import { COPILOT_EVENTS, DROID_EVENTS, HERMES_EVENTS, PI_EVENTS } from "./output_rules.ts";
import { KILO_EVENTS, OPENCODE_EVENTS } from "./opencode_rules.ts";
import type { Preset } from "./preset.ts";

const ANY_COMMAND = "it may run any command as you";

export const PRESETS = {
  claude: {
    title: "Claude Code",
    program: "claude",
    tried: "2.1.332",
    argv: [
      ...["-p", "--output-format", "stream-json", "--verbose", "--permission-mode", "bypassPermissions"],
      ...["--disallowedTools", "AskUserQuestion", "{mcp}", "{model}", "{args}"],
    ],
    permissions: { by: ["--permission-mode", "bypassPermissions"], may: ANY_COMMAND },
    model: ["--model", "{model}"],
    mcp: { how: "flag", args: ["--mcp-config", "{mcp}", "--strict-mcp-config"], form: "standard" },
    skill: null,
    // Without the first its first turn begins while our server is still starting, and the model is offered no tool.
    env: { MCP_CONNECTION_NONBLOCKING: "0", MCP_TIMEOUT: "60000", DISABLE_AUTOUPDATER: "1" },
    accounts: [
      ...["ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN", "ANTHROPIC_BASE_URL", "ANTHROPIC_MODEL"],
      ...["CLAUDE_CODE_OAUTH_TOKEN", "CLAUDE_CONFIG_DIR", "CLAUDE_CODE_USE_BEDROCK", "CLAUDE_CODE_USE_VERTEX"],
      ...["AWS_REGION", "AWS_PROFILE", "AWS_BEARER_TOKEN_BEDROCK", "ANTHROPIC_VERTEX_PROJECT_ID", "CLOUD_ML_REGION"],
      ...["GOOGLE_APPLICATION_CREDENTIALS"],
    ],
    credential_files: ["${CLAUDE_CONFIG_DIR:-~/.claude}/.credentials.json"],
    sign_in: "start claude in a terminal and sign in there, or set ANTHROPIC_API_KEY where the dispatcher is started",
    output: CLAUDE_EVENTS,
    exit_codes: {},
  },
  codex: {
    title: "Codex",
    program: "codex",
    tried: "0.171.0",
    argv: [
      ...["exec", "--json", "--skip-git-repo-check", "-C", "{workspace}", "--sandbox", "workspace-write"],
      ...["{repository}", "{mcp}", "{model}", "{args}", "-"],
    ],
    permissions: {
      by: ["--sandbox", "workspace-write"],
      may: "it may run any command as you, in a sandbox that lets it write only to its workspace, the git folder of that and temporary folders",
    },
    repository: ["--add-dir", "{folder}"],
    model: ["-m", "{model}"],
    mcp: { how: "overrides" },
    skill: null,
    env: {},
    accounts: ["OPENAI_API_KEY", "CODEX_API_KEY", "CODEX_HOME", "OPENAI_BASE_URL"],
    credential_files: ["${CODEX_HOME:-~/.codex}/auth.json"],
    sign_in: "sign in with codex login, or set CODEX_API_KEY where the dispatcher is started",
    output: CODEX_EVENTS,
    exit_codes: {},
  },
  opencode: {
    title: "opencode",
    program: "opencode",
    tried: "1.18.33",
    argv: ["run", "--format", "json", "--dir", "{workspace}", "{model}", "{args}"],
    permissions: { by: [], may: ANY_COMMAND },
    model: ["--model", "{model}"],
    mcp: { how: "inline", name: "OPENCODE_CONFIG_CONTENT" },
    skill: null,
    env: { OPENCODE_DISABLE_AUTOUPDATE: "1" },
    accounts: ["OPENCODE_API_KEY", "ANTHROPIC_API_KEY", "OPENAI_API_KEY", "GEMINI_API_KEY", "OPENROUTER_API_KEY"],
    credential_files: ["${XDG_DATA_HOME:-~/.local/share}/opencode/auth.json"],
    sign_in: "sign in with opencode auth login, or set its provider's key where the dispatcher is started",
    output: OPENCODE_EVENTS,
    exit_codes: {},
  },
  gemini: {
    title: "Gemini CLI",
    program: "gemini",
    tried: "0.61.0",
    argv: ["--output-format", "stream-json", "--approval-mode", "yolo", "{skill_folders}", "{model}", "{args}"],
    permissions: { by: ["--approval-mode", "yolo"], may: ANY_COMMAND },
    model: ["--model", "{model}"],
    // It believes a file of system settings only where it and all folders above it belong to root.
    mcp: { how: "home", variable: "GEMINI_CLI_HOME", folder: ".gemini", linked: [".agents"], server: "kanban_run" },
    skill: null,
    skill_folder: ["--include-directories", "{folder}"],
    // Without it a folder that was not trusted by hand is refused, and servers in its settings are dropped.
    env: { GEMINI_CLI_TRUST_WORKSPACE: "true", ...OWN_GIT_CONFIG },
    accounts: [
      ...["GEMINI_API_KEY", "GOOGLE_API_KEY", "GOOGLE_GENAI_USE_VERTEXAI", "GOOGLE_GENAI_USE_GCA"],
      ...["GOOGLE_CLOUD_PROJECT", "GOOGLE_CLOUD_LOCATION", "GOOGLE_APPLICATION_CREDENTIALS"],
      ...["GOOGLE_GEMINI_BASE_URL"],
    ],
    credential_files: [
      "~/.gemini/oauth_creds.json",
      "~/.gemini/gemini-credentials.json",
      "${GOOGLE_APPLICATION_CREDENTIALS:-~/.config/gcloud/application_default_credentials.json}",
    ],
    sign_in: "start gemini in a terminal and sign in there, or set GEMINI_API_KEY where the dispatcher is started",
    output: GEMINI_EVENTS,
    exit_codes: {
      41: { text: "not signed in", cause: "account" },
      42: { text: "bad input or arguments" },
      44: { text: "its sandbox cannot be started", cause: "setup" },
      52: { text: "bad settings file", cause: "setup" },
      53: { text: "turn limit reached" },
      54: { text: "a tool failed for good" },
      55: { text: "it does not trust the workspace", cause: "setup" },
    },
    exits_with_status: true,
  },
  cursor: {
    title: "Cursor CLI",
    program: "cursor-agent",
    also: ["agent"],
    tried: null,
    argv: [
      "-p",
      "--output-format",
      "stream-json",
      "--yolo",
      "--trust",
      "--workspace",
      "{workspace}",
      "{model}",
      "{args}",
    ],
    permissions: { by: ["--yolo", "--trust"], may: ANY_COMMAND },
    model: ["--model", "{model}"],
    mcp: { how: "none" },
    skill: null,
    env: {},
    accounts: ["CURSOR_API_KEY"],
    credential_files: [
      "${XDG_CONFIG_HOME:-~/.config}/cursor/auth.json",
      "${CURSOR_CONFIG_DIR:-~/.cursor}/cli-config.json",
    ],
    sign_in: "sign in with cursor-agent login, or set CURSOR_API_KEY where the dispatcher is started",
    output: CURSOR_EVENTS,
    exit_codes: {},
  },
  copilot: {
    title: "GitHub Copilot CLI",
    program: "copilot",
    tried: "1.0.102",
    argv: [
      ...["--output-format", "json", "--allow-all", "--no-ask-user", "--no-auto-update"],
      ...["--usage-output-file", "{report}", "{mcp}", "{model}", "{args}"],
    ],
    permissions: { by: ["--allow-all"], may: ANY_COMMAND },
    model: ["--model", "{model}"],
    mcp: { how: "flag", args: ["--additional-mcp-config", "@{mcp}"], form: "copilot" },
    skill: null,
    env: {},
    accounts: [
      ...["COPILOT_GITHUB_TOKEN", "GH_TOKEN", "GITHUB_TOKEN", "GH_HOST", "COPILOT_GH_HOST", "COPILOT_MODEL"],
      ...["COPILOT_PROVIDER_BASE_URL", "COPILOT_PROVIDER_API_KEY", "COPILOT_PROVIDER_BEARER_TOKEN"],
      ...["COPILOT_PROVIDER_TYPE", "COPILOT_PROVIDER_MODEL_ID", "COPILOT_PROVIDER_WIRE_API"],
      ...["COPILOT_PROVIDER_WIRE_MODEL", "COPILOT_PROVIDER_AZURE_API_VERSION", "COPILOT_PROVIDER_HEADERS"],
    ],
    credential_files: ["${COPILOT_HOME:-~/.copilot}/config.json", "${XDG_CONFIG_HOME:-~/.config}/gh/hosts.yml"],
    sign_in: "start copilot in a terminal and use /login, or set COPILOT_GITHUB_TOKEN where the dispatcher is started",
    output: COPILOT_EVENTS,
    exit_codes: {},
  },
  qwen: {
    title: "Qwen Code",
    program: "qwen",
    tried: "0.24.4",
    argv: ["--output-format", "stream-json", "--yolo", "{mcp}", "{model}", "{args}"],
    permissions: { by: ["--yolo"], may: ANY_COMMAND },
    model: ["--model", "{model}"],
    mcp: { how: "flag", args: ["--mcp-config", "{mcp}"], form: "qwen" },
    skill: null,
    env: {},
    accounts: ["OPENAI_API_KEY", "OPENAI_BASE_URL", "OPENAI_MODEL", "DASHSCOPE_API_KEY", "QWEN_HOME"],
    credential_files: ["${QWEN_HOME:-~/.qwen}/oauth_creds.json", "${QWEN_HOME:-~/.qwen}/settings.json"],
    sign_in: "start qwen in a terminal and use /auth, or set OPENAI_API_KEY where the dispatcher is started",
    output: QWEN_EVENTS,
    exit_codes: {
      41: { text: "not signed in", cause: "account" },
      42: { text: "bad input or arguments" },
      52: { text: "bad settings file", cause: "setup" },
      53: { text: "turn limit reached" },
    },
  },
  amp: {
    title: "Amp",
    program: "amp",
    tried: null,
    argv: ["--execute", "--stream-json", "--dangerously-allow-all", "{mcp}", "{model}", "{args}"],
    permissions: { by: ["--dangerously-allow-all"], may: ANY_COMMAND },
    model: ["--mode", "{model}"],
    mcp: { how: "flag", args: ["--mcp-config", "{mcp}"], form: "bare" },
    skill: null,
    env: { AMP_SKIP_UPDATE_CHECK: "1" },
    accounts: ["AMP_API_KEY", "AMP_URL"],
    credential_files: ["${XDG_DATA_HOME:-~/.local/share}/amp/secrets.json"],
    sign_in: "sign in with amp login, or set AMP_API_KEY where the dispatcher is started",
    output: AMP_EVENTS,
    exit_codes: {},
  },
  droid: {
    title: "Factory Droid",
    program: "droid",
    tried: "0.225.2",
    argv: ["exec", "--output-format", "stream-json", "--auto", "high", "--cwd", "{workspace}", "{model}", "{args}"],
    permissions: { by: ["--auto", "high"], may: ANY_COMMAND },
    model: ["--model", "{model}"],
    mcp: { how: "none" },
    skill: null,
    env: {},
    accounts: ["FACTORY_API_KEY"],
    credential_files: ["~/.factory/auth.json", "~/.factory/auth.v2.file", "~/.factory/auth.encrypted"],
    sign_in: "start droid in a terminal and use /login, or set FACTORY_API_KEY where the dispatcher is started",
    output: DROID_EVENTS,
    exit_codes: {},
  },
  hermes: {
    title: "Hermes Agent",
    program: "hermes",
    tried: null,
    argv: [
      ...["-p", "{profile}", "chat", "--format", "stream-json", "--yolo"],
      ...["{skills}", "{model}", "{args}", "--query-file", "-"],
    ],
    permissions: { by: ["--yolo"], may: ANY_COMMAND },
    model: ["--model", "{model}"],
    mcp: { how: "none" },
    skill: ["--skills", "{skill}"],
    env: {},
    accounts: ["HERMES_HOME", "OPENROUTER_API_KEY", "ANTHROPIC_API_KEY", "OPENAI_API_KEY", "NOUS_API_KEY"],
    credential_files: ["${HERMES_HOME:-~/.hermes}/auth.json", "${HERMES_HOME:-~/.hermes}/.env"],
    sign_in: "set it up with hermes setup, or set its provider's key where the dispatcher is started",
    output: HERMES_EVENTS,
    exit_codes: { 130: { text: "interrupted" } },
  },
  pi: {
    title: "pi",
    program: "pi",
    tried: "0.74.2",
    argv: ["-p", "--mode", "json", "{skills}", "{model}", "{args}"],
    permissions: { by: [], may: ANY_COMMAND },
    model: ["--model", "{model}"],
    mcp: { how: "none" },
    skill: ["--skill", "{folder}"],
    env: { PI_SKIP_VERSION_CHECK: "1" },
    accounts: [
      ...["PI_CODING_AGENT_DIR", "ANTHROPIC_API_KEY", "ANTHROPIC_OAUTH_TOKEN", "OPENAI_API_KEY", "GEMINI_API_KEY"],
      ...["OPENROUTER_API_KEY"],
    ],
    credential_files: ["${PI_CODING_AGENT_DIR:-~/.pi/agent}/auth.json"],
    sign_in: "start pi in a terminal and use /login, or set its provider's key where the dispatcher is started",
    output: PI_EVENTS,
    exit_codes: {},
  },
  kilo: {
    title: "Kilo",
    program: "kilo",
    tried: "7.7.9",
    argv: ["run", "--auto", "--format", "json", "--dir", "{workspace}", "{model}", "{args}"],
    permissions: { by: ["--auto"], may: ANY_COMMAND },
    model: ["--model", "{model}"],
    mcp: { how: "inline", name: "KILO_CONFIG_CONTENT" },
    skill: null,
    env: { KILO_DISABLE_AUTOUPDATE: "1" },
    accounts: ["KILO_API_KEY", "KILO_ORG_ID", "ANTHROPIC_API_KEY", "OPENAI_API_KEY", "OPENROUTER_API_KEY"],
    credential_files: ["${XDG_DATA_HOME:-~/.local/share}/kilo/auth.json"],
    sign_in: "sign in with kilo auth login, or set its provider's key where the dispatcher is started",
    output: KILO_EVENTS,
    exit_codes: {},
  },
} as const satisfies Record<string, Preset>;

export type AgentName = keyof typeof PRESETS;

export const AGENTS: readonly AgentName[] = Object.keys(PRESETS) as AgentName[];

/** The preset of an agent, or null if no preset has that name. */
export function presetOf(agent: string): Preset | null {
  return Object.hasOwn(PRESETS, agent) ? PRESETS[agent as AgentName] : null;
}

/** What a new profile copies from the dispatcher's environment: the variables of its agent's account. */
export function accountVariables(agent: string | undefined): Record<string, null> {
  return Object.fromEntries((presetOf(agent ?? "")?.accounts ?? []).map((name) => [name, null]));
}
