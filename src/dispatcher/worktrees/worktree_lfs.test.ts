import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { TestHome } from "../../testing/dispatcher.ts";
import { commit, git } from "../../testing/git.ts";
import { type WorktreeStage, worktreeStage } from "../../testing/worktree.ts";

let s: WorktreeStage;
let t: TestHome;
let repo = "";
let path = "";
beforeEach(async () => {
  s = await worktreeStage();
  ({ t, repo, path } = s);
});
afterEach(() => t.close());

describe("files of git-lfs", () => {
  /** Stores the pointer of a file and checks its content out, as the filter would. */
  async function withLfs(content: string): Promise<void> {
    const hash = new Bun.CryptoHasher("sha256").update(content).digest("hex");
    const pointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${hash}\nsize ${content.length}\n`;
    commit(repo, "video.mp4", pointer);
    git(path, "merge", "-q", "main");
    writeFileSync(join(path, "video.mp4"), content);
  }

  test("are unchanged while they are what their pointer says, without any filter [J4]", async () => {
    await withLfs("x".repeat(3_000_000));

    expect((await s.status()).changed_files).toEqual([]);
    s.write("video.mp4", `${"x".repeat(2_999_999)}y`);
    expect((await s.status()).changed_files).toEqual(["video.mp4"]);
    s.write("video.mp4", "short");
    expect((await s.status()).changed_files).toEqual(["video.mp4"]);
  });

  test("are changed when they are staged with another content, or something else is in their place [J4]", async () => {
    await withLfs("content");
    rmSync(join(path, "video.mp4"));
    symlinkSync("/dev/zero", join(path, "video.mp4"));
    expect((await s.status()).changed_files).toEqual(["video.mp4"]);

    rmSync(join(path, "video.mp4"));
    s.write("video.mp4", "other");
    git(path, "add", "video.mp4");
    expect((await s.status()).changed_files).toEqual(["video.mp4"]);
  });
});
