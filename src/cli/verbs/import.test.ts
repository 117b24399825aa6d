import { afterAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { MAIN, testCli } from "../../testing/cli.ts";

setDefaultTimeout(60_000); // Every call is a process, and the machine may be busy.

const cli = testCli();
afterAll(() => cli.remove());

describe("kanban import of what never ends", () => {
  const HEAD = '{"kanban":{"format":1,"schema":1}}';

  /** What an import says; it leaves no row of the board, and nothing where its lines were kept. */
  async function refusedImport(word: string, stdin: "ignore" | Bun.BunFile | ReadableStream = "ignore") {
    const empty = testCli();
    await empty.run("pause");
    const before = empty.dump();
    const child = Bun.spawn([process.execPath, MAIN, "import", word], {
      env: empty.env,
      stdin,
      stdout: "ignore",
      stderr: "pipe",
      timeout: 30_000,
      killSignal: "SIGKILL",
    });
    const [stderr, exit] = await Promise.all([new Response(child.stderr).text(), child.exited]);
    expect(empty.dump()).toBe(before);
    expect(readdirSync(join(empty.dir, "run")).filter((name) => name.startsWith("import"))).toEqual([]);
    empty.remove();
    return `${exit} ${stderr.split("\n")[0]}`;
  }

  test("stops at a line that is too long, of a file, a pipe and a device [A14]", async () => {
    const long = join(cli.env["HOME"]!, "long");
    writeFileSync(long, `${HEAD}\n${" ".repeat(60_000_000)}`);
    const needed = "must be at most 32 MiB long, it is longer";

    expect(await refusedImport(long)).toBe(`2 error: Cannot read "${long}": line 2 ${needed}`);
    expect(await refusedImport("-", Bun.file(long).stream())).toBe(
      `2 error: Cannot read standard input: line 2 ${needed}`,
    );
    expect(await refusedImport("/dev/zero")).toBe(`2 error: Cannot read "/dev/zero": line 1 ${needed}`);
  });

  test.each([
    ["y", 'Cannot import line 1: it must be a JSON object, got "y"'],
    [
      HEAD,
      'Cannot import line 2: it must be one of board, task, link, run, comment, event, revision, subscription, delivery, saved_view, mention, known_name, end, got "kanban"',
    ],
  ])("stops at the first line that is no record, while others still come: %s [A14]", async (line, message) => {
    const program = Bun.spawn(["yes", line], { stdout: "pipe", stderr: "ignore" });

    expect(await refusedImport("-", program.stdout)).toBe(`2 error: ${message}`);

    program.kill();
    await program.exited;
  });

  test("stops at bytes that are no text [A14]", async () => {
    expect(await refusedImport("/dev/urandom")).toMatch(
      /^2 error: Cannot read "\/dev\/urandom": line 1 must be UTF-8 text/,
    );
  });
});
