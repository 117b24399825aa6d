/**
 * The OpenAPI 3.1 document, made from the same endpoints and shapes that answer.
 *
 * zod writes the JSON schemas (draft 2020-12, which 3.1 uses as it is); what is left to do is to put
 * them in their places, so no further package is needed.
 *
 * @module
 */
import { z } from "zod";
import { Failure } from "./responses.ts";
import type { Endpoint } from "./endpoint.ts";

type JsonSchema = Record<string, unknown>;

/** What a refusal of each kind means. */
const REFUSALS: Record<string, string> = {
  400: "Wrong input: `field` names it",
  401: "No token and no session, or wrong ones",
  403: "Host, or the page that asks, is foreign",
  404: "No such task",
  409: "The task's state forbids it: what was needed, what was found",
  413: "Larger than 4 MiB",
  503: "The database stayed locked",
};

/** The description of the API. */
export function openApi(endpoints: readonly Endpoint[], version: string): JsonSchema {
  const schemas: Record<string, JsonSchema> = {};
  const paths: Record<string, Record<string, JsonSchema>> = {};
  for (const endpoint of endpoints) {
    const path = endpoint.path.replace(/:(\w+)/g, "{$1}");
    (paths[path] ??= {})[endpoint.method] = operation(endpoint, schemas);
  }
  return {
    openapi: "3.1.0",
    info: { title: "kanban", version, description: "A durable task board that AI agents and people share." },
    security: [{ token: [] }, { session: [] }],
    paths,
    components: {
      schemas,
      securitySchemes: {
        token: {
          type: "http",
          scheme: "bearer",
          description:
            "The content of run/token in the board's home. Changes are signed as dashboard, or as the person that the header X-Kanban-Actor names (percent-encoded UTF-8)",
        },
        session: { type: "apiKey", in: "cookie", name: "kanban_session_BOARD", description: "Set by the sign-in link" },
      },
    },
  };
}

/** The fields that a request may carry, as JSON schema. */
export function fieldsOf(shape: z.ZodObject | undefined): { name: string; required: boolean; schema: JsonSchema }[] {
  if (shape === undefined) return [];
  const { properties = {}, required = [] } = z.toJSONSchema(shape, { io: "input" }) as {
    properties?: Record<string, JsonSchema>;
    required?: string[];
  };
  return Object.entries(properties).map(([name, schema]) => ({ name, schema, required: required.includes(name) }));
}

function operation(endpoint: Endpoint, schemas: Record<string, JsonSchema>): JsonSchema {
  const { method, path, summary, notes, query, body, answer, stream } = endpoint;
  const inPath = [...path.matchAll(/:(\w+)/g)].map(([, name]) => ({
    name,
    in: "path",
    required: true,
    schema: { type: "string" },
  }));
  const inQuery = fieldsOf(query).map(({ name, required, schema }) => ({ name, in: "query", required, schema }));
  return {
    operationId: `${method} ${path}`.replace(/[^a-z_]+/g, "_").replace(/_$/, ""),
    summary,
    ...(notes === undefined ? {} : { description: notes }),
    ...(inPath.length + inQuery.length === 0 ? {} : { parameters: [...inPath, ...inQuery] }),
    ...(body === undefined
      ? {}
      : {
          requestBody: {
            required: true,
            content: { "application/json": { schema: schemaOf(body, "input", schemas) } },
          },
        }),
    responses: {
      200: {
        description: stream ? "Continues until the client disconnects; the data of each message" : "Done",
        content: {
          [stream ? "text/event-stream" : "application/json"]: { schema: schemaOf(answer, "output", schemas) },
        },
      },
      ...Object.fromEntries(
        Object.entries(REFUSALS).map(([status, description]) => [status, refusal(description, schemas)]),
      ),
    },
  };
}

function refusal(description: string, schemas: Record<string, JsonSchema>): JsonSchema {
  return { description, content: { "application/json": { schema: schemaOf(Failure, "output", schemas) } } };
}

/** The JSON schema of a shape; named shapes inside it move to the components and are referred to. */
function schemaOf(shape: z.ZodType, io: "input" | "output", schemas: Record<string, JsonSchema>): JsonSchema {
  const text = JSON.stringify(z.toJSONSchema(shape, { io, unrepresentable: "any" }));
  const {
    $schema: _,
    $defs = {},
    ...schema
  } = JSON.parse(text.replaceAll('"#/$defs/', '"#/components/schemas/')) as {
    $schema?: string;
    $defs?: Record<string, JsonSchema>;
  } & JsonSchema;
  Object.assign(schemas, $defs);
  return schema;
}
