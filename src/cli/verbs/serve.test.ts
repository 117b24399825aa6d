import { afterEach, beforeEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import { latestEventId } from "../../kernel/mod.ts";
import { type Cli, testCli } from "../../testing/cli.ts";
import { until } from "../../testing/mod.ts";

setDefaultTimeout(60_000);

let cli: Cli;
beforeEach(() => void (cli = testCli()));
afterEach(() => cli.remove());

/** Starts a verb that serves and waits for the address it prints. */
async function serving(...words: string[]) {
  const process = cli.start([...words, "--no-open", "--port", "0", "--json"]);
  let printed = "";
  void (async () => {
    for await (const chunk of process.stdout) printed += Buffer.from(chunk).toString();
  })();
  const link = await until(() => /"url": ?"([^"]+)"/.exec(printed)?.[1], { what: "the link", ms: 15_000 });
  return { process, link: new URL(link) };
}

/** Exchanges the code of a link; the status that comes back. */
async function signIn({ origin, hash }: URL): Promise<number> {
  const body = new URLSearchParams({ code: hash.slice(1) });
  return (await fetch(`${origin}/login`, { method: "POST", headers: { origin }, body })).status;
}

describe("kanban serve", () => {
  test("prints a link that signs in once, starts without an event, ends with Ctrl-C", async () => {
    await cli.create("already there");
    const before = cli.board(latestEventId);
    const { process, link } = await serving("serve");
    expect(link.hostname).toBe("127.0.0.1");
    expect([await signIn(link), await signIn(link)]).toEqual([204, 401]);
    expect(cli.board(latestEventId)).toBe(before);

    for (const where of [[], ["--port", link.port]]) {
      const again = new URL((await cli.json<{ url: string }>("serve", "--link", ...where)).url);
      expect(again.origin).toBe(link.origin);
      expect(await signIn(again)).toBe(204);
    }

    process.kill("SIGINT");
    expect(await process.exited).toBe(0);
  });

  test("--link finds the server that runs, however it ended, and refuses where none does", async () => {
    const refused = async () => {
      const { exit, stderr } = await cli.run("serve", "--link");
      expect([exit, stderr]).toEqual([1, expect.stringContaining("Cannot make a sign-in link: no web board of")]);
      expect(stderr).toContain("kanban up");
    };
    await refused();
    const { process: killed } = await serving("up");
    killed.kill("SIGKILL");
    await killed.exited;
    await refused();
    const { process, link } = await serving("serve");

    const { url } = await cli.json<{ url: string }>("serve", "--link");
    expect(new URL(url).origin).toBe(link.origin);
    const { findings } = await cli.json<{ findings: { check: string; message: string }[] }>("doctor");
    expect(findings.filter(({ check }) => check === "web board")).toMatchObject([
      { message: `${link.origin} (pid ${process.pid}); sign in with: kanban serve --link` },
    ]);

    process.kill("SIGTERM");
    await process.exited;
    await refused();
  });

  test("says that the port is taken, by whom it could be, and starts nothing", async () => {
    const { process, link } = await serving("serve");
    const second = await cli.run("serve", "--no-open", "--port", link.port);
    expect(second.exit).toBe(1);
    expect(second.stderr).toContain(`Cannot serve on 127.0.0.1:${link.port}: another program uses the port`);
    expect(second.stderr).toContain("kanban serve --link");
    const up = await cli.run("up", "--no-open", "--port", link.port);
    expect([up.exit, up.stderr]).toEqual([1, second.stderr]);
    process.kill("SIGTERM");
    await process.exited;
  });

  test("is reached from elsewhere only under names that were given, and says so [S: non-loopback bind]", async () => {
    const child = cli.start(["serve", "--no-open", "--port", "0", "--host", "0.0.0.0", "--allow-host", "board.lan"]);
    const [told, warned] = [child.stdout.getReader(), child.stderr.getReader()];
    const warning = Buffer.from((await warned.read()).value!).toString();
    const link = new URL(/http:\S+#\S+/.exec(Buffer.from((await told.read()).value!).toString())![0]);
    const statusAs = async (host: string) =>
      (await fetch(`http://127.0.0.1:${link.port}/login`, { headers: { host } })).status;

    expect(link.hostname).toBe("board.lan");
    const { url } = await cli.json<{ url: string }>("serve", "--link");
    expect(new URL(url).host).toBe(link.host);
    expect(warning).toContain("other machines can reach this server under board.lan; what they send is not encrypted");
    expect(await Promise.all(["board.lan", `127.0.0.1:${link.port}`, "other.lan", "0.0.0.0"].map(statusAs))).toEqual([
      ...[200, 200],
      ...[403, 403],
    ]);
    child.kill("SIGTERM");
    await child.exited;
  });

  test("refuses to be reached from elsewhere without the names that may be used [S: non-loopback bind]", async () => {
    await cli.run("init");
    const before = cli.dump();
    const open = await cli.run("serve", "--no-open", "--host", "0.0.0.0", "--port", "0");
    expect(open.exit).toBe(1);
    expect(open.stderr).toContain("--allow-host");
    expect(cli.dump()).toBe(before);
    const wrong = await cli.run("serve", "--no-open", "--port", "70000");
    expect(wrong.exit).toBe(2);
    for (const [flag, value] of [
      ["--allow-host", "https://board.lan"],
      ["--base-path", "kanban"],
      ["--base-path", "/api"],
    ] as const) {
      const refused = await cli.run("serve", "--no-open", "--port", "0", flag, value);
      expect([value, refused.exit]).toEqual([value, 2]);
      expect(refused.stderr).toContain(`${flag} "${value}"`);
    }
    expect(cli.dump()).toBe(before);
  });

  test("serves under a path, which its links have, also when they are asked for later", async () => {
    const child = cli.start(["serve", "--no-open", "--port", "0", "--base-path", "/kanban/"]);
    const told = child.stdout.getReader();
    const link = new URL(/http:\S+#\S+/.exec(Buffer.from((await told.read()).value!).toString())![0]);
    expect(link.pathname).toBe("/kanban/login");
    const { url } = await cli.json<{ url: string }>("serve", "--link");
    expect(new URL(url).pathname).toBe("/kanban/login");
    child.kill("SIGTERM");
    await child.exited;
  });

  test("up serves the board and dispatches in one process, and one Ctrl-C ends both", async () => {
    const { process, link } = await serving("up");
    expect(await signIn(link)).toBe(204);
    const id = await cli.create("started by up", "--assignee", "demo");
    await until(async () => (await cli.json<{ task: { status: string } }>("show", id)).task.status === "done", {
      what: "the worker to finish",
      ms: 15_000,
    });
    process.kill("SIGINT");
    expect(await process.exited).toBe(0);
    expect(await fetch(`${link.origin}/login`).catch(() => null)).toBeNull();
  });
});
