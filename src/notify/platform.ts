/**
 * What a platform is: the settings it needs in `config.yaml`, the chats it takes, and how it sends.
 *
 * Settings are declared with their types, as a verb's arguments are; what is wrong with a section is
 * said in words. A platform whose section is missing or wrong is unconfigured: its messages wait.
 *
 * @module
 */
import type { Home } from "../home.ts";
import type { Json, JsonObject, Task, TerminalKind } from "../kernel/mod.ts";

/** One setting. `read` returns undefined for a value it cannot take. */
export interface Setting<T> {
  readonly needed: string;
  /** Replaces a missing value; without it the setting is required. */
  readonly fallback?: T;
  /** Never shown: it is taken out of every error text. */
  readonly secret?: boolean;
  read(value: Json): T | undefined;
}
type Settings = Readonly<Record<string, Setting<unknown>>>;
export type ValuesOf<S extends Settings> = { readonly [K in keyof S]: S[K] extends Setting<infer T> ? T : never };

/** Where a message goes. */
export interface Chat {
  readonly chat_id: string;
  readonly thread_id: string | null;
}

/** What is sent. */
export interface Message extends Chat {
  /** The same in every try, so that a receiver can recognise a repetition. */
  readonly id: string;
  readonly text: string;
  readonly kind: TerminalKind;
  readonly event_id: number;
  readonly run_id: number | null;
  readonly created_at: number;
  readonly user_id: string | null;
  readonly task: Task;
}

/** What a try has beside its message. */
export interface Sending {
  readonly home: Home;
  /** Fires when the time is up or the notifier stops. */
  readonly signal: AbortSignal;
}

/** A failed try. */
export class SendError extends Error {
  override readonly name = "SendError";
  constructor(
    message: string,
    readonly options: {
      /** The receiver asked for a pause of so many milliseconds. */
      retryMs?: number;
      /** No further try can succeed. */
      final?: boolean;
    } = {},
  ) {
    super(message);
  }
}

interface PlatformDef<S extends Settings> {
  readonly name: string;
  readonly settings: S;
  /** What is wrong with a chat that could never be sent to, or null. */
  chatProblem?(chat: Chat): string | null;
  /** What is wrong with settings that are right one by one, or null. */
  problem?(settings: ValuesOf<S>): string | null;
  /** Sends one message. Throws SendError, or an error of the network. */
  send(message: Message, settings: ValuesOf<S>, sending: Sending): Promise<void>;
}

/** A platform with its settings: ready to send, or what keeps it from that. */
export type Configured =
  | { readonly ready: true; send(message: Message, sending: Sending): Promise<void> }
  | { readonly ready: false; readonly problem: string };

export interface Platform {
  readonly name: string;
  chatProblem(chat: Chat): string | null;
  configure(section: JsonObject | undefined): Configured;
}

/** Makes a platform of its declaration. */
export function platform<const S extends Settings>(def: PlatformDef<S>): Platform {
  const chatProblem = (chat: Chat) => def.chatProblem?.(chat) ?? null;
  return {
    name: def.name,
    chatProblem,
    configure(section) {
      if (section === undefined) return unready(`it needs notify.${def.name} in config.yaml`);
      const read = readSettings(def.name, def.settings, section);
      if ("problem" in read) return unready(read.problem);
      const values = read.values as ValuesOf<S>;
      const problem = def.problem?.(values) ?? null;
      if (problem !== null) return unready(problem);
      return {
        ready: true,
        async send(message, sending) {
          const wrong = chatProblem(message);
          if (wrong !== null) throw new SendError(wrong, { final: true });
          try {
            await def.send(message, values, sending);
          } catch (error) {
            throw withoutSecrets(error, secretsOf(def.settings, values));
          }
        },
      };
    },
  };
}

/** A text that is not blank. */
export function text(): Setting<string> {
  return { needed: "a text", read: (value) => (typeof value === "string" && value.trim() !== "" ? value : undefined) };
}

/** A text that is never shown. */
export function secret(): Setting<string> {
  return { ...text(), secret: true };
}

/** An http or https URL. */
export function url(): Setting<string> {
  const read = (value: Json) =>
    typeof value === "string" && /^https?:\/\/[^/]/.test(value) && URL.canParse(value) ? value : undefined;
  return { needed: "an http or https URL", read };
}

/** A list of texts, the first of them not blank. */
export function texts(): Setting<readonly string[]> {
  const read = (value: Json) =>
    Array.isArray(value) && value.every((item) => typeof item === "string") && (value[0] as string)?.trim()
      ? (value as string[])
      : undefined;
  return { needed: "a list of texts", read };
}

/** Names and texts. Their values are never shown. */
export function secretMap(): Setting<Readonly<Record<string, string>>> {
  const read = (value: Json) =>
    typeof value === "object" &&
    value !== null &&
    !Array.isArray(value) &&
    Object.values(value).every((item) => typeof item === "string")
      ? (value as Record<string, string>)
      : undefined;
  return { needed: "names and texts", secret: true, read };
}

/** The same setting with a value for when it is left out. */
export function optional<T, const F extends T | null>(setting: Setting<T>, fallback: F): Setting<T | F> {
  return { ...setting, fallback } as Setting<T | F>;
}

function unready(problem: string): Configured {
  return { ready: false, problem };
}

function readSettings(
  name: string,
  settings: Settings,
  section: JsonObject,
): { values: Record<string, unknown> } | { problem: string } {
  const unknown = Object.keys(section).find((key) => !Object.hasOwn(settings, key));
  if (unknown !== undefined) {
    return { problem: `notify.${name}.${unknown} is not a known key, it has ${Object.keys(settings).join(", ")}` };
  }
  const values: Record<string, unknown> = {};
  for (const [key, setting] of Object.entries(settings)) {
    const given = section[key] ?? null;
    if (given === null && setting.fallback === undefined) return { problem: `it needs notify.${name}.${key}` };
    values[key] = given === null ? setting.fallback : setting.read(given);
    if (values[key] === undefined) return { problem: `notify.${name}.${key} must be ${setting.needed}` };
  }
  return { values };
}

function secretsOf(settings: Settings, values: Record<string, unknown>): string[] {
  return Object.entries(settings).flatMap(([key, { secret: hidden }]) => {
    const value = values[key];
    if (!hidden || value === null) return [];
    return typeof value === "string" ? [value] : Object.values(value as Record<string, string>);
  });
}

/** An error text is stored on the board and shown to everybody who may read it. */
function withoutSecrets(error: unknown, secrets: readonly string[]): Error {
  const known =
    error instanceof SendError ? error : new SendError(error instanceof Error ? error.message : String(error));
  const found = secrets.filter((value) => value.length > 0 && known.message.includes(value));
  if (found.length === 0) return known;
  const hidden = found.reduce((message, value) => message.replaceAll(value, "…"), known.message);
  return new SendError(hidden, known.options);
}
