import { describe, expect, test } from "bun:test";
import { findingsOf } from "./profile_checks.ts";

const at = (log: string) => ({ server: "kanban", repository: "/nowhere", log });

describe("findingsOf()", () => {
  test("has nothing to say about a worker that did everything, or could not be asked", async () => {
    const nothing = { failures: [], remarks: [] };
    expect(await findingsOf({ tools: true, shell: true, commit: true }, at(""))).toEqual(nothing);
    expect(await findingsOf({ tools: null, shell: true, commit: null }, at(""))).toEqual(nothing);
  });

  test("an agent without our tools needs the board in its shell; one that has them does not", async () => {
    const log = 'output":"error: Cannot write to the board: it must be writable, it is read-only\\nhint: x"';
    const why = "Cannot write to the board: it must be writable, it is read-only";

    expect(await findingsOf({ tools: null, shell: false, commit: true }, at(log))).toEqual({
      failures: [`no board in its shell: ${why}`],
      remarks: [],
    });
    expect(await findingsOf({ tools: true, shell: false, commit: true }, at(log))).toEqual({
      failures: [],
      remarks: [`it reaches the board by its tools alone; in its shell: ${why}`],
    });
  });

  test("says what git said about the commit", async () => {
    const log = `"aggregated_output":"fatal: Unable to create '/r/.git/index.lock': Read-only file system\\n"`;

    expect((await findingsOf({ tools: true, shell: true, commit: false }, at(log))).failures).toEqual([
      "no commit in a worktree: fatal: Unable to create '/r/.git/index.lock': Read-only file system",
    ]);
  });
});
