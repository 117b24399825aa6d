/**
 * The agents as the dispatcher sees them: it may not import this layer, so it is handed this object.
 *
 * @module
 */
import { expand } from "./expand.ts";
import { judge } from "./judge.ts";
import { AGENTS } from "./presets.ts";

export const agents = {
  names: (): string[] => [...AGENTS],
  expand,
  judge: (finished: Parameters<typeof judge>[0]) => judge(finished),
};
