/**
 * Notifications: sends chats the outcomes of the tasks that they subscribed to.
 *
 * @module
 */
export { type ListedTarget, listTargets } from "./board_targets.ts";
export type { Patience } from "./deliver.ts";
export { type Notifier, type NotifierOptions, startNotifier } from "./notifier.ts";
export { PLATFORMS } from "./platforms.ts";
export { platformProblem, subscriptionProblem } from "./settings.ts";
