import { expect, test } from "bun:test";

/**
 * The one door for small files: `files.ts` waits for no pipe, follows no link, reads no gigabytes, and its
 * clean-up never throws. A file that needs another way is named here, with its reason.
 */
const EXCEPTIONS: Readonly<Record<string, { calls: string[]; why: string }>> = {
  "src/kanban.ts": { calls: ["readFileSync"], why: "the program itself, and before anything else is loaded" },
  "src/bundle.ts": { calls: ["readFileSync", "rmSync", "writeFileSync"], why: "the same as build.ts" },
  "src/build.ts": {
    calls: ["Bun.file", "cpSync", "readFileSync", "rmSync", "writeFileSync"],
    why: "makes the program, called by the person whose clone it is",
  },
  "src/cli/files/read_text.ts": { calls: ["openSync"], why: "what a person names may be a pipe: --body-file <(…)" },
  "src/cli/files/read_lines.ts": { calls: ["openSync"], why: "what a person names may be a pipe: import <(…)" },
  "src/cli/flags/follow.ts": { calls: ["openSync"], why: "our own standard output, because it is a pipe" },
  "src/dispatcher/collect.ts": { calls: ["openSync"], why: "opens folders, to delete what is in them" },
  "src/dispatcher/processes/liveness.ts": { calls: ["readFileSync"], why: "/proc, which no worker can replace" },
  "src/dispatcher/worktrees/worktree_modules.ts": {
    calls: ["fs/promises"],
    why: "copies a folder of ours to another disk",
  },
  "src/kernel/store/upgrade.ts": {
    calls: ["openSync", "rmSync"],
    why: "the kernel is below files.ts; it makes, flushes and removes its own copy",
  },
  "src/web/static.ts": { calls: ["Bun.file"], why: "scripts and pictures of the program itself" },
  "src/web/stylesheet.ts": { calls: ["readFileSync"], why: "styles of the program itself" },
};

/** Ways to read or write a file by its path, and the removal that throws where clean-up must not. */
const CALLS = [
  /\b(?:readFile|writeFile|appendFile|copyFile|cp|open|rm|truncate)Sync\b/g,
  /\b(?:createReadStream|createWriteStream|openAsBlob)\b/g,
  /\bBun\.(?:file|write)\b/g,
  // These hide the names above.
  /\bfs\/promises\b|import (?:\* as )?\w+ from "node:fs"|\bimport\("node:fs"\)|require\("node:fs"\)|\{[^}]*\bpromises\b[^}]*\} from "node:fs"/g,
];

const ROOT = `${import.meta.dir}/..`;
const files = [...new Bun.Glob("{src,views}/**/*.{ts,tsx}").scanSync(ROOT)]
  .filter((file) => !file.includes(".test.") && !file.includes("/testing/") && file !== "src/files.ts")
  .sort();

async function callsIn(file: string): Promise<string[]> {
  const source = (await Bun.file(`${ROOT}/${file}`).text())
    .replace(/^\s*\/\*\*[\s\S]*?\*\//gm, "")
    .replace(/^\s*\/\/.*$/gm, "");
  return [...new Set(CALLS.flatMap((pattern) => source.match(pattern) ?? []))].sort();
}

test.each(files)("%s reads and writes files through files.ts alone [A3]", async (file) => {
  expect(await callsIn(file)).toEqual(EXCEPTIONS[file]?.calls.toSorted() ?? []);
});

test("every exception is a file that needs it", () => {
  expect(Object.keys(EXCEPTIONS).filter((file) => !files.includes(file))).toEqual([]);
});
