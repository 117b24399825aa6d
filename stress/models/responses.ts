/**
 * OpenAI Responses: `POST /v1/responses`, streamed or not. Codex speaks it.
 *
 * @module
 */
import { type Dialect, eventStream, json } from "./dialect.ts";
import type { OfferedTool, Schema } from "./offered_tool.ts";
import { refuse } from "./openai.ts";
import { type Conversation, type Reply, USAGE } from "./script.ts";

interface Tool {
  type: string;
  name?: string;
  parameters?: Schema;
  tools?: Tool[];
  defer_loading?: boolean;
}
interface Request {
  model?: string;
  stream?: boolean;
  tools?: Tool[];
  input?: string | { type?: string; name?: string; tools?: Tool[] }[];
}

export const responses: Dialect = {
  name: "responses",
  handles: (method, path) => method === "POST" && path.endsWith("/responses"),
  read(body): Conversation {
    const { model = "", tools = [], input = [] } = body as Request;
    const items = Array.isArray(input) ? input : [];
    const called = items.flatMap(({ type, name }) =>
      type === "function_call" ? [name ?? ""] : type === "tool_search_call" ? ["tool_search"] : [],
    );
    // What a search has found is offered from then on.
    const found = items.filter(({ type }) => type === "tool_search_output").flatMap((item) => item.tools ?? []);
    return { model, tools: [...tools, ...found].flatMap((tool) => offered(tool)), called, text: JSON.stringify(input) };
  },
  answer(body, reply) {
    const output = itemsOf(reply);
    const response = responseOf(reply, output);
    if (!(body as Request).stream) return json(200, response);
    const begun = { ...response, status: "in_progress", output: [], usage: null };
    const events = [
      { type: "response.created", response: begun },
      { type: "response.in_progress", response: begun },
      ...output.flatMap(itemEvents),
      { type: "response.completed", response },
    ];
    return eventStream(
      events.map(
        (event, sequence_number) => `event: ${event.type}\ndata: ${JSON.stringify({ ...event, sequence_number })}\n\n`,
      ),
    );
  },
  refuse,
};

function offered(tool: Tool, namespace?: string): OfferedTool[] {
  if (tool.type === "namespace") return (tool.tools ?? []).flatMap((inner) => offered(inner, tool.name));
  if (tool.defer_loading) return [];
  if (tool.type === "tool_search") return [{ name: "tool_search" }];
  const { name, parameters } = tool;
  if (name === undefined) return [];
  return [{ name, ...(namespace !== undefined && { namespace }), ...(parameters && { schema: parameters }) }];
}

interface Item {
  readonly id: string;
  readonly type: string;
  readonly [key: string]: unknown;
}

function itemsOf({ id, text, call }: Reply): Item[] {
  const items: Item[] = [];
  const add = (prefix: string, type: string, rest: object) =>
    items.push({ id: `${prefix}_${id}`, type, status: "completed", ...rest });
  if (text !== "") {
    const content = [{ type: "output_text", text, annotations: [], logprobs: [] }];
    add("msg", "message", { role: "assistant", content });
  }
  if (call?.tool.name === "tool_search") {
    add("ts", "tool_search_call", { execution: "client", call_id: call.id, arguments: call.args });
  } else if (call !== null) {
    const { name, namespace } = call.tool;
    const args = JSON.stringify(call.args);
    add("fc", "function_call", { call_id: call.id, name, ...(namespace && { namespace }), arguments: args });
  }
  return items;
}

function responseOf({ id, model }: Reply, output: readonly Item[]) {
  return {
    id: `resp_${id}`,
    object: "response",
    created_at: Math.floor(Date.now() / 1_000),
    status: "completed",
    error: null,
    incomplete_details: null,
    instructions: null,
    model,
    output,
    parallel_tool_calls: false,
    previous_response_id: null,
    tool_choice: "auto",
    tools: [],
    usage: {
      input_tokens: USAGE.input,
      input_tokens_details: { cached_tokens: USAGE.cached },
      output_tokens: USAGE.output,
      output_tokens_details: { reasoning_tokens: 0 },
      total_tokens: USAGE.input + USAGE.output,
    },
  };
}

function itemEvents(item: Item, output_index: number): ({ type: string } & Record<string, unknown>)[] {
  const at = { item_id: item.id, output_index };
  const added = (more: object) => {
    const begun = { ...item, status: "in_progress", ...more };
    return { type: "response.output_item.added", output_index, item: begun };
  };
  const done = { type: "response.output_item.done", output_index, item };
  if (item.type === "function_call") {
    const text = item["arguments"];
    return [
      added({ arguments: "" }),
      { type: "response.function_call_arguments.delta", ...at, delta: text },
      { type: "response.function_call_arguments.done", ...at, name: item["name"], arguments: text },
      done,
    ];
  }
  if (item.type !== "message") return [added({}), done];
  const part = (item["content"] as { text: string }[])[0]!;
  const inside = { ...at, content_index: 0 };
  return [
    added({ content: [] }),
    { type: "response.content_part.added", ...inside, part: { ...part, text: "" } },
    { type: "response.output_text.delta", ...inside, delta: part.text, logprobs: [] },
    { type: "response.output_text.done", ...inside, text: part.text, logprobs: [] },
    { type: "response.content_part.done", ...inside, part },
    done,
  ];
}
