/**
 * Helpers for tests of notification platforms: a message, a platform with its settings, and the chat
 * service that takes what is sent.
 *
 * @module
 */
import { expect } from "bun:test";
import { homeOf } from "../../home.ts";
import type { JsonObject } from "../../kernel/mod.ts";
import { type Message, SendError } from "../../notify/platform.ts";
import { PLATFORMS } from "../../notify/platforms.ts";
import { type Answer, chatServer } from "./chat_server.ts";
import { testBoard } from "../mod.ts";

const task = testBoard().ready({ title: "Translate README", tenant: "docs" });
export const MESSAGE: Message = {
  id: "kb_0123456789abcdef0123",
  text: "@coder is blocked: <!channel> & “which?”",
  kind: "blocked",
  event_id: 7,
  run_id: 3,
  created_at: 1_767_225_600_000,
  chat_id: "42",
  thread_id: null,
  user_id: "U7",
  task,
};
export const sending = (signal = AbortSignal.timeout(5_000)) => ({ home: homeOf({ KANBAN_HOME: "/nowhere" }), signal });

const open: { stop(): void }[] = [];

/** Stops the services of a test. Give it to `afterEach`: a hook here would be that of the first file alone. */
export function stopServers(): void {
  for (const server of open.splice(0)) server.stop();
}

export function server(answer?: Answer) {
  const started = chatServer(answer);
  open.push(started);
  return started;
}

/** A platform with its settings; fails the test when it cannot send. */
export function configured(name: string, section: JsonObject) {
  const found = PLATFORMS.get(name)!.configure(section);
  if (!found.ready) throw new Error(found.problem);
  return found;
}

export async function failure(sent: Promise<void>): Promise<SendError> {
  const error = await sent.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(SendError);
  return error as SendError;
}
