import { afterAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { addComment, blockTask, createTask } from "../kernel/mod.ts";
import { testCli } from "../testing/cli.ts";

setDefaultTimeout(20_000); // Every call is a process, and the machine may be busy.

const cli = testCli();
afterAll(cli.remove);

/** Every byte from 0x01 to 0x9f as a character, in every place where a terminal might obey it. */
const EVERY = Array.from({ length: 0x9f }, (_, code) => String.fromCharCode(code + 1)).join("");
const EVIL = `start\x1b]0;owned\x07\x1b[2J\x1b[31m\u009b31m\u0090dcs\u009c\u202egnp.exe\u2066${EVERY}end`;

/** The same as a name, which is shorter. */
const NAME = `\x1b[31m\x1b]0;owned\x07${EVERY}`;

/** What may reach a terminal: text, line ends, tabs, and colours. */
function obeyed(bytes: Buffer): string[] {
  const text = bytes
    .toString()
    .replace(/\x1b\[(?:\d{1,2})m/g, "")
    .replace(/\r\n/g, "");
  return text.match(/[\x00-\x08\x0a-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g) ?? [];
}

describe("no stored byte is obeyed by a terminal", async () => {
  await cli.run("init");
  const { id, child } = cli.board((board) => {
    const evil = { title: EVIL, body: EVIL, tenant: NAME };
    const parent = createTask(board, { ...evil, assignee: NAME, created_by: NAME }).task;
    addComment(board, parent.id, { body: EVIL, author: NAME });
    blockTask(board, parent.id, { reason: EVIL });
    return { id: parent.id, child: createTask(board, { ...evil, parents: [parent.id] }).task.id };
  });
  mkdirSync(join(cli.dir, "logs"), { recursive: true });
  writeFileSync(join(cli.dir, "logs", `${id}.log`), EVIL);

  const lines: [name: string, words: string[]][] = [
    ["list", ["list"]],
    ["list in JSON", ["list", "--json"]],
    ["show", ["show", id]],
    ["show with parents", ["show", child]],
    ["show in JSON", ["show", id, "--json"]],
    ["runs", ["runs", id]],
    ["log", ["log", id]],
    ["log in JSON", ["log", id, "--json"]],
    ["context", ["context", id]],
    ["stats", ["stats"]],
    ["stats in JSON", ["stats", "--json"]],
    ["assignees", ["assignees"]],
    ["dispatch --dry-run", ["dispatch", "--dry-run"]],
    ["an unknown status", ["list", "--assignee", EVIL, "--status", EVIL]],
    ["an unknown id", ["show", EVIL]],
    ["an unknown verb", [EVIL]],
    ["an unknown flag", ["list", `--${EVIL}`]],
    ["unblock", ["unblock", id]],
    ["next", ["next"]],
  ];

  test.each(lines)("%s [S: terminal escapes]", async (_, words) => {
    const { bytes } = await cli.terminal(words);
    expect(bytes.length).toBeGreaterThan(0);
    expect(obeyed(bytes)).toEqual([]);
  });

  test("nor does any of it come out of a pipe [S: terminal escapes]", async () => {
    for (const { stdout, stderr } of await cli.batch(lines.map(([, words]) => words))) {
      expect(obeyed(Buffer.from((stdout + stderr).replaceAll("\n", "")))).toEqual([]);
      expect(stdout + stderr).not.toContain("\x1b");
    }
  });
});

test("JSON in a terminal is indented and means the same", async () => {
  const { screen } = await cli.terminal(["list", "--json"]);
  expect(screen).toStartWith("[\r\n  {\r\n");
  expect(JSON.parse(screen.slice(0, screen.lastIndexOf("]") + 1))).toEqual(await cli.json("list"));
});
