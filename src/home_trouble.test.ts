import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { readSmall, replaceFile } from "./files.ts";
import { HomeTrouble, ofHome } from "./home_trouble.ts";
import { KanbanError } from "./kernel/mod.ts";
import { refusal, tempDir } from "./testing/mod.ts";

const failing = (code: string) => () => {
  throw Object.assign(new Error(`${code}: as the system says it`), { code });
};
const trouble = (act: () => unknown) => refusal(() => ofHome("/home/x/run/kanban", act)) as HomeTrouble;

describe("ofHome()", () => {
  test.each([
    ["EROFS", "its disk is read-only", "findmnt -T /home/x/run/kanban"],
    ["ENOSPC", "its disk is full", "kanban gc --dry-run"],
    ["EACCES", "permission denied", "ls -ld /home/x/run/kanban"],
    ["EISDIR", "it must be a file, it is a folder", "mv /home/x/run/kanban /home/x/run/kanban.away"],
    ["EIO", "EIO: as the system says it", "Check the system log"],
  ])("says what %s means for the home, and how to mend it [A5]", (code, problem, mend) => {
    const error = trouble(failing(code));

    expect(error).toBeInstanceOf(HomeTrouble);
    expect(error.message).toBe(`Cannot use "/home/x/run/kanban": ${problem}`);
    expect(error.hint).toEndWith(mend);
    expect(error.text).toBe(`${error.message}. ${error.hint}`);
  });

  test("says what is in the place of a file, and how to move it away, with any name", () => {
    const dir = tempDir();
    const path = join(dir.path, "it's here");
    Bun.spawnSync(["mkfifo", path]);

    const error = refusal(() => ofHome(path, () => readSmall(path, 10)));

    expect(error.message).toBe(`Cannot use "${path}": it must be a regular file, it is a pipe`);
    const [mv] = /mv .*$/.exec(error.hint!)!;
    expect(Bun.spawnSync(["sh", "-c", mv]).exitCode).toBe(0);
    replaceFile(path, "ours");
    expect(readSmall(path, 10)).toBe("ours");
    dir.remove();
  });

  test("leaves what is no answer of the system as it is", () => {
    const refused = new KanbanError("refused", "another matter");

    expect(refusal(() => ofHome("/x", () => fail(refused)))).toBe(refused);
    expect(() => ofHome("/x", () => fail(new TypeError("a bug")))).toThrow(TypeError);
    expect(ofHome("/x", () => 7)).toBe(7);
  });
});

function fail(error: Error): never {
  throw error;
}
