/** @jsxImportSource hono/jsx */
/**
 * The document around every page: its head, with everything a page is made of.
 *
 * @module
 */
import type { Shell } from "./layout.tsx";

/** A whole document as text. */
export function document(page: unknown): string {
  return `<!doctype html>${String(page)}`;
}

const HTMX = JSON.stringify({
  includeIndicatorCSS: false,
  history: "reload",
  defaultTimeout: 30_000,
  morphIgnore: ["data-htmx-powered", "open", "data-local", "aria-busy"],
});

/** `<head>` and the scripts. Without `shell` it is the login page, which has a script of its own and nothing else. */
export function Document({
  title,
  theme,
  shell,
  children,
}: {
  title: string;
  theme: "dark" | "light" | null;
  shell?: Pick<Shell, "build">;
  children?: unknown;
}) {
  return (
    <html lang="en" data-theme={theme ?? undefined}>
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover" />
        <meta name="color-scheme" content="light dark" />
        <title>{title}</title>
        <link rel="icon" href={shell ? `/static/${shell.build}/icon.svg` : "/static/icon.svg"} type="image/svg+xml" />
        {shell ? <Assets build={shell.build} /> : <LoginAssets />}
      </head>
      {children}
    </html>
  );
}

/** Everything a page is made of, asked for at once and kept for as long as the build is the same. */
function Assets({ build }: Pick<Shell, "build">) {
  return (
    <>
      <link rel="preload" href={`/static/${build}/inter.woff2`} as="font" type="font/woff2" crossorigin="" />
      <link rel="stylesheet" href={`/static/${build}/board.css`} />
      <link rel="manifest" href="/static/manifest.webmanifest" crossorigin="use-credentials" />
      <meta name="htmx-config" content={HTMX} />
      <script src={`/vendor/${build}/htmx.js`} defer />
      <script src={`/static/${build}/board.js`} type="module" />
    </>
  );
}

function LoginAssets() {
  return (
    <>
      <link rel="stylesheet" href="/static/board.css" />
      <script src="/static/login.js" type="module" />
    </>
  );
}
