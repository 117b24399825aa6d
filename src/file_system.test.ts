import { describe, expect, test } from "bun:test";
import { fileSystemOf } from "./file_system.ts";

describe("fileSystemOf()", () => {
  const statfs = (type: number) => () => ({ type, bavail: 10, bsize: 4_096 });

  test.each([
    [0x6969, "NFS"],
    [0xff534d42, "CIFS"],
    [0xff534d42 | 0, "CIFS"], // A signed word, as some systems report it.
    [0xef53, null],
    [0x01021994, null],
  ])("%i is %s", (type, network) => {
    expect(fileSystemOf("/x", statfs(type))).toEqual({ network, free_bytes: 40_960 });
  });

  test("knows the disk of this machine", () => {
    expect(fileSystemOf("/").free_bytes).toBeGreaterThan(0);
  });
});
