/**
 * Parts of a suite that run in namespaces of their own: with process numbers that can be chosen, a disk
 * that is small, or no network but the loopback.
 *
 * @module
 */
import { join } from "node:path";

export interface Found {
  violations: string[];
  did: string;
}

export interface NamespaceOptions {
  readonly ms?: number;
  /** A folder that is seen as /mnt inside, whatever its own path is; needs `--mount`. */
  readonly bind?: string;
  /** As `nobody`, who then owns the bound folder: root may do what a user's programs may not. */
  readonly unprivileged?: boolean;
  /** Gets each line that the module writes on stderr, as it comes. */
  say?(line: string): void;
}

/**
 * Runs a module of this folder in new namespaces and returns what it tells, or why this machine does not
 * allow that. Everything that the module has started is ended with it when `--pid` is among the flags.
 */
export async function inNamespace<T = Found>(
  module: string,
  argument: string,
  flags: readonly string[],
  { ms = 120_000, bind, unprivileged = false, say = () => {} }: NamespaceOptions = {},
): Promise<T | { why: string }> {
  const words = namespaceWords(flags);
  if ("why" in words) return words;
  const setUp = [
    ...(flags.includes("--net") ? ["ip link set lo up || exit 1"] : []),
    ...(bind === undefined ? [] : ['mount --bind "$BIND" /mnt || exit 1']),
    ...(unprivileged && process.getuid?.() === 0 ? [BECOME_NOBODY] : []),
  ];
  // A shell is the first process of a new pid namespace: it takes the orphans in, Bun would leave them zombies.
  const argv = [
    "sh",
    "-c",
    [...setUp, '"$@"', "exit $?"].join("; "),
    "sh",
    process.execPath,
    join(import.meta.dir, module),
    argument,
  ];
  const child = Bun.spawn([...words, ...argv], {
    env: { ...process.env, BIND: bind },
    stdio: ["ignore", "pipe", "pipe"],
    timeout: ms,
    killSignal: "SIGKILL",
  });
  const [stdout, stderr, code] = await Promise.all([
    new Response(child.stdout).text(),
    read(child.stderr, say),
    child.exited,
  ]);
  if (code !== 0) throw new Error(`${module} ended with ${code}: ${stderr.slice(-2_000)}`);
  return JSON.parse(stdout) as T | { why: string };
}

/** Where a user may not read our code, as in a home folder of root, the module stays what it is. */
const BECOME_NOBODY = [
  "as_nobody='setpriv --reuid=65534 --regid=65534 --clear-groups'",
  'if $as_nobody test -r "$2" -a -x "$1"; then chown -R 65534:65534 /mnt && set -- $as_nobody "$@"; fi',
].join("; ");

/** The other end: says what was found. */
export function tell(found: object): void {
  console.log(JSON.stringify(found));
}

/** The words that start a program in new namespaces, or why this machine does not allow that. */
export function namespaceWords(flags: readonly string[]): string[] | { why: string } {
  if (process.platform !== "linux" || Bun.which("unshare") === null) return { why: "there is no unshare" };
  const own = process.getuid?.() === 0 ? [] : ["--user", "--map-root-user"];
  const argv = ["unshare", ...own, ...flags];
  const probe = Bun.spawnSync([...argv, ...(flags.includes("--net") ? ["ip", "link", "set", "lo", "up"] : ["true"])]);
  return probe.exitCode === 0 ? argv : { why: `no new namespaces: ${probe.stderr.toString().trim().slice(0, 100)}` };
}

async function read(stream: ReadableStream<Uint8Array>, say: (line: string) => void): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  let shown = 0;
  for await (const chunk of stream) {
    text += decoder.decode(chunk, { stream: true });
    for (let end = text.indexOf("\n", shown); end !== -1; end = text.indexOf("\n", shown)) {
      say(text.slice(shown, end));
      shown = end + 1;
    }
  }
  return text;
}
