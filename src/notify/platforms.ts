/**
 * Every platform there is. A new one is a file of its own and a line here.
 *
 * @module
 */
import command from "./command.ts";
import discord from "./discord.ts";
import type { Platform } from "./platform.ts";
import slack from "./slack.ts";
import telegram from "./telegram.ts";
import webhook from "./webhook.ts";

/** By name; a map, because the name in a subscription is anybody's text. */
export const PLATFORMS: ReadonlyMap<string, Platform> = new Map(
  [telegram, slack, discord, webhook, command].map((platform) => [platform.name, platform]),
);
