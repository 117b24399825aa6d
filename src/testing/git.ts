/**
 * Helpers for tests of git: real repositories with few commits, and stand-ins for other gits.
 *
 * @module
 */
import { chmodSync, lstatSync, mkdirSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** The git of this machine, wherever PATH leads to later. */
const GIT = Bun.which("git")!;
const IDENTITY = ["user.name=Ann", "user.email=ann@example.org", "init.defaultBranch=main", "commit.gpgSign=false"];
const SETTINGS = [...IDENTITY, "protocol.file.allow=always"].flatMap((setting) => ["-c", setting]);

/** Runs git as a user would and returns what it printed; throws when it fails. */
export function git(cwd: string, ...args: string[]): string {
  const done = Bun.spawnSync([GIT, ...SETTINGS, ...args], { cwd, stdout: "pipe", stderr: "pipe" });
  if (done.exitCode !== 0) throw new Error(`git ${args.join(" ")}: ${done.stderr.toString()}`);
  return done.stdout.toString().trim();
}

/** Writes a file and commits everything that is there. */
export function commit(cwd: string, file: string, text = file): void {
  mkdirSync(dirname(join(cwd, file)), { recursive: true });
  writeFileSync(join(cwd, file), text);
  git(cwd, "add", "-A");
  git(cwd, "commit", "-qm", `add ${file}`);
}

/** A repository with one commit on `main`. */
export function newRepository(path: string): string {
  mkdirSync(path, { recursive: true });
  git(path, "init", "-q");
  commit(path, "README");
  return path;
}

/** Every path below a folder with what is there: two equal listings mean that nothing changed. */
export function listing(folder: string, without: RegExp = /$^/): Record<string, string> {
  const found: Record<string, string> = {};
  for (const name of readdirSync(folder, { recursive: true }) as string[]) {
    if (without.test(name)) continue;
    const path = join(folder, name);
    const stat = lstatSync(path);
    if (stat.isSymbolicLink()) found[name] = `-> ${readlinkSync(path)}`;
    else if (stat.isFile()) found[name] = `${stat.mode.toString(8)} ${readFileSync(path).toString("latin1")}`;
    else found[name] = stat.isDirectory() ? "folder" : "other";
  }
  return found;
}

/**
 * Puts a shell script in the place of git and returns the PATH that finds it first. In the script `$GIT` is
 * the real git, and `$verb` the command that it is asked for.
 */
export function gitStandIn(folder: string, script: string): string {
  const place = join(folder, "git");
  mkdirSync(folder, { recursive: true });
  writeFileSync(
    place,
    `#!/bin/sh
GIT='${GIT}'
verb=
skip=
for word in "$@"; do
  if [ -n "$skip" ]; then skip=; continue; fi
  case $word in -c) skip=1 ;; --version) verb=version; break ;; -*) ;; *) verb=$word; break ;; esac
done
${script}
exec "$GIT" "$@"
`,
  );
  chmodSync(place, 0o755);
  return `${folder}:${process.env["PATH"]}`;
}

/** Runs `fn` with other environment variables in this process, and puts them back. */
export async function withEnvironment<T>(env: Record<string, string>, fn: () => Promise<T>): Promise<T> {
  const before = Object.keys(env).map((name) => [name, process.env[name]] as const);
  Object.assign(process.env, env);
  try {
    return await fn();
  } finally {
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  }
}
