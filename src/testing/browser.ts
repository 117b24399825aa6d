/**
 * A real browser against the real `kanban serve`: Debian's chromium, driven by playwright.
 *
 * Whatever goes wrong behind the scenes fails the test that looks at it: an error in a script, a breach
 * of the content security policy, a request that was not answered.
 *
 * @module
 */
import { existsSync } from "node:fs";
import { type Browser, type BrowserContext, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { type Home, homeOf, prepareHome } from "../home.ts";
import {
  type Board,
  closeBoard,
  type CreateInput,
  createTask,
  getTask,
  openBoard,
  type Status,
} from "../kernel/mod.ts";
import { signInLink } from "../web/mod.ts";
import { type Cli, testCli } from "./cli.ts";
import { until } from "./mod.ts";

const CHROMIUM = "/usr/bin/chromium";
const FLAGS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** Why browser tests cannot run here, or null. */
export const noBrowser: string | null = existsSync(CHROMIUM) ? null : `${CHROMIUM} is not installed`;

export interface BrowserTest {
  readonly cli: Cli;
  readonly home: Home;
  /** The board as another process sees it, signing as "ann". */
  readonly board: Board;
  readonly browser: Browser;
  /** Where the server is: `http://127.0.0.1:PORT`. */
  readonly url: string;
  /**
   * A browser of its own, signed in as `name`, "maya" by default; with `watched: false` its failures are the test's to expect.
   * `intercepted` is for tests that hold or lose requests by routes, one route after the other.
   */
  open(
    options?: BrowserContextOptions & { watched?: boolean; name?: string; intercepted?: boolean },
  ): Promise<{ page: Page; context: BrowserContext; problems: string[] }>;
  /** A fresh sign-in link, as the CLI prints it. */
  link(): Promise<string>;
  /** Opens a path of the board in a page that is signed in, and waits until it is live. */
  visit(page: Page, path: string): Promise<void>;
  /** Opens a fresh board, which is a tenant of its own, with one card on it; returns the id. */
  shown(page: Page, title: string, input?: Partial<CreateInput>): Promise<string>;
  /** Makes a task and returns its id. */
  create(title: string, input?: Partial<CreateInput>): string;
  /** Waits until the task has that status. */
  becomes(id: string, status: Status): Promise<unknown>;
  stopServer(): Promise<void>;
  startServer(): Promise<void>;
  /** Lets the server keep its connections and say nothing more, as a link does that died; the returned function ends that. */
  haltServer(): () => void;
  /** What went wrong in watched pages since the last call. */
  problems(): string[];
  close(): Promise<void>;
}

/** The browser has been here before, under this name: the sign-in does not ask for it. */
function nameIn(name: string): void {
  localStorage.getItem("kanban.name") ?? localStorage.setItem("kanban.name", name);
}

/** Accepts the name that the sign-in proposes to a browser that has none yet. */
export async function acceptName(page: Page): Promise<void> {
  await page.locator("#login .btn", { hasText: "Continue" }).click();
}

/** Starts the server on a fresh home, and the browser; each with further arguments, if any are given. */
export async function testBrowser({
  server: serverArgs = [],
  browser: flags = [],
}: { server?: readonly string[]; browser?: readonly string[] } = {}): Promise<BrowserTest> {
  const cli = testCli();
  const home = homeOf(cli.env);
  prepareHome(home);
  const board = openBoard(home.db, { actor: "ann" });
  const browser = await launchBrowser(...flags);
  const seen: string[] = [];
  let server = await serve(cli, "0", serverArgs);
  const port = new URL(server.link).port;
  const url = `http://127.0.0.1:${port}`;
  const link = async () => (await cli.json<{ url: string }>("serve", "--link", "--port", port)).url;
  const create: BrowserTest["create"] = (title, input = {}) => createTask(board, { title, ...input }).task.id;
  const visit: BrowserTest["visit"] = async (page, path) => {
    await page.goto(url + path);
    await live(page);
  };
  return {
    cli,
    home,
    board,
    browser,
    url,
    link,
    create,
    visit,
    async shown(page, title, input = {}) {
      const tenant = `t${Math.random().toString(36).slice(2)}`;
      const id = create(title, { tenant, ...input });
      await visit(page, `/?tenant=${tenant}`);
      await page.locator(`#card-${id}`).waitFor();
      return id;
    },
    becomes: (id, status) => until(() => getTask(board, id).status === status, { what: `${id} to be ${status}` }),
    async open({ watched = true, name = "maya", intercepted = false, ...options } = {}) {
      const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, ...options });
      context.setDefaultTimeout(15_000);
      // A page whose last route is gone and that gets another one lets requests slip through meanwhile. This one stays.
      if (intercepted) await context.route("**/is-never-asked-for", (route) => route.continue());
      const page = await context.newPage();
      const problems: string[] = [];
      watch(page, watched ? seen : problems);
      await context.addInitScript(nameIn, name);
      await page.goto(signInLink(home, { port: Number(port), host: "127.0.0.1" }));
      await page.waitForURL(`${url}/`);
      await live(page);
      return { page, context, problems };
    },
    async stopServer() {
      server.process.kill("SIGTERM");
      await server.process.exited;
    },
    async startServer() {
      server = await serve(cli, port, serverArgs);
    },
    haltServer() {
      server.process.kill("SIGSTOP");
      return () => server.process.kill("SIGCONT");
    },
    problems: () => seen.splice(0),
    async close() {
      await browser.close();
      server.process.kill("SIGTERM");
      await server.process.exited;
      closeBoard(board);
      cli.remove();
    },
  };
}

/** A browser of its own, with further flags. */
export function launchBrowser(...flags: readonly string[]): Promise<Browser> {
  // Playwright switches off what keeps a page for Back; people have it.
  const ignoreDefaultArgs = ["--disable-back-forward-cache"];
  return chromium.launch({ executablePath: CHROMIUM, args: [...FLAGS, ...flags], ignoreDefaultArgs });
}

/** Waits until the page says that it is live. */
export async function live(page: Page): Promise<void> {
  await page.waitForSelector('#live[data-state="live"]');
}

/** Starts `kanban serve` and waits for the link it prints. */
async function serve(
  cli: Cli,
  port: string,
  args: readonly string[],
): Promise<{ process: Bun.Subprocess; link: string }> {
  const process = cli.start(["serve", "--no-open", "--port", port, "--json", ...args]);
  let printed = "";
  void (async () => {
    for await (const chunk of process.stdout) printed += Buffer.from(chunk).toString();
  })();
  let complaint = "";
  void (async () => {
    for await (const chunk of process.stderr) complaint += Buffer.from(chunk).toString();
  })();
  const link = await until(
    () => {
      if (process.exitCode !== null) throw new Error(`kanban serve ended: ${complaint}`);
      return /"url": ?"([^"]+)"/.exec(printed)?.[1];
    },
    { what: "the server's link", ms: 15_000 },
  );
  return { process, link };
}

function watch(page: Page, problems: string[]): void {
  page.on("pageerror", (error) => problems.push(`script: ${error.message}`));
  page.on("console", (message) => {
    const text = message.text();
    // What the server refused is on the page; the browser's own line about it says nothing new.
    if (message.type() === "error" && !text.startsWith("Failed to load resource")) problems.push(`console: ${text}`);
  });
  page.on("response", (response) => {
    if (response.status() >= 500) problems.push(`${response.status()} ${response.url()}`);
  });
  page.on("dialog", (dialog) => {
    problems.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  void page.addInitScript({ content: TELL_BREACHES });
}

// As text: the tests' own types know no browser.
const TELL_BREACHES = `document.addEventListener("securitypolicyviolation", (event) =>
  console.error("policy: " + event.violatedDirective + " " + event.blockedURI + " " + event.sample));`;
