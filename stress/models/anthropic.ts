/**
 * Anthropic Messages: `POST /v1/messages`, streamed or not. Claude Code speaks it.
 *
 * @module
 */
import { type Dialect, eventStream, json, type Refusal, type Refused } from "./dialect.ts";
import type { Schema } from "./offered_tool.ts";
import { type Conversation, type Reply, USAGE } from "./script.ts";

interface Block {
  type: string;
  name?: string;
  tool_name?: string;
  content?: string | Block[];
}
interface Request {
  model?: string;
  stream?: boolean;
  tools?: { name: string; defer_loading?: boolean; input_schema?: Schema }[];
  messages?: { role: string; content: string | Block[] }[];
}

const REFUSALS: Readonly<Record<Refusal, Refused & { type: string }>> = {
  dead_key: { status: 401, type: "authentication_error", message: "invalid x-api-key" },
  limit: {
    status: 429,
    type: "rate_limit_error",
    message: "This request would exceed your account's rate limit. Please try again later.",
  },
  outage: { status: 500, type: "api_error", message: "Internal server error" },
  overloaded: { status: 529, type: "overloaded_error", message: "Overloaded" },
  too_long: {
    status: 400,
    type: "invalid_request_error",
    message: "prompt is too long: 250000 tokens > 200000 maximum",
  },
};

export const anthropic: Dialect = {
  name: "anthropic",
  handles: (method, path) => method === "POST" && path.endsWith("/messages"),
  read(body): Conversation {
    const { model = "", tools = [], messages = [] } = body as Request;
    const called = messages
      .flatMap(({ role, content }) => (role === "assistant" && Array.isArray(content) ? content : []))
      .flatMap(({ type, name }) => (type === "tool_use" && name !== undefined ? [name] : []));
    // A deferred tool is offered from the moment on at which a search has found it.
    const found = new Set(messages.flatMap(({ content }) => referencesIn(content)));
    const offered = tools
      .filter((tool) => !tool.defer_loading || found.has(tool.name))
      .map(({ name, input_schema }) => ({ name, ...(input_schema && { schema: input_schema }) }));
    return { model, tools: offered, called, text: JSON.stringify(messages) };
  },
  answer(body, reply) {
    const message = messageOf(reply);
    return (body as Request).stream ? eventStream(eventsOf(message)) : json(200, message);
  },
  refuse(refusal) {
    const { status, ...error } = REFUSALS[refusal];
    return json(status, { type: "error", error, request_id: "req_sim" });
  },
};

function referencesIn(content: string | Block[] | undefined): string[] {
  if (!Array.isArray(content)) return [];
  return content.flatMap(({ type, tool_name, content: inner }) =>
    type === "tool_reference" && tool_name !== undefined ? [tool_name] : referencesIn(inner),
  );
}

type Content = { type: "text"; text: string } | { type: "tool_use"; id: string; name: string; input: object };

function messageOf({ id, model, text, call }: Reply) {
  const content: Content[] = [];
  if (text !== "") content.push({ type: "text", text });
  if (call !== null) content.push({ type: "tool_use", id: `toolu_${id}`, name: call.tool.name, input: call.args });
  return {
    id: `msg_${id}`,
    type: "message",
    role: "assistant",
    model,
    content,
    stop_reason: call === null ? "end_turn" : "tool_use",
    stop_sequence: null,
    usage: {
      input_tokens: USAGE.input,
      output_tokens: USAGE.output,
      cache_read_input_tokens: USAGE.cached,
      cache_creation_input_tokens: 0,
    },
  };
}

function eventsOf({ content, stop_reason, usage, ...rest }: ReturnType<typeof messageOf>): string[] {
  const begun = { ...rest, content: [], stop_reason: null, usage: { ...usage, output_tokens: 1 } };
  return [
    named({ type: "message_start", message: begun }),
    ...content.flatMap(blockEvents),
    named({
      type: "message_delta",
      delta: { stop_reason, stop_sequence: null },
      usage: { output_tokens: usage.output_tokens },
    }),
    named({ type: "message_stop" }),
  ];
}

function blockEvents(block: Content, index: number): string[] {
  const isText = block.type === "text";
  const empty = isText ? { ...block, text: "" } : { ...block, input: {} };
  const delta = isText
    ? { type: "text_delta", text: block.text }
    : { type: "input_json_delta", partial_json: JSON.stringify(block.input) };
  return [
    named({ type: "content_block_start", index, content_block: empty }),
    named({ type: "content_block_delta", index, delta }),
    named({ type: "content_block_stop", index }),
  ];
}

function named(event: { type: string } & Record<string, unknown>): string {
  return `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;
}
