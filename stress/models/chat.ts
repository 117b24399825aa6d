/**
 * OpenAI Chat Completions: `POST /v1/chat/completions`, streamed or not. Most agents with a model of the
 * user's own speak it: Qwen, opencode, Copilot, Droid, pi.
 *
 * @module
 */
import { type Dialect, eventStream, json } from "./dialect.ts";
import type { Schema } from "./offered_tool.ts";
import { refuse } from "./openai.ts";
import { type Conversation, type Reply, USAGE } from "./script.ts";

interface Request {
  model?: string;
  stream?: boolean;
  tools?: { function?: { name: string; parameters?: Schema } }[];
  messages?: { role: string; tool_calls?: { function: { name: string } }[] }[];
}

export const chat: Dialect = {
  name: "chat",
  handles: (method, path) => method === "POST" && path.endsWith("/chat/completions"),
  read(body): Conversation {
    const { model = "", tools = [], messages = [] } = body as Request;
    const offered = tools.flatMap(({ function: tool }) =>
      tool === undefined ? [] : [{ name: tool.name, ...(tool.parameters && { schema: tool.parameters }) }],
    );
    const called = messages.flatMap(({ tool_calls = [] }) => (tool_calls ?? []).map((call) => call.function.name));
    return { model, tools: offered, called, text: JSON.stringify(messages) };
  },
  answer(body, reply) {
    const head = { id: `chatcmpl-${reply.id}`, created: Math.floor(Date.now() / 1_000), model: reply.model };
    const { tool_calls, ...message } = messageOf(reply);
    const finish_reason = reply.call === null ? "stop" : "tool_calls";
    if (!(body as Request).stream) {
      const choice = { index: 0, message: { ...message, ...(tool_calls && { tool_calls }) }, finish_reason };
      return json(200, { ...head, object: "chat.completion", choices: [choice], usage: usage() });
    }
    const calls = tool_calls && { tool_calls: tool_calls.map((call, index) => ({ index, ...call })) };
    const chunk = (choices: unknown[], more = {}) =>
      `data: ${JSON.stringify({ ...head, object: "chat.completion.chunk", choices, ...more })}\n\n`;
    return eventStream([
      chunk([{ index: 0, delta: { ...message, ...calls }, finish_reason: null }]),
      chunk([{ index: 0, delta: {}, finish_reason }]),
      chunk([], { usage: usage() }),
      "data: [DONE]\n\n",
    ]);
  },
  refuse,
};

function messageOf({ text, call }: Reply) {
  const tool_calls = call && [
    { id: call.id, type: "function", function: { name: call.tool.name, arguments: JSON.stringify(call.args) } },
  ];
  return { role: "assistant", content: text === "" && tool_calls ? null : text, tool_calls };
}

function usage() {
  return {
    prompt_tokens: USAGE.input,
    completion_tokens: USAGE.output,
    total_tokens: USAGE.input + USAGE.output,
    prompt_tokens_details: { cached_tokens: USAGE.cached },
  };
}
