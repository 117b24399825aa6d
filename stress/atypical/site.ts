/**
 * A web server over a fresh home, asked with what `fetch` allows and with what it does not.
 *
 * @module
 */
import { expect } from "bun:test";
import { connect } from "node:net";
import type { Task } from "../../src/kernel/mod.ts";
import { cliJson, type Server } from "../program.ts";
import type { Stage } from "./scenario.ts";

export interface Answer {
  status: number;
  text: string;
  error: { code?: string; message?: string } | null;
}

/** A server over a fresh home, and a way to ask it. */
export async function site(stage: Stage) {
  const place = stage.place();
  const server = await stage.server(place);
  const ask = async (
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answer> => {
    const text = typeof body === "string" ? body : JSON.stringify(body);
    const answer = await fetch(`${server.url}${path}`, {
      method,
      redirect: "manual",
      headers: { authorization: `Bearer ${server.token}`, "content-type": "application/json", ...headers },
      ...(body === undefined ? {} : { body: text }),
    });
    const read = await answer.text();
    expect(read).not.toMatch(/\n\s+at |\/src\/|SQLite/);
    return { status: answer.status, text: read, error: parse(read) };
  };
  const list = () => cliJson<Task[]>(place, ["list", "--archived"]);
  return { place, server, ask, list };
}

function parse(text: string): Answer["error"] {
  try {
    const { error } = JSON.parse(text) as { error?: { code?: string; message?: string } | string };
    return typeof error === "string" ? { message: error } : (error ?? null);
  } catch {
    return null;
  }
}

/** One raw request over a socket: what `fetch` would put right. */
export function raw({ url }: Server, text: string): Promise<string> {
  const { port } = new URL(url);
  const { promise, resolve } = Promise.withResolvers<string>();
  let answer = "";
  const socket = connect(Number(port), "127.0.0.1", () => socket.write(text));
  socket.on("data", (chunk) => (answer += chunk.toString()));
  socket.on("close", () => resolve(answer));
  socket.on("error", () => resolve(answer));
  setTimeout(() => socket.destroy(), 1_500);
  return promise;
}
