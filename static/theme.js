/**
 * Dark, light, or as the system has it; remembered in a cookie so that the server sends the next page
 * in the right colours from its first byte.
 *
 * @module
 */
import { act, say } from "./dom.js";
import { cookiePath } from "./paths.js";

const ORDER = ["system", "dark", "light"];

/** Sets the theme; without a name the next one in turn. */
export function theme(name) {
  const root = document.documentElement;
  const next = name ?? ORDER[(ORDER.indexOf(root.dataset.theme ?? "system") + 1) % ORDER.length];
  if (next === "system") delete root.dataset.theme;
  else root.dataset.theme = next;
  const age = next === "system" ? 0 : 31_536_000;
  document.cookie = `kanban_theme=${next === "system" ? "" : next}; path=${cookiePath}; max-age=${age}; samesite=strict`;
  say(`Theme: ${next}`);
}
act("theme", () => theme());
