/**
 * What the workers of a profile share with others: the profile itself, its account, its provider, its repository.
 *
 * Each has a key, by which a fault of it is booked for all that depend on it. The key of an account names the
 * credential that the agent would use and never holds it: a short keyed hash distinguishes two values of one variable.
 * A fingerprint says whether anything changed that could have ended a fault.
 *
 * @module
 */
import { dirname, join } from "node:path";
import { createFile, readSmall, statOrNull } from "../files.ts";
import { environment, type Home, userHome } from "../home.ts";
import { ofHome } from "../home_trouble.ts";
import { activeHolds, type HoldKey, reviewHolds } from "../kernel/mod.ts";
import { gitProgram } from "./git/git.ts";
import type { Agents } from "./start/plan.ts";
import { inherited } from "./start/worker_env.ts";
import type { Profile } from "./start/profile.ts";
import { findProgram } from "./start/program.ts";
import type { Dispatcher, Sharing } from "./state.ts";

const KEY_BYTES = 32;
const SECRET_BYTES_MAX = 256;

/** What a profile depends on, and the fingerprint of all that. */
export function sharingOf(d: Dispatcher, profile: Profile): Sharing {
  return { needs: needsOf(d, profile), fingerprint: fingerprintOf(d, profile) };
}

/** What a profile depends on. */
export function needsOf({ home, agents }: Pick<Dispatcher, "home" | "agents">, profile: Profile): HoldKey[] {
  const repository = repositoryKey(profile);
  const provider = profile.agent === null ? null : providerKey(profile, agents);
  return [
    { kind: "profile", key: profile.name },
    { kind: "account", key: accountKey(home, profile, agents) },
    ...(provider === null ? [] : [{ kind: "provider", key: provider } as const]),
    ...(repository === null ? [] : [{ kind: "repository", key: repository } as const]),
  ];
}

/** The repository of a profile's worktrees; null when it names none. */
export function repositoryKey({ repo, workspace }: Profile): string | null {
  return repo ?? (workspace?.kind === "worktree" ? workspace.path : null);
}

/** The profiles that depend on a shared thing, by name. */
export function dependents(d: Dispatcher, { kind, key }: HoldKey): string[] {
  const needs = (profile: Profile) => needsOf(d, profile).some((need) => need.kind === kind && need.key === key);
  return d
    .profiles()
    .profiles.filter(needs)
    .map(({ name }) => name);
}

/**
 * Checks whether active holds still have profiles that depend on them, and whether what they may depend on has
 * changed. Returns whether anything did.
 */
export function checkHolds(d: Dispatcher): boolean {
  const holds = activeHolds(d.board);
  if (holds.length === 0) return false;
  const { profiles, problems } = d.profiles();
  const reviews = holds
    // While its file cannot be read, nothing is known about what it would need.
    .filter(({ profile }) => !problems.some(({ name }) => name === profile))
    .map((hold) => {
      const met = profiles.find(({ name }) => name === hold.profile);
      const fingerprint = met === undefined ? null : fingerprintOf(d, met);
      return { hold, review: { id: hold.id, profiles: dependents(d, hold), fingerprint } };
    })
    .filter(
      ({ hold, review }) =>
        review.profiles.join("\n") !== hold.profiles.join("\n") ||
        (review.fingerprint !== null && review.fingerprint !== hold.fingerprint),
    )
    .map(({ review }) => review);
  reviewHolds(d.board, reviews);
  return reviews.length > 0;
}

/** The account that the workers of a profile use: the one it names, else the credential that its agent would take. */
function accountKey(home: Home, profile: Profile, agents: Agents | null): string {
  if (profile.account !== null) return profile.account;
  if (profile.agent === null) return `command:${profile.name}`;
  const env = inherited(environment(), profile);
  const variable = accountsOf(profile, agents).find((name) => env[name]);
  if (variable !== undefined) return `${profile.agent}:${variable}:${mark(home, env[variable]!)}`;
  const own = env["HOME"] ?? "";
  return own === userHome() ? `${profile.agent}:login` : `${profile.agent}:login:${mark(home, own)}`;
}

/** The provider: whom the agent's address names, else the agent's own. */
function providerKey(profile: Profile, agents: Agents | null): string {
  const env = inherited(environment(), profile);
  const address = accountsOf(profile, agents).find((name) => name.endsWith("_URL") && env[name]);
  const host = address === undefined ? null : URL.parse(env[address]!)?.host;
  return host || profile.agent!;
}

function accountsOf(profile: Profile, agents: Agents | null): readonly string[] {
  return agents?.uses?.(profile)?.accounts ?? [];
}

/**
 * Of the configuration, the credentials, the program and the places that a profile names. Of a file with a
 * credential it holds when it was written, never what: a program that renews its sign-in by itself changes it too,
 * which costs one probe.
 */
function fingerprintOf({ home, agents, settings }: Dispatcher, profile: Profile): string {
  const env = inherited(environment(), profile);
  const program = profile.command?.[0] ?? agents?.uses?.(profile)?.program ?? null;
  const repository = repositoryKey(profile);
  const programs = [
    program === null || program.includes("{")
      ? null
      : findProgram(program, { path: env["PATH"] ?? "", cwd: profile.dir }),
    repository === null ? null : gitProgram(),
  ];
  const places = [
    ...(agents?.uses?.(profile)?.credential_files ?? []).map((place) => placeIn(env, place)),
    ...(repository === null ? [] : [repository, join(repository, ".git"), join(repository, ".git", "refs", "heads")]),
    ...(profile.workspace?.path == null ? [] : [profile.workspace.path, dirname(profile.workspace.path)]),
    ...(profile.skills.length === 0 ? [] : [home.skills, join(profile.dir, "skills"), ...settings.skill_dirs]),
  ];
  return mark(
    home,
    JSON.stringify([
      profile.path === null ? null : stampOf(profile.path),
      Object.keys(profile.env).map((name) => env[name] ?? null),
      accountsOf(profile, agents).map((name) => env[name] ?? null),
      programs.map((path) => path && [path, stampOf(path)]),
      places.map(stampOf),
    ]),
    16,
  );
}

/** A place in the form `${NAME:-~/folder}/file`, as a worker with these variables finds it. */
function placeIn(env: Readonly<Record<string, string>>, place: string): string {
  return place
    .replace(/^\$\{(\w+):-([^}]*)\}/, (_, name: string, otherwise: string) => env[name] || otherwise)
    .replace(/^~(?=\/)/, env["HOME"] ?? userHome());
}

function stampOf(path: string): (number | undefined)[] {
  const stat = statOrNull(path);
  return [stat?.ino, stat?.size, stat?.mtimeMs, stat?.uid, stat?.mode];
}

/** A short mark of a text that may be secret. Without the key of the home nothing can be tried against it. */
function mark(home: Home, text: string, length = 8): string {
  return new Bun.CryptoHasher("sha256", secretOf(home)).update(text).digest("hex").slice(0, length);
}

const secrets = new Map<string, string>();
/** Used while the home's own file cannot be written: nothing is claimed then. */
const MY_SECRET = newSecret();

function secretOf(home: Home): string {
  const path = home.markKey;
  const known = secrets.get(path);
  if (known !== undefined) return known;
  try {
    const secret = readOrMake(path);
    secrets.set(path, secret);
    return secret;
  } catch {
    return MY_SECRET;
  }
}

function readOrMake(path: string): string {
  const read = () => {
    const found = readSmall(path, SECRET_BYTES_MAX).trim();
    if (found.length < 2 * KEY_BYTES) throw new Error(`"${path}" holds no key`);
    return found;
  };
  if (statOrNull(path) !== null) return read();
  try {
    ofHome(path, () => createFile(path, newSecret()));
  } catch {
    // Another process was quicker, or it cannot be made.
  }
  return read();
}

function newSecret(): string {
  return Buffer.from(crypto.getRandomValues(new Uint8Array(KEY_BYTES))).toString("hex");
}
