/**
 * One route of the JSON API: its address, what it takes, what it answers, and the one call behind it.
 *
 * The router, the OpenAPI document and the readable page are all made from the same list, so none of them can have a
 * route that the others lack.
 *
 * @module
 */
import type { Hono } from "hono";
import type { z } from "zod";
import type { Ctx, Env, Web } from "../context.ts";
import { readBody, readQuery } from "./input.ts";
import { shape } from "./fields.ts";

export interface Asked<Q extends z.ZodObject, B extends z.ZodObject> {
  /** The task in the path, or "". */
  id: string;
  query: z.output<Q>;
  body: z.output<B>;
  c: Ctx;
}

export interface Endpoint<
  Q extends z.ZodObject = z.ZodObject,
  B extends z.ZodObject = z.ZodObject,
  A extends z.ZodType = z.ZodType,
> {
  method: "get" | "post" | "patch" | "delete";
  path: string;
  summary: string;
  /** Rules that the shapes do not show. */
  notes?: string;
  query?: Q;
  body?: B;
  answer: A;
  /** It continues until the client disconnects: server-sent events whose data are of the answer's shape. */
  stream?: boolean;
  run(web: Web, asked: Asked<Q, B>): z.input<A> | Response | Promise<z.input<A> | Response>;
}

const NOTHING = shape({});

/** Lets the compiler tie `run` to the shapes beside it. */
export function endpoint<Q extends z.ZodObject, B extends z.ZodObject, A extends z.ZodType>(
  given: Endpoint<Q, B, A>,
): Endpoint {
  return given as unknown as Endpoint;
}

/** Puts every endpoint on the router. */
export function mount(app: Hono<Env>, web: Web, endpoints: readonly Endpoint[]): void {
  for (const { method, path, query, body, run } of endpoints) {
    app.on(method.toUpperCase(), path, async (c) => {
      const asked = {
        id: c.req.param("id") ?? "",
        query: readQuery(new URL(c.req.url), query ?? NOTHING),
        // Fields in the body of a route that takes none are unknown fields: a `dry_run` there is not overheard.
        body: method === "get" ? {} : await readBody(c.req.raw, body ?? NOTHING),
        c,
      };
      const answer = await run(web, asked);
      return answer instanceof Response ? answer : c.json(answer as object);
    });
  }
}
