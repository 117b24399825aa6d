/**
 * The environment of a worker: what it inherits from the dispatcher, and what the worker contract promises.
 *
 * Nothing is inherited that is not named here or by the profile: the dispatcher's own secrets are not its
 * workers' business.
 *
 * @module
 */
import { type Env, type Home, NETWORK_ALLOWED } from "../../home.ts";
import type { Run, Task } from "../../kernel/mod.ts";
import type { Profile } from "./profile.ts";

export interface ContractInput {
  readonly home: Home;
  readonly profile: Profile;
  readonly task: Task;
  readonly run: Run;
  readonly workspace: string;
  readonly bin: string;
  /** The dispatcher's own environment. */
  readonly environment: Env;
}

const COPIED =
  /^(PATH|HOME|USER|LOGNAME|SHELL|LANG|LC_\w+|TZ|TERM|TMPDIR|XDG_\w+|SSH_AUTH_SOCK|NODE_EXTRA_CA_CERTS|SSL_CERT_FILE|SSL_CERT_DIR|REQUESTS_CA_BUNDLE|GIT_SSL_CAINFO|(HTTPS?|ALL|NO|FTP)_PROXY|(https?|all|no|ftp)_proxy)$/;
/** The default search path for programs. */
export const DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** The allow-listed part of the dispatcher's environment, and the profile's own variables. */
export function inherited(environment: Env, profile: Profile): Record<string, string> {
  const env: Record<string, string> = { PATH: DEFAULT_PATH };
  for (const [name, value] of Object.entries(environment))
    if (value !== undefined && COPIED.test(name)) env[name] = value;
  for (const [name, value] of Object.entries(profile.env)) {
    const set = value ?? environment[name];
    if (set !== undefined) env[name] = set;
  }
  return env;
}

/** What the worker contract promises. */
export function contractOf({
  home,
  profile,
  task,
  run,
  workspace,
  bin,
  environment,
}: ContractInput): Record<string, string> {
  const network = environment[NETWORK_ALLOWED];
  return {
    KANBAN_TASK: task.id,
    KANBAN_RUN: String(run.id),
    KANBAN_WORKSPACE: workspace,
    KANBAN_PROFILE: profile.name,
    ...(task.tenant === null ? {} : { KANBAN_TENANT: task.tenant }),
    KANBAN_HOME: home.dir,
    KANBAN_DB: home.db,
    KANBAN_BIN: bin,
    KANBAN_PROFILE_DIR: profile.dir,
    // Else the worker's own commands would be refused where its dispatcher's were not.
    ...(network ? { [NETWORK_ALLOWED]: network } : {}),
  };
}
