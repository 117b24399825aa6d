/**
 * The check that everything has to pass: format, types, all tests but those that drive a browser, and the quickest
 * form of the stress suite. With `--all` the browser tests follow; they take longer than the rest together. The last
 * line is `N passed, N failed` (`, N skipped` may follow), over everything that ran.
 *
 * @module
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const ROOT = join(import.meta.dir, "../..");
const BROWSER_TESTS = "browser.test.ts";
const all = process.argv.slice(2).includes("--all");

const totals = { passed: 0, failed: 0, skipped: 0 };
step("format", ["fmt", "--check", "--no-script"]);
step("types", ["check", "--no-script"]);
add(runTests([`--path-ignore-patterns=**/*.${BROWSER_TESTS}`]));
// The quickest form of the suites that race and fuzz, and of a day; `bun run stress` is the whole.
step("stress", ["stress/main.ts", "concurrency", "reclaim_race", "fuzz", "history", "day", "--seconds", "3"]);
console.log(inWords(totals));
if (all) {
  console.log("browsers:");
  add(runTests([BROWSER_TESTS]));
  console.log(inWords(totals));
}
process.exit(totals.failed > 0 ? 1 : 0);

/** A step that either holds or not counts as one test. */
function step(name: string, argv: readonly string[]): void {
  const { exitCode } = run(argv);
  console.log(`${exitCode === 0 ? "ok" : "FAILED"}: ${name}`);
  totals[exitCode === 0 ? "passed" : "failed"]++;
}

/** Runs this same bun, whether or not one is on the PATH, with its output on ours. */
function run(argv: readonly string[]): { exitCode: number } {
  const { exitCode } = Bun.spawnSync([process.execPath, ...argv], {
    cwd: ROOT,
    stdin: "ignore",
    stdout: "inherit",
    stderr: "inherit",
    env: { ...cleanEnv(), NO_COLOR: "1" },
  });
  return { exitCode };
}

/** The totals that bun prints are for people; its JUnit file is easier to count. */
function runTests(which: readonly string[]): typeof totals {
  const dir = mkdtempSync(join(tmpdir(), "kanban-check-"));
  const report = join(dir, "junit.xml");
  try {
    const { exitCode } = run([
      "test",
      ...which,
      // One more than the cores of a small machine: many tests wait for processes and browsers.
      "--parallel=3",
      "--timeout=20000",
      "--reporter=junit",
      `--reporter-outfile=${report}`,
    ]);
    const counted = count(readFileSync(report, "utf8"));
    // A file that does not even load fails the run without being a test in the report.
    if (exitCode !== 0 && counted.failed === 0) counted.failed = 1;
    return counted;
  } catch (error) {
    console.log(`FAILED: tests: ${(error as Error).message}`);
    return { passed: 0, failed: 1, skipped: 0 };
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

function count(junit: string): typeof totals {
  const head = /<testsuites\b[^>]*>/.exec(junit)?.[0] ?? "";
  const attribute = (name: string) => Number(new RegExp(`\\b${name}="(\\d+)"`).exec(head)?.[1] ?? 0);
  const failed = attribute("failures") + attribute("errors");
  const skipped = attribute("skipped");
  return { passed: attribute("tests") - failed - skipped, failed, skipped };
}

function inWords({ passed, failed, skipped }: typeof totals): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;
}

function add(more: typeof totals): void {
  for (const name of ["passed", "failed", "skipped"] as const) totals[name] += more[name];
}

/** A home or a worker's environment of the caller must not leak into the tests. */
function cleanEnv(): Record<string, string> {
  const entries = Object.entries(process.env).filter(([name]) => !name.startsWith("KANBAN_"));
  return Object.fromEntries(entries) as Record<string, string>;
}
