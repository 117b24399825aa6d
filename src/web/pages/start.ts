/**
 * What an empty board offers: the built-in worker, and the agents of this machine.
 *
 * @module
 */
import { statSync } from "node:fs";
import { getCookie } from "hono/cookie";
import type { FoundAgent, StartView } from "../../../views/pages/start.tsx";
import { AGENTS, presetOf } from "../../agents/mod.ts";
import { dispatcherStatus, findProgram, listProfiles, programVersion } from "../../dispatcher/mod.ts";
import { environment } from "../../home.ts";
import { type Board, boardState, latestEventId } from "../../kernel/mod.ts";
import type { Ctx, Web } from "../context.ts";

/** What a board without any task offers, or null: it was used already, or the viewer hid it. */
export function startOf(web: Web, board: Board, c: Ctx): StartView | null {
  // No event is ever taken away with which a task began.
  if (latestEventId(board) > 0 || getCookie(c, "kanban_start") === "0") return null;
  return startView(web, board);
}

/** How it begins here. */
export function startView(web: Web, board: Board): StartView {
  const runs = dispatcherStatus(web.home, { board, agents: web.agents }).running;
  const starts = boardState(board).paused ? "paused" : runs ? "by_dispatcher" : "by_page";
  return { agents: foundAgents(web), known: AGENTS, starts };
}

/** The agents whose program is on the PATH of this process, which is that of the workers too. */
export function foundAgents(web: Web): FoundAgent[] {
  const { profiles } = listProfiles(web.home);
  return AGENTS.flatMap((name) => {
    const { title, permissions } = presetOf(name)!;
    const program = programOf(name);
    if (program === null) return [];
    const own = profiles.filter(({ agent }) => agent === name).map((profile) => profile.name);
    return [{ name, title, version: versions.get(stampOf(program)) ?? null, profiles: own, may: permissions.may }];
  });
}

/** Where an agent's program is, or null. */
export function programOf(agent: string): string | null {
  const { program, also = [] } = presetOf(agent)!;
  const places = { path: environment()["PATH"] ?? "", cwd: "/" };
  return [program, ...also].map((name) => findProgram(name, places)).find((place) => place !== null) ?? null;
}

/** By the file of the program: an agent that was updated is asked again. */
const versions = new Map<string, string>();

/** Asks the program, unless it was asked before. */
export async function withVersion(agent: FoundAgent): Promise<FoundAgent> {
  const program = programOf(agent.name);
  if (program === null || agent.version !== null) return agent;
  const line = (await programVersion(program)) ?? "";
  const version = /\d+(?:\.\d+)+/.exec(line)?.[0] ?? "";
  versions.set(stampOf(program), version);
  return { ...agent, version };
}

function stampOf(program: string): string {
  const stat = statSync(program, { throwIfNoEntry: false });
  return `${program} ${stat?.mtimeMs ?? 0} ${stat?.size ?? 0}`;
}
