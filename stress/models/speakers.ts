/**
 * A client of each dialect, as short as it can be: it asks, calls the tools that the model wants, and
 * hands the results back, until the model says its last word.
 *
 * @module
 */

/** A tool as the test offers it. */
export interface Offer {
  readonly name: string;
  readonly schema?: object;
}

export interface Turn {
  readonly text: string;
  readonly call: { readonly id: string; readonly name: string; readonly args: unknown } | null;
  readonly tokens: { readonly input: number; readonly output: number };
}

/** One protocol from the client's side. `history` holds the turns so far, each with its tool's result. */
export interface Speaker {
  readonly path: string;
  body(offers: readonly Offer[], history: readonly Turn[], options: { stream: boolean }): object;
  /** Reads an answer: the object, or the events of a stream. */
  read(answer: any): Turn;
  readStream(events: readonly any[]): Turn;
  /** The provider's sentence in an error. */
  problem(answer: any): string;
}

const RESULT = "the result";

const anthropic: Speaker = {
  path: "/v1/messages",
  body: (offers, history, { stream }) => ({
    model: "m",
    stream,
    tools: offers.map(({ name, schema }) => ({ name, input_schema: schema ?? {} })),
    messages: [
      { role: "user", content: "Work on t_1234abcd." },
      ...history.flatMap(({ call }) => [
        { role: "assistant", content: [{ type: "tool_use", id: call!.id, name: call!.name, input: call!.args }] },
        { role: "user", content: [{ type: "tool_result", tool_use_id: call!.id, content: RESULT }] },
      ]),
    ],
  }),
  read({ content, usage }) {
    const call = content.find((block: any) => block.type === "tool_use");
    return {
      text: content.find((block: any) => block.type === "text")?.text ?? "",
      call: call ? { id: call.id, name: call.name, args: call.input } : null,
      tokens: { input: usage.input_tokens, output: usage.output_tokens },
    };
  },
  readStream(events) {
    const content: any[] = [];
    for (const { type, index, content_block, delta } of events) {
      if (type === "content_block_start") content[index] = { ...content_block };
      if (delta?.type === "text_delta") content[index].text += delta.text;
      if (delta?.type === "input_json_delta") content[index].input = JSON.parse(delta.partial_json);
    }
    const { usage } = events.find(({ type }) => type === "message_start").message;
    const last = events.find(({ type }) => type === "message_delta");
    return anthropic.read({ content, usage: { ...usage, ...last.usage } });
  },
  problem: ({ error }) => error.message,
};

const chat: Speaker = {
  path: "/v1/chat/completions",
  body: (offers, history, { stream }) => ({
    model: "m",
    stream,
    tools: offers.map(({ name, schema }) => ({ type: "function", function: { name, parameters: schema } })),
    messages: [
      { role: "user", content: "Work on t_1234abcd." },
      ...history.flatMap(({ call }) => [
        {
          role: "assistant",
          tool_calls: [{ id: call!.id, function: { name: call!.name, arguments: JSON.stringify(call!.args) } }],
        },
        { role: "tool", tool_call_id: call!.id, content: RESULT },
      ]),
    ],
  }),
  read({ choices: [{ message }], usage }) {
    const call = message.tool_calls?.[0];
    return {
      text: message.content ?? "",
      call: call ? { id: call.id, name: call.function.name, args: JSON.parse(call.function.arguments) } : null,
      tokens: { input: usage.prompt_tokens, output: usage.completion_tokens },
    };
  },
  readStream(events) {
    const message = Object.assign({}, ...events.flatMap(({ choices }) => choices.map(({ delta }: any) => delta)));
    return chat.read({ choices: [{ message }], usage: events.at(-1).usage });
  },
  problem: ({ error }) => error.message,
};

const responses: Speaker = {
  path: "/v1/responses",
  body: (offers, history, { stream }) => ({
    model: "m",
    stream,
    // As Codex does it: the tools of a server have a name of their own.
    tools: [
      {
        type: "namespace",
        name: "mcp__kanban",
        tools: offers.map(({ name, schema }) => ({ type: "function", name, parameters: schema })),
      },
    ],
    input: [
      { type: "message", role: "user", content: "Work on t_1234abcd." },
      ...history.flatMap(({ call }) => [
        { type: "function_call", call_id: call!.id, name: call!.name, arguments: JSON.stringify(call!.args) },
        { type: "function_call_output", call_id: call!.id, output: RESULT },
      ]),
    ],
  }),
  read({ output, usage }) {
    const call = output.find(({ type }: any) => type === "function_call");
    return {
      text: output.find(({ type }: any) => type === "message")?.content[0].text ?? "",
      call: call ? { id: call.call_id, name: call.name, args: JSON.parse(call.arguments) } : null,
      tokens: { input: usage.input_tokens, output: usage.output_tokens },
    };
  },
  readStream(events) {
    const output = events.filter(({ type }) => type === "response.output_item.done").map(({ item }) => item);
    return responses.read({ output, usage: events.at(-1).response.usage });
  },
  problem: ({ error }) => error.message,
};

const gemini: Speaker = {
  path: "/v1beta/models/m:generateContent",
  body: (offers, history) => ({
    tools: [{ functionDeclarations: offers.map(({ name, schema }) => ({ name, parametersJsonSchema: schema })) }],
    contents: [
      { role: "user", parts: [{ text: "Work on t_1234abcd." }] },
      ...history.flatMap(({ call }) => [
        { role: "model", parts: [{ functionCall: { name: call!.name, args: call!.args } }] },
        { role: "user", parts: [{ functionResponse: { name: call!.name, response: { output: RESULT } } }] },
      ]),
    ],
  }),
  read({ candidates: [{ content }], usageMetadata }) {
    const call = content.parts.find((part: any) => part.functionCall)?.functionCall;
    return {
      text: content.parts.find((part: any) => part.text)?.text ?? "",
      call: call ? { id: call.id, name: call.name, args: call.args } : null,
      tokens: { input: usageMetadata.promptTokenCount, output: usageMetadata.candidatesTokenCount },
    };
  },
  readStream: (events) => gemini.read(events[0]),
  problem: ({ error }) => error.message,
};

export const SPEAKERS = { anthropic, chat, responses, gemini } satisfies Record<string, Speaker>;

/** Sends one request, as an answer or as a stream. */
export async function ask(url: string, speaker: Speaker, body: object, { stream }: { stream: boolean }): Promise<any> {
  const path = stream ? speaker.path.replace(":generate", ":streamGenerate") : speaker.path;
  const answer = await fetch(url + path, { method: "POST", body: JSON.stringify(body) });
  if (!stream) return answer.json();
  const lines = (await answer.text()).split("\n").filter((line) => line.startsWith("data: {"));
  return lines.map((line) => JSON.parse(line.slice("data: ".length)));
}
