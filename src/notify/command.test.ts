import { afterEach, describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { homeOf } from "../home.ts";
import { tempDir, testBoard, until } from "../testing/mod.ts";
import type { Message } from "./platform.ts";
import { PLATFORMS } from "./platforms.ts";

const open: { remove(): void }[] = [];
afterEach(() => open.splice(0).forEach((dir) => dir.remove()));

const TEXT = "@coder is blocked: $(touch x); `id` --help";
const MESSAGE: Message = {
  id: "kb_1",
  text: TEXT,
  kind: "blocked",
  event_id: 7,
  run_id: null,
  created_at: 0,
  chat_id: "C1; touch y",
  thread_id: null,
  user_id: "U7",
  task: testBoard().ready(),
};

/** A home, and a way to send with an argv that may name files in it. */
function setup() {
  const dir = tempDir();
  open.push(dir);
  const home = homeOf({ KANBAN_HOME: join(dir.path, "home") });
  mkdirSync(home.dir);
  const send = (argv: string[], message: Partial<Message> = {}, signal = AbortSignal.timeout(10_000)) => {
    const command = PLATFORMS.get("command")!.configure({ argv });
    if (!command.ready) throw new Error(command.problem);
    return command.send({ ...MESSAGE, ...message }, { home, signal });
  };
  return { home, send, path: (name: string) => join(dir.path, name) };
}

describe("command", () => {
  test("gives placeholders as whole elements, everything else unchanged, and the text on standard input", async () => {
    const { send, path, home } = setup();
    const script = `printf '[%s]' "$@" >"$0"; cat >>"$0"; printf '%s|%s' "$PWD" "$KANBAN_HOME" >>"$0"`;

    await send([
      "/bin/sh",
      "-c",
      script,
      path("out"),
      "{text}",
      "{chat_id}",
      "{thread_id}",
      "{kind}",
      "x={task}",
      "{}",
    ]);

    expect(readFileSync(path("out"), "utf8")).toBe(
      `[${TEXT}][C1; touch y][][blocked][x={task}][{}]${TEXT}\n${home.dir}|${home.dir}`,
    );
    expect(existsSync(join(home.dir, "x"))).toBe(false);
    expect(existsSync(join(home.dir, "y"))).toBe(false);
  });

  test("a chat that begins with a dash never becomes a flag, and no further try is made", async () => {
    const { send, path } = setup();

    const sent = send(["/usr/bin/touch", path("never"), "{chat_id}"], { chat_id: "--help" });

    await expect(sent).rejects.toMatchObject({
      message: "{chat_id} must not begin with a dash, the program would take it for a flag",
      options: { final: true },
    });
    expect(existsSync(path("never"))).toBe(false);
  });

  test("a status other than 0 is a failure, with the output of the program", async () => {
    const { send } = setup();

    await expect(send(["/bin/sh", "-c", "echo 'no \x1b[31mnetwork'  >&2; exit 3"])).rejects.toThrow(
      /^\/bin\/sh: exit status 3: no network$/,
    );
    await expect(send(["/bin/sh", "-c", "kill -9 $$"])).rejects.toThrow(/^\/bin\/sh: killed by SIGKILL$/);
    await expect(send(["/no/such/program"])).rejects.toThrow("/no/such/program");
  });

  test("a program that reads nothing, says a lot or leaves something running has still done its work", async () => {
    const { send, path } = setup();

    await send(["/bin/sh", "-c", `head -c 3000000 /dev/zero >&2; sleep 300 & echo $! >'${path("pid")}'; exit 0`]);

    process.kill(Number(readFileSync(path("pid"), "utf8")), "SIGKILL");
  });

  test("a program that hangs is ended with everything it started", async () => {
    const { send, path } = setup();
    const stop = new AbortController();
    const sent = send(
      ["/bin/sh", "-c", `trap '' TERM; sleep 300 & echo $! >'${path("pid")}'; wait`],
      {},
      stop.signal,
    ).catch((error: Error) => error);
    const pid = Number(await until(() => existsSync(path("pid")) && readFileSync(path("pid"), "utf8").trim()));

    stop.abort();

    expect(await sent).toBeInstanceOf(Error);
    await until(() => !runs(pid), { what: "the grandchild to end" });
  });
});

function runs(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return false;
  }
}
