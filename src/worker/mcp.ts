/**
 * The MCP server: the tools over standard input and output, and the worker context as resource and prompt.
 *
 * The protocol is written out here instead of taken from its SDK, because an agent starts one server
 * per run and waits for it: the SDK alone takes longer to load than everything we do. For the same
 * reason the tools, and with them zod, are loaded when they are first asked for. Both eras of the
 * protocol are served: the `initialize` handshake, and since 2026-07-28 requests that each name
 * their version in `_meta`. Which one a request belongs to is read off the request itself.
 *
 * @module
 */
import type { WorkerEnv } from "../home.ts";
import { type Board, buildContext, KanbanError, type QueueView, READ_BYTES, resolveId } from "../kernel/mod.ts";
import { orchestratorGuidance, workerGuidance } from "./guidance.ts";
import { isObject, type Params, RPC, RpcError, serveLines } from "./json_rpc.ts";
import { keepToolUse } from "./tool_use.ts";

/** Versions with a handshake, newest first. */
const HANDSHAKE_VERSIONS = ["2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05"];
/** The version in which every request is independent. */
const STATELESS_VERSION = "2026-07-28";
const META = "io.modelcontextprotocol/";
const UNSUPPORTED_VERSION = -32022;

export interface McpOptions {
  /** Called when a request first needs the board; the client is answered before it is ever opened. */
  board: () => Board;
  /** What the queue of that board depends on. */
  queue: () => QueueView;
  worker: WorkerEnv | null;
  /** The name that is signed with. */
  who: string;
  /** Outside a worker: offer a planner's tools instead of none. */
  orchestrator: boolean;
  version: string;
  /** The most that one answer makes its reader read, in bytes; default `READ_BYTES`. */
  bytes?: () => Promise<number>;
  input: ReadableStream<Uint8Array>;
  /** Sends one message as one line of JSON. */
  send(message: object): void;
  /** A message for the person who starts it, on stderr: clients keep it in their logs. */
  warn(text: string): void;
}

/** Serves one client until its input ends. */
export async function serveMcp(options: McpOptions): Promise<void> {
  const { worker, orchestrator, input, send, warn } = options;
  if (worker === null && !orchestrator) {
    warn(
      "no tools here: KANBAN_TASK and KANBAN_RUN must be set, as a dispatcher does, without --orchestrator; to plan tasks outside a worker, with it",
    );
  }
  await serveLines(input, { send, warn, answer: (method, params) => answer(options, method, params) });
}

async function answer(options: McpOptions, method: string, params: Params): Promise<object> {
  const stateless = claimsStateless(params);
  const result = await dispatch(options, method, params);
  if (!stateless) return result;
  const cache = CACHEABLE.has(method) ? { ttlMs: 0, cacheScope: "private" } : {};
  return { ...cache, ...result, resultType: "complete", _meta: { [`${META}serverInfo`]: infoOf(options) } };
}

const CACHEABLE = new Set([
  "server/discover",
  "tools/list",
  "resources/list",
  "resources/templates/list",
  "resources/read",
  "prompts/list",
]);

function dispatch(options: McpOptions, method: string, params: Params): object | Promise<object> {
  switch (method) {
    case "initialize":
      return initialize(options, params);
    case "server/discover":
      return { supportedVersions: [STATELESS_VERSION], ...about(options) };
    case "ping":
      return {};
    case "tools/list":
      return listTools(options);
    case "tools/call":
      return call(options, params);
    case "resources/list":
      return { resources: options.worker === null ? [] : [contextResource(options.worker)] };
    case "resources/templates/list":
      return { resourceTemplates: [] };
    case "resources/read":
      return readResource(options, textOf(params, "uri"));
    case "prompts/list":
      return { prompts: listPrompts(options) };
    case "prompts/get":
      return getPrompt(options, textOf(params, "name"));
    default:
      throw new RpcError(RPC.method, `Method not found: ${method}`);
  }
}

/** Whether the request names its version; one that names a version we do not speak is refused. */
function claimsStateless(params: Params): boolean {
  const meta = params["_meta"];
  const claimed = isObject(meta) ? meta[`${META}protocolVersion`] : undefined;
  if (claimed === undefined) return false;
  if (claimed === STATELESS_VERSION) return true;
  throw new RpcError(UNSUPPORTED_VERSION, `Unsupported protocol version: ${String(claimed)}`, {
    supported: [STATELESS_VERSION],
    requested: String(claimed),
  });
}

function initialize(options: McpOptions, params: Params): object {
  const asked = params["protocolVersion"];
  const protocolVersion = HANDSHAKE_VERSIONS.find((version) => version === asked) ?? HANDSHAKE_VERSIONS[0];
  return { protocolVersion, serverInfo: infoOf(options), ...about(options) };
}

function infoOf({ version }: McpOptions): object {
  return { name: "kanban", title: "Kanban", version };
}

function about({ worker, orchestrator }: McpOptions): object {
  return { capabilities: { tools: {}, resources: {}, prompts: {} }, instructions: instructions(worker, orchestrator) };
}

function instructions(worker: WorkerEnv | null, orchestrator: boolean): string {
  if (worker !== null) {
    return `You work on task ${worker.task} of a task board. Call kanban_show first: it has everything known about the task. End with kanban_complete when all of it is done, or with kanban_block when you need an answer from a person. The prompt "work" has the full instructions.`;
  }
  if (orchestrator) {
    return `A task board that agents and people share. Use it to plan work that others do: agree on the plan with the person, then create the tasks with their parents. The prompt "plan" has the full instructions.`;
  }
  return "A task board. It has no tools here: they belong to workers, inside a run.";
}

async function listTools(options: McpOptions): Promise<object> {
  const { worker, orchestrator } = options;
  const { toolsFor } = await loadTools();
  if (worker !== null) keepToolUse(options.board(), worker);
  const tools = toolsFor(worker, { orchestrator }).map(({ name, description, inputSchema }) => ({
    name,
    description,
    inputSchema,
    // Without these hints some clients ask a person before every call.
    annotations: { readOnlyHint: READ_ONLY.has(name), destructiveHint: false, openWorldHint: false },
    // Claude Code hides tools behind a search unless they are marked: each worker would have to look for them.
    _meta: { "anthropic/alwaysLoad": true },
  }));
  return { tools };
}

function loadTools(): Promise<typeof import("./toolset.ts")> {
  return import("./toolset.ts");
}

const READ_ONLY = new Set(["kanban_show", "kanban_list"]);

async function call(options: McpOptions, params: Params): Promise<object> {
  const { board, queue, worker, who, orchestrator } = options;
  const { callTool, toolsFor } = await loadTools();
  const bytes = (await options.bytes?.()) ?? READ_BYTES;
  const name = textOf(params, "name");
  const context = () => ({ board: board(), queue, worker, who, bytes });
  const { ok, reply } = callTool(toolsFor(worker, { orchestrator }), context, name, params["arguments"]);
  const content = [{ type: "text", text: JSON.stringify(reply) }];
  return ok ? { content } : { content, isError: true };
}

function contextResource({ task }: WorkerEnv): object {
  return {
    uri: contextUri(task),
    name: "worker-context",
    title: "Worker context",
    description: `Everything that was handed over to task ${task}`,
    mimeType: "text/markdown",
  };
}

function contextUri(task: string): string {
  return `kanban://task/${task}/context`;
}

async function readResource(options: McpOptions, uri: string): Promise<object> {
  const { worker } = options;
  if (worker === null || uri !== contextUri(worker.task)) {
    throw new RpcError(RPC.params, `Resource not found: ${uri}`, { uri });
  }
  return { contents: [{ uri, mimeType: "text/markdown", text: await contextOf(options, worker) }] };
}

function listPrompts({ worker, orchestrator }: McpOptions): object[] {
  if (worker !== null)
    return [
      {
        name: "work",
        title: "Work on this task",
        description: "The rules of a worker, and everything known about its task",
      },
    ];
  return orchestrator ? [{ name: "plan", title: "Plan on the board", description: "The rules of a planner" }] : [];
}

async function getPrompt(options: McpOptions, name: string): Promise<object> {
  const { worker } = options;
  if (!listPrompts(options).some((prompt) => (prompt as { name: string }).name === name)) {
    throw new RpcError(RPC.params, `Prompt not found: ${name}`);
  }
  const text =
    worker === null ? orchestratorGuidance() : `${workerGuidance(worker)}\n\n${await contextOf(options, worker)}`;
  return { messages: [{ role: "user", content: { type: "text", text } }] };
}

async function contextOf({ board, bytes }: McpOptions, worker: WorkerEnv): Promise<string> {
  const budget = (await bytes?.()) ?? READ_BYTES;
  try {
    return buildContext(board(), resolveId(board(), worker.task), { budget });
  } catch (error) {
    if (error instanceof KanbanError) throw new RpcError(RPC.internal, error.message);
    throw error;
  }
}

function textOf(params: Params, field: string): string {
  const value = params[field];
  if (typeof value !== "string") throw new RpcError(RPC.params, `Invalid params: ${field} must be a text`);
  return value;
}
