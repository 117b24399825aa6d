/**
 * Google generateContent: `POST /v1beta/models/M:generateContent` and `:streamGenerateContent`. Gemini CLI
 * speaks it.
 *
 * @module
 */
import { type Dialect, eventStream, json, type Refusal, type Refused } from "./dialect.ts";
import type { Schema } from "./offered_tool.ts";
import { type Conversation, type Reply, USAGE } from "./script.ts";

interface Request {
  tools?: { functionDeclarations?: { name: string; parameters?: Schema; parametersJsonSchema?: Schema }[] }[];
  contents?: { role?: string; parts?: { functionCall?: { name: string } }[] }[];
  generationConfig?: { responseMimeType?: string };
}

/** A dead key is a bad request for Google, and no 401. */
const REFUSALS: Readonly<Record<Refusal, Refused & { name: string }>> = {
  dead_key: { status: 400, name: "INVALID_ARGUMENT", message: "API key not valid. Please pass a valid API key." },
  limit: {
    status: 429,
    name: "RESOURCE_EXHAUSTED",
    message:
      "You exceeded your current quota, please check your plan and billing details. For more information on this error, head over to: https://ai.google.dev/gemini-api/docs/rate-limits.",
  },
  outage: { status: 500, name: "INTERNAL", message: "An internal error has occurred. Please retry." },
  overloaded: { status: 503, name: "UNAVAILABLE", message: "The model is overloaded. Please try again later." },
  too_long: {
    status: 400,
    name: "INVALID_ARGUMENT",
    message: "The input token count (1250000) exceeds the maximum number of tokens allowed (1048576).",
  },
};

export const gemini: Dialect = {
  name: "gemini",
  handles: (method, path) => method === "POST" && /:(stream)?generateContent$/i.test(path),
  read(body, path): Conversation {
    const { tools = [], contents = [] } = body as Request;
    const offered = tools
      .flatMap(({ functionDeclarations = [] }) => functionDeclarations)
      .map(({ name, parametersJsonSchema, parameters }) => {
        const schema = parametersJsonSchema ?? parameters;
        return { name, ...(schema && { schema: lowerCased(schema) }) };
      });
    const called = contents
      .flatMap(({ parts = [] }) => parts)
      .flatMap(({ functionCall }) => (functionCall ? [functionCall.name] : []));
    return { model: /models\/([^:]+):/.exec(path)?.[1] ?? "", tools: offered, called, text: JSON.stringify(contents) };
  },
  answer(body, reply, path) {
    const asksJson = (body as Request).generationConfig?.responseMimeType === "application/json";
    const answer = answerOf(asksJson ? { ...reply, text: ROUTE } : reply);
    return /:stream/i.test(path) ? eventStream([`data: ${JSON.stringify(answer)}\n\n`]) : json(200, answer);
  },
  refuse(refusal) {
    const { status, name, message } = REFUSALS[refusal];
    return json(status, { error: { code: status, message, status: name } });
  },
};

/** Before a turn the program has a small model choose the model for it. */
const ROUTE = JSON.stringify({
  reasoning: "scripted",
  model_choice: "flash",
  complexity_score: 10,
  complexity_reasoning: "scripted",
});

/** The older form of a declaration writes its types in capitals. */
function lowerCased(schema: Schema): Schema {
  const properties = Object.entries(schema.properties ?? {}).map(([name, inner]) => [name, lowerCased(inner)]);
  const type = typeof schema.type === "string" ? schema.type.toLowerCase() : schema.type;
  return { ...schema, ...(type && { type }), properties: Object.fromEntries(properties) };
}

function answerOf({ id, model, text, call }: Reply) {
  const parts: object[] = text === "" ? [] : [{ text }];
  if (call !== null) {
    const functionCall = { id: call.id, name: call.tool.name, args: call.args };
    parts.push({ functionCall, thoughtSignature: btoa("scripted") });
  }
  return {
    candidates: [{ content: { role: "model", parts }, finishReason: "STOP", index: 0 }],
    usageMetadata: {
      promptTokenCount: USAGE.input,
      candidatesTokenCount: USAGE.output,
      cachedContentTokenCount: USAGE.cached,
      totalTokenCount: USAGE.input + USAGE.output,
    },
    modelVersion: model,
    responseId: id,
  };
}
