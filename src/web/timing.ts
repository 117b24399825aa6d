/**
 * How long the server took for a page, as `server-timing`: browsers show it beside the network's share, and
 * the benchmark reads it.
 *
 * @module
 */
import type { MiddlewareHandler } from "hono";
import type { Env } from "./context.ts";

/** Reports it with every page of a signed-in caller, compression included. */
export function timed(): MiddlewareHandler<Env> {
  return async (c, next) => {
    const from = performance.now();
    await next();
    if (c.get("caller") === undefined || !c.res.headers.get("content-type")?.startsWith("text/html")) return;
    c.res.headers.set("server-timing", `app;dur=${(performance.now() - from).toFixed(2)}`);
  };
}
