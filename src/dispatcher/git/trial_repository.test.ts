import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, realpathSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { tempDir } from "../../testing/mod.ts";
import { commitsIn, hasIdentity, makeTrialRepository } from "./trial_repository.ts";

let dir: ReturnType<typeof tempDir>;
let repo: string;
const { HOME, XDG_CONFIG_HOME } = process.env;

/** A user without any configuration of git. */
beforeEach(() => {
  dir = tempDir();
  repo = join(realpathSync(dir.path), "repo");
  process.env["HOME"] = dir.path;
  process.env["XDG_CONFIG_HOME"] = dir.path;
});
afterEach(() => {
  for (const [name, value] of Object.entries({ HOME, XDG_CONFIG_HOME })) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
  dir.remove();
});

describe("makeTrialRepository()", () => {
  test("commits what the folder holds, and leaves no name for later commits", async () => {
    mkdirSync(repo);
    writeFileSync(join(repo, "tool"), "x");

    expect(await makeTrialRepository(repo)).toBeNull();

    expect(await commitsIn(repo)).toEqual(["Where a profile is tested"]);
    expect(Bun.spawnSync(["git", "-C", repo, "ls-files"]).stdout.toString()).toBe("tool\n");
    expect(await hasIdentity(repo)).toBeFalse();
    Bun.spawnSync(["git", "-C", repo, "config", "user.email", "ann@example.org"]);
    expect(await hasIdentity(repo)).toBeTrue();
  });

  test("says why it was not made", async () => {
    const failure = await makeTrialRepository(repo);
    expect(failure).toBeNull();
    writeFileSync(join(repo, ".git", "index.lock"), "");

    expect(await makeTrialRepository(repo)).toMatchObject({ words: expect.stringContaining("index.lock") });
  });

  test("knows no commits where there is no repository", async () => {
    expect(existsSync(repo)).toBeFalse();
    expect(await commitsIn(dir.path)).toBeNull();
  });
});
