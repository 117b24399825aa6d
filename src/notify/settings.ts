/**
 * Which platforms can send, as `config.yaml` says at the moment.
 *
 * The file is read again when it changes, so that what waits for a platform is sent as soon as it is configured. A
 * file that cannot be read leaves everything as it was.
 *
 * @module
 */
import { statSync } from "node:fs";
import { type BoardTarget, type Config, loadConfig } from "../config.ts";
import type { Home } from "../home.ts";
import { KanbanError } from "../kernel/mod.ts";
import type { Chat, Configured } from "./platform.ts";
import { PLATFORMS } from "./platforms.ts";

export type ConfiguredPlatforms = ReadonlyMap<string, Configured>;

/** What the notifier works by. */
export interface NotifySettings {
  readonly platforms: ConfiguredPlatforms;
  /** The targets that hear of the whole board. */
  readonly board: readonly BoardTarget[];
}

/** Every platform with its settings. */
function configurePlatforms(notify: Config["notify"]): ConfiguredPlatforms {
  return new Map(
    [...PLATFORMS].map(([name, platform]) => [
      name,
      platform.configure(Object.hasOwn(notify, name) ? notify[name] : undefined),
    ]),
  );
}

/** What keeps a known platform from sending, or null. */
export function platformProblem(name: string, notify: Config["notify"]): string | null {
  const configured = configurePlatforms(notify).get(name);
  return configured === undefined || configured.ready ? null : configured.problem;
}

/** What keeps a subscription from being sent to, in words; null when nothing does. */
export function subscriptionProblem(name: string, chat: Chat, notify: Config["notify"]): string | null {
  const platform = PLATFORMS.get(name);
  if (platform === undefined) return `no such platform; the platforms are ${[...PLATFORMS.keys()].join(", ")}`;
  const wrong = platform.chatProblem(chat);
  if (wrong !== null) return wrong;
  const problem = platformProblem(name, notify);
  return problem === null ? null : `not configured: ${problem}`;
}

/** Returns the settings of a home whenever it is called; the same ones as long as the file is the same. */
export function watchSettings(home: Home, warn: (line: string) => void): () => NotifySettings {
  let signature: string | null = null;
  let settings: NotifySettings = { platforms: new Map(), board: [] };
  return () => {
    const file = statSync(home.config, { throwIfNoEntry: false });
    const found = file === undefined ? "none" : `${file.ino}:${file.size}:${file.mtimeMs}`;
    if (found === signature) return settings;
    const first = signature === null;
    signature = found;
    try {
      const { notify, notify_board } = loadConfig(home);
      settings = { platforms: configurePlatforms(notify), board: notify_board };
      for (const name of Object.keys(notify)) warnOf(name, settings.platforms, warn);
      for (const target of notify_board) {
        const problem = subscriptionProblem(target.platform, target, notify);
        if (problem !== null) warn(`notify: nothing is sent to ${target.platform} ${target.chat_id}: ${problem}`);
      }
    } catch (error) {
      if (!(error instanceof KanbanError)) throw error;
      warn(`notify: ${error.message}`);
      if (first) settings = { platforms: configurePlatforms({}), board: [] };
    }
    return settings;
  };
}

function warnOf(name: string, platforms: ConfiguredPlatforms, warn: (line: string) => void): void {
  const configured = platforms.get(name);
  if (configured === undefined)
    warn(`notify: config.yaml names "${name}"; the known ones are ${[...PLATFORMS.keys()].join(", ")}`);
  else if (!configured.ready) warn(`notify: ${name} cannot send: ${configured.problem}`);
}
