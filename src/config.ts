/**
 * The settings of a home: `config.yaml`, validated, with a default for every key.
 *
 * Three sections, `dispatcher`, `dashboard` and `notify`, and the list `people`. Every key that is not known is refused by
 * name, because a misspelt limit that is silently ignored is worse than none.
 *
 * @module
 */
import { z } from "zod";
import { fileProblem, readSmall } from "./files.ts";
import type { Home } from "./home.ts";
import {
  isPersonName,
  type JsonObject,
  KanbanError,
  NAME_MAX,
  parseDuration,
  READ_BYTES,
  READ_BYTES_MIN,
} from "./kernel/mod.ts";
import { excerpt } from "./text.ts";

export const DURATION = "must be a duration such as 90, 30s, 1.5h, 1h30m, 1d or 1w";

/** A length of time, read as seconds: a whole number of them, or text such as `30s`, `5m`, `2h`. */
export const duration = z.union([z.number(), z.string()], DURATION).transform((value, context) => {
  try {
    return parseDuration(String(value), "duration");
  } catch {
    context.issues.push({ code: "custom", message: DURATION, input: value });
    return z.NEVER;
  }
});

const absolute = z.string().refine((path) => path.startsWith("/"), "must be an absolute path");
/** Parts of letters, digits, `.`, `-` and `_`, none of which begins with a dot or a dash or holds two dots. */
const BRANCH_PREFIX = /^(?!.{101})(?!.*\.\.)(?!.*\.lock\/)(?!.*\.\/)[A-Za-z0-9_][\w.-]*(\/[A-Za-z0-9_][\w.-]*)*\/?$/;
const count = z.int("must be a whole number").min(1, "must be at least 1");

const dispatcher = z.strictObject({
  /** Workers that live at the same time. */
  max_workers: count.max(1000, "must be at most 1000").default(4),
  /** Consecutive failures after which a task is blocked. */
  failure_limit: count.max(1000, "must be at most 1000").default(5),
  /** The safety net: a tick happens at least this often. */
  interval: duration.default(60),
  /**
   * How long a living worker may send no heartbeat, print nothing and use no processor time before it is
   * presumed wedged, four hours into its run at the earliest; 0 means for ever.
   */
  stale_after_seconds: z.int("must be a whole number").min(0, "must be at least 0").default(3600),
  /** Lease of a worker's claim. The dispatcher renews it at half time while it sees the worker alive. */
  lease_seconds: count.default(900),
  /** Pause after a worker said that it was rate limited (exit 75). */
  rate_limit_seconds: count.default(300),
  /** What the branch of a task's worktree is called before its id. */
  branch_prefix: z
    .string()
    .regex(BRANCH_PREFIX, 'must be the beginning of a branch name, such as "kanban/"')
    .default("kanban/"),
  /** What a run may print into its log before the middle of it is cut out, in bytes. */
  log_bytes_max: z
    .int("must be a whole number")
    .min(65_536, "must be at least 65536")
    .default(64 * 1024 * 1024),
  /** What a worker gets to read about its task at a time, in bytes of UTF-8. */
  context_bytes: z
    .int("must be a whole number")
    .min(READ_BYTES_MIN, `must be at least ${READ_BYTES_MIN}`)
    .max(1024 * 1024, "must be at most 1048576")
    .default(READ_BYTES),
  /** Further folders with skills, after the profile's and the home's. */
  skill_dirs: z.array(absolute).default([]),
});

const dashboard = z.strictObject({
  default_tenant: z.string().default(""),
  lane_by_profile: z.boolean().default(true),
  include_archived_by_default: z.boolean().default(false),
  render_markdown: z.boolean().default(true),
});

/** Many platforms number their chats. */
const chatName = z.union([z.string().trim().min(1), z.number()], "must be a text").transform(String);

/** A chat that hears of the whole board. */
const boardTarget = z.strictObject({
  platform: z.string().trim().min(1, "must name a platform"),
  chat_id: chatName,
  thread_id: chatName.nullish().transform((id) => id ?? null),
});

/** Names of people: who may be an assignee without being a profile. */
const people = z
  .array(z.string().refine(isPersonName, `must be a printable name of at most ${NAME_MAX} characters`))
  .transform((names) => [...new Set(names.map((name) => name.trim()))]);

const file = z.strictObject({
  people: people.default([]),
  dispatcher: dispatcher.prefault({}).transform(({ interval, ...rest }) => ({
    ...rest,
    interval_seconds: Math.max(1, interval),
  })),
  dashboard: dashboard.prefault({}),
  /** One object per platform, validated by the platform. */
  notify: z
    .object({ board: z.array(boardTarget).default([]) })
    .catchall(z.record(z.string(), z.json()))
    .prefault({}),
});
const schema = file.transform(({ notify: { board, ...platforms }, ...rest }) => ({
  ...rest,
  notify: platforms,
  notify_board: board,
}));

export type DispatcherConfig = z.output<typeof schema>["dispatcher"];
/** Where everything goes that asks for a person. */
export type BoardTarget = z.output<typeof boardTarget>;
export type DashboardConfig = z.output<typeof dashboard>;

/** The settings of a home. */
export interface Config {
  /** People of this board beside those that it knows by what they did. */
  readonly people: readonly string[];
  readonly dispatcher: DispatcherConfig;
  readonly dashboard: DashboardConfig;
  /** The settings of each platform. */
  readonly notify: Readonly<Record<string, JsonObject>>;
  /** Who hears of the whole board: `notify.board`. */
  readonly notify_board: readonly BoardTarget[];
}

/** What holds where `config.yaml` says nothing. */
export const DEFAULTS: Config = schema.parse({}) as Config;

/** Far above what settings take up, those of profiles included. */
export const CONFIG_BYTES_MAX = 1024 * 1024;

/**
 * The settings of `home`. A missing or empty file gives the defaults.
 *
 * @throws {KanbanError} `invalid` naming the file and the key.
 */
export function loadConfig(home: Home): Config {
  let text: string;
  try {
    text = readSmall(home.config, CONFIG_BYTES_MAX, { links: "follow" }); // A link is the user's choice.
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return DEFAULTS;
    throw new KanbanError("invalid", `Cannot read config "${home.config}": ${fileProblem(home.config, error)}`);
  }
  return parseSettings(home.config, text, schema) as Config;
}

/**
 * Reads one YAML file of settings against its schema; also what profiles are read with.
 *
 * @throws {KanbanError} `invalid` naming the file, the key, what was needed and what was found.
 */
export function parseSettings<S extends z.ZodType>(path: string, text: string, shape: S): z.output<S> {
  let value: NonNullable<unknown>;
  try {
    value = Bun.YAML.parse(text) ?? {};
  } catch (error) {
    throw new KanbanError("invalid", `Cannot read "${path}": it must be YAML, ${(error as Error).message}`);
  }
  if (typeof value !== "object" || Array.isArray(value)) {
    throw new KanbanError("invalid", `Cannot read "${path}": it must hold "key: value" lines, found ${excerpt(value)}`);
  }
  const parsed = shape.safeParse(withoutEmpty(value, shape));
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  if (issue.code === "unrecognized_keys") {
    const key = [...issue.path, issue.keys[0]].join(".");
    throw new KanbanError(
      "invalid",
      `Cannot read "${path}": "${key}" is not a known key`,
      knownKeys(shape, issue.path),
    );
  }
  const needed = issue.code === "invalid_type" ? `must be ${article(issue.expected)}` : issue.message;
  const key = issue.path.join(".") || "the file";
  throw new KanbanError("invalid", `Cannot read "${path}": ${key} ${needed}, found ${excerpt(at(value, issue.path))}`);
}

/** A section whose every line is a comment is read as null: it says nothing, as if it were not there. */
function withoutEmpty(value: object, shape: z.ZodType): object {
  const known = unwrap(shape)?.shape ?? {};
  return Object.fromEntries(Object.entries(value).filter(([key, set]) => set !== null || !Object.hasOwn(known, key)));
}

function article(type: string): string {
  const words: Record<string, string> = {
    int: "a whole number",
    number: "a whole number",
    string: "a text",
    boolean: "true or false",
    array: "a list",
    record: "a section",
    object: "a section",
  };
  return words[type] ?? type;
}

function at(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((inner, key) => (inner as Record<PropertyKey, unknown> | undefined)?.[key], value);
}

function knownKeys(shape: z.ZodType, path: readonly PropertyKey[]): string {
  const inner = path.reduce<unknown>((type, key) => unwrap(type)?.shape?.[key as string], shape);
  return `Known keys: ${Object.keys(unwrap(inner)?.shape ?? {}).join(", ")}`;
}

/** The object schema under defaults and transforms. */
function unwrap(type: unknown): { shape?: Record<string, unknown> } | undefined {
  let inner = type as { shape?: Record<string, unknown>; _zod?: { def: Record<string, unknown> } } | undefined;
  while (inner !== undefined && inner.shape === undefined) {
    const def = inner._zod?.def;
    const next = def?.["innerType"] ?? def?.["in"];
    if (next === undefined) return undefined;
    inner = next as typeof inner;
  }
  return inner;
}
