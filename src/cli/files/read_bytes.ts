/**
 * How much a worker gets to read at a time: `context_bytes` of the settings.
 *
 * @module
 */
import type { Home } from "../../home.ts";
import { KanbanError } from "../../kernel/errors.ts";
import { READ_BYTES } from "../../kernel/reads/pieces.ts";

/** The setting as it is now. A settings file that cannot be read keeps no worker from its task: `doctor` names it. */
export async function readBytes(home: Home): Promise<number> {
  const { loadConfig } = await import("../../config.ts"); // It brings zod along.
  try {
    return loadConfig(home).dispatcher.context_bytes;
  } catch (error) {
    if (error instanceof KanbanError) return READ_BYTES;
    throw error;
  }
}
