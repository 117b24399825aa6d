/**
 * Paths of the board and paths of the browser: they differ where a proxy serves the board under a path of its own. All
 * other scripts know the paths of the board alone, and ask here on the way out and in.
 *
 * @module
 */
const base = document.documentElement.dataset.base ?? "";

/** Where the cookies of the board belong. */
export const cookiePath = base || "/";

/** The path under which a browser finds a path of the board. One that has the base already stays. */
export function at(path) {
  return !path.startsWith("/") || path === base || path.startsWith(`${base}/`) ? path : base + path;
}

/** A path of the browser as one of the board. */
export function inBoard(path) {
  return base && (path === base || path.startsWith(`${base}/`)) ? path.slice(base.length) || "/" : path;
}

/** The page that is open: its path within the board. */
export const herePath = () => inBoard(location.pathname);

/** The same with its query. */
export const here = () => herePath() + location.search;

document.addEventListener("htmx:config:request", ({ detail }) => {
  const { request } = detail.ctx;
  request.action = at(request.action);
});
document.addEventListener("htmx:before:history:update", ({ detail }) => {
  detail.history.path = at(detail.history.path);
});
