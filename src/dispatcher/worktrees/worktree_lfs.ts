/**
 * Files of git-lfs: what is checked out is their content, what git stores is a pointer with its hash.
 *
 * No filter runs while we look, so git compares such a file with its pointer and takes it for changed. The
 * pointer itself says what the file must be, so that is compared here instead.
 *
 * @module
 */
import { closeSync, constants, fstatSync, readSync } from "node:fs";
import { join } from "node:path";
import { openRegular } from "../../files.ts";
import type { GitResult } from "../git/git.ts";
import type { View } from "../git/git_view.ts";

const POINTER_BYTES_MAX = 1_024;
const POINTER =
  /^version https:\/\/git-lfs\.github\.com\/spec\/v1\n(?:ext-[^\n]*\n)*oid sha256:([0-9a-f]{64})\nsize (\d+)\n$/;
const CHUNK = 1024 * 1024;

/** Of files that git takes for changed, by path with the name of the stored object, those that are as it says. */
export async function unchangedByPointer(
  view: View,
  root: string,
  changed: ReadonlyMap<string, string>,
): Promise<Set<string>> {
  const unchanged = new Set<string>();
  const sizes = await view.run(["cat-file", "--batch-check"], { input: lines(changed.values()) });
  const small = new Set(
    out(sizes)
      .split("\n")
      .map((line) => line.split(" "))
      .filter(([, kind, size]) => kind === "blob" && Number(size) <= POINTER_BYTES_MAX)
      .map(([object]) => object!),
  );
  for (const [path, object] of changed) {
    if (!small.has(object)) continue;
    const [, hash, size] = POINTER.exec(out(await view.run(["cat-file", "blob", object]))) ?? [];
    if (hash !== undefined && (await isFile(join(root, path), { hash, size: Number(size) }))) unchanged.add(path);
  }
  return unchanged;
}

function lines(words: Iterable<string>): string {
  return [...words].map((word) => `${word}\n`).join("");
}

/** What cannot be read stays changed. */
function out(result: GitResult): string {
  return result.kind === "ok" ? result.out : "";
}

async function isFile(path: string, { hash, size }: { hash: string; size: number }): Promise<boolean> {
  let fd: number | null = null;
  try {
    fd = openRegular(path, constants.O_RDONLY);
    if (fstatSync(fd).size !== size) return false;
    const hasher = new Bun.CryptoHasher("sha256");
    const chunk = Buffer.allocUnsafe(CHUNK);
    for (let at = 0; at < size;) {
      const got = readSync(fd, chunk, 0, chunk.length, at);
      if (got === 0) return false;
      hasher.update(chunk.subarray(0, got));
      at += got;
      await Bun.sleep(0); // Such files are large, and others wait for this loop.
    }
    return hasher.digest("hex") === hash;
  } catch {
    return false;
  } finally {
    if (fd !== null) closeSync(fd);
  }
}
