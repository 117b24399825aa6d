import { afterEach, describe, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { refusal, tempDir } from "../../testing/mod.ts";
import { bootOf, hostName, hostOf, linuxPlace, requireOwnProc } from "./process_place.ts";

const ID = "0123456789abcdef0123456789abcdef";
let remove = () => {};
afterEach(() => remove());

describe("linuxPlace()", () => {
  test("is read from the system, and is the same at each reading", () => {
    if (process.platform !== "linux") return;

    expect(linuxPlace()).toEqual(linuxPlace());
    expect(linuxPlace().namespace).toMatch(/^pid:\[\d+\]$/);
    expect(hostName(linuxPlace().host)).toBe(hostname());
  });

  test("replaces what a sandbox hides, never with a constant [B1]", () => {
    const dir = tempDir();
    remove = dir.remove;
    const at = (name: string, text: string) => (writeFileSync(join(dir.path, name), text), join(dir.path, name));
    const none = join(dir.path, "none");

    const named = linuxPlace({ bootIdPath: none, machineIdPath: at("id", `${ID}\n`), namespacePath: none });
    const nameless = linuxPlace({ bootIdPath: at("boot", "\n"), machineIdPath: none, namespacePath: none });

    expect(named.bootId).toBe(`unknown@${named.host}`);
    expect(nameless.host).toBe(hostname());
    expect(nameless.bootId).toMatch(/^unknown@[0-9a-f-]{36}$/);
    for (const { namespace } of [named, nameless]) expect(namespace).toMatch(/^unknown@[0-9a-f-]{36}$/);
  });
});

describe("hostOf()", () => {
  test("keeps the machine id itself to itself, and clones apart", () => {
    expect(hostOf("build", ID)).toMatch(/^build#[0-9a-f]{8}$/);
    expect(hostOf("build", ID)).not.toContain(ID.slice(0, 8));
    expect(hostOf("build", ID)).not.toBe(hostOf("build", ID.replace("0", "1")));
    expect(hostName(hostOf("build", ID))).toBe("build");
  });

  test.each([null, "", "uninitialized"])("a machine id that is %j is none", (id) => {
    expect(hostOf("build", id)).toBe("build");
  });
});

test("bootOf() takes what the system says, if it says anything", () => {
  expect(bootOf("b", "build")).toBe("b");
  expect(bootOf("", hostOf("build", ID))).toBe(`unknown@${hostOf("build", ID)}`);
});

test("requireOwnProc() refuses a /proc of another PID namespace, where each number is another process [B1]", () => {
  expect(() => requireOwnProc()).not.toThrow();
  expect(() => requireOwnProc(null)).not.toThrow(); // A system without /proc.
  expect(refusal(() => requireOwnProc("1"))).toMatchObject({
    code: "refused",
    message: expect.stringContaining(`this process is ${process.pid} here and 1 there`),
  });
});
