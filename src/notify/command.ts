/**
 * Command: starts a program of one's own for each message, with the text on its standard input.
 *
 * There is no shell: an element of `argv` that is exactly a placeholder becomes that value, everything else is passed
 * on unchanged. Exit status 0 means that the message was accepted.
 *
 * @module
 */
import { environment } from "../home.ts";
import { oneLine } from "../text.ts";
import { type Message, platform, SendError, type Sending, texts } from "./platform.ts";

const STDERR_MAX = 4_096;

const VALUES: Readonly<Record<string, (message: Message) => string>> = {
  "{text}": ({ text }) => text,
  "{task}": ({ task }) => task.id,
  "{kind}": ({ kind }) => kind,
  "{chat_id}": ({ chat_id }) => chat_id,
  "{thread_id}": ({ thread_id }) => thread_id ?? "",
  "{user_id}": ({ user_id }) => user_id ?? "",
};
const PLACEHOLDER = /^\{[a-z_]+\}$/;

export default platform({
  name: "command",
  settings: { argv: texts() },
  problem({ argv }) {
    const unknown = argv.find((word) => PLACEHOLDER.test(word) && !Object.hasOwn(VALUES, word));
    if (unknown === undefined) return null;
    return `notify.command.argv: no placeholder is named ${unknown}, there are ${Object.keys(VALUES).join(" ")}`;
  },
  async send(message, { argv }, sending) {
    await run(
      argv.map((word) => filled(word, message)),
      message.text,
      sending,
    );
  },
});

function filled(word: string, message: Message): string {
  if (!Object.hasOwn(VALUES, word)) return word;
  const value = VALUES[word]!(message);
  if (!value.startsWith("-")) return value;
  throw new SendError(`${word} must not begin with a dash, the program would take it for a flag`, { final: true });
}

async function run(argv: string[], text: string, { home, signal }: Sending): Promise<void> {
  signal.throwIfAborted();
  const { KANBAN_TASK: _, KANBAN_RUN: __, ...env } = environment();
  const child = Bun.spawn(argv, {
    cwd: home.dir,
    env: { ...env, KANBAN_HOME: home.dir, KANBAN_DB: home.db },
    stdin: Buffer.from(`${text}\n`),
    stdout: "ignore",
    stderr: "pipe",
    detached: true, // A group of its own, so that what it started ends with it.
  });
  const kill = () => killGroup(child.pid);
  signal.addEventListener("abort", kill, { once: true });
  try {
    const said = readStart(child.stderr, child.exited);
    const status = await child.exited;
    if (status === 0) return;
    signal.throwIfAborted();
    const how = child.signalCode === null ? `exit status ${status}` : `killed by ${child.signalCode}`;
    const why = oneLine(await said, 200);
    throw new SendError(`${argv[0]}: ${how}${why === "" ? "" : `: ${why}`}`);
  } finally {
    signal.removeEventListener("abort", kill);
  }
}

/** The beginning of what the program says. What it left running may keep the pipe open for ever. */
async function readStart(stream: ReadableStream<Uint8Array>, exited: Promise<unknown>): Promise<string> {
  const reader = stream.getReader();
  const over = exited.then(() => Bun.sleep(50)).then(() => ({ done: true, value: undefined }) as const);
  let said = "";
  for (;;) {
    const { done, value } = await Promise.race([reader.read(), over]).catch(() => over);
    if (done) break;
    if (said.length < STDERR_MAX) said += Buffer.from(value).toString();
  }
  void reader.cancel().catch(() => {});
  return said;
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // It has ended already.
  }
}
