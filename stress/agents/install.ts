/**
 * Installs an agent's packages with npm into a folder, or says why that cannot be done.
 *
 * npm keeps its cache and its logs in that folder too; of the user it reads only its configuration, which
 * may name another registry.
 *
 * @module
 */
import { mkdirSync, statfsSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const INSTALL_MS = 300_000;
/** The largest agent takes half a gigabyte, and its cache the same again. */
const ROOM_BYTES = 2e9;

/** Installs packages, each with its version; null when they are there, else the reason. */
export async function install(packages: readonly string[], dir: string): Promise<string | null> {
  const npm = Bun.which("npm");
  if (npm === null) return "there is no npm";
  const { bavail, bsize } = statfsSync(dir);
  if (bavail * bsize < ROOM_BYTES) return `less than ${ROOM_BYTES / 1e9} GB are free in ${dir}`;
  mkdirSync(join(dir, "tmp"), { recursive: true });
  writeFileSync(join(dir, "package.json"), JSON.stringify({ private: true }));
  const child = Bun.spawn([npm, "install", "--no-audit", "--no-fund", "--no-package-lock", ...packages], {
    cwd: dir,
    env: {
      ...process.env,
      npm_config_cache: join(dir, "cache"),
      npm_config_update_notifier: "false",
      TMPDIR: join(dir, "tmp"),
    },
    stdio: ["ignore", "ignore", "pipe"],
    timeout: INSTALL_MS,
    killSignal: "SIGKILL",
  });
  const [stderr, code] = await Promise.all([new Response(child.stderr).text(), child.exited]);
  if (code === 0) return null;
  if (child.signalCode !== null) return `npm did not end within ${INSTALL_MS / 1_000} s`;
  const said =
    stderr.split("\n").find((line) => /error (?:code|404)|ERR!/.test(line)) ?? stderr.trim().split("\n").at(-1);
  return `npm install ended with ${code}: ${(said ?? "").slice(0, 150)}`;
}
