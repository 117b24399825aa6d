/**
 * Libraries that are loaded into a program before its own: the way to stand between it and the system.
 *
 * @module
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";

/** Compiles a library out of C, or says why this machine cannot. */
export function compile(dir: string, name: string, source: string): { library: string } | { why: string } {
  if (process.platform !== "linux") return { why: "preloading works on Linux alone" };
  const compiler = ["cc", "gcc", "clang"].find((program) => Bun.which(program) !== null);
  if (compiler === undefined) return { why: "there is no C compiler" };
  const [text, library] = [join(dir, `${name}.c`), join(dir, `${name}.so`)];
  writeFileSync(text, source);
  const made = Bun.spawnSync([compiler, "-shared", "-fPIC", "-O1", "-o", library, text, "-ldl"]);
  if (made.exitCode !== 0) return { why: `${compiler} failed: ${made.stderr.toString().slice(0, 200)}` };
  return { library };
}
