/**
 * Who acts: the name that a session was signed in with, or that a program gives with the token.
 *
 * Everything that a person does on the web is signed with the name of the session: events, comments, created tasks,
 * and what a run says about who ended it. A name is asked at the sign-in and is part of what the cookie's signature
 * covers, so two browsers act under two names, and neither can take the other's.
 *
 * @module
 */
import { rosterOf } from "../../dispatcher/queue_view.ts";
import { loginName } from "../../home.ts";
import { addPerson, isPersonName, KanbanError, NAME_MAX, patiently, PROGRAM_NAMES } from "../../kernel/mod.ts";
import { oneLine } from "../../text.ts";
import type { Web } from "../context.ts";
import { badInput } from "../failure.ts";

/** The header in which a program with the token says for whom it acts; percent-encoded UTF-8. */
export const ACTOR_HEADER = "x-kanban-actor";

/** The name that a browser gets which gave none: that of the user who runs the server. */
export function defaultName(web: Web): string {
  const name = loginName();
  return problemOf(web, name) === null ? name : "owner";
}

/** The name that was typed, as it is kept. @throws {Refusal} 400 when it can be no person's. */
export function requirePersonName(web: Web, given: string): string {
  const name = given.trim();
  const problem = problemOf(web, name);
  if (problem !== null) throw badInput("name", `Cannot use the name "${oneLine(name, 60)}": ${problem}`);
  return name;
}

/** Who a program acts for: what its header says, else "dashboard", which is nobody in particular. */
export function programName(web: Web, header: string | undefined): string {
  if (header === undefined) return web.board.actor;
  let name: string;
  try {
    name = decodeURIComponent(header);
  } catch {
    throw badInput(ACTOR_HEADER, `Cannot use ${ACTOR_HEADER}: it must be percent-encoded UTF-8`);
  }
  return requirePersonName(web, name);
}

/** Keeps that this person is known here. A board that cannot be written to keeps nobody from reading it. */
export async function keepPerson(web: Web, name: string): Promise<void> {
  try {
    await patiently(() => addPerson(web.board, name), { deadlineMs: web.patienceMs });
  } catch (error) {
    if (!(error instanceof KanbanError)) throw error;
    web.warn(`web: "${oneLine(name, 60)}" signed in and could not be kept as a person: ${error.message}`);
  }
}

/** Why a name can be no person's here; null when it can. */
function problemOf(web: Web, name: string): string | null {
  if (!isPersonName(name)) return `it must be a printable name of at most ${NAME_MAX} characters`;
  if (PROGRAM_NAMES.has(name)) return "it must be a person's name, it is what a program signs with";
  if (rosterOf(web.home).names.has(name)) return "it must be a person's name, a profile here has it";
  return null;
}
