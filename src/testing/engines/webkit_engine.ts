/**
 * WebKitGTK by its WebDriver. It has no headless mode, so it draws on a display of its own, which Xvfb holds in memory.
 *
 * @module
 */
import { existsSync } from "node:fs";
import { createServer } from "node:net";
import { Builder, By, Capabilities, Key, type WebDriver } from "selenium-webdriver";
import { until } from "../mod.ts";
import { type Engine, type EngineBrowser, type NamedKey, rests, type Tab } from "./tab.ts";

const DRIVER = "/usr/bin/WebKitWebDriver";
const XVFB = "/usr/bin/Xvfb";

export const webkit: Engine = { name: "webkit", missing: missing(), start };

function missing(): string | null {
  for (const path of [DRIVER, XVFB]) if (!existsSync(path)) return `${path} is not installed`;
  return browserPath() === undefined ? "WebKitGTK's MiniBrowser is not installed" : null;
}

/** The browser that comes with the library. */
function browserPath(): string | undefined {
  const found = new Bun.Glob("usr/lib/*/webkit2gtk-4.*/MiniBrowser").scanSync({ cwd: "/", absolute: true });
  return [...found].sort().at(-1);
}

async function start(): Promise<EngineBrowser> {
  // Xvfb chooses a number that is free and writes it to descriptor 1.
  const screen = Bun.spawn([XVFB, "-displayfd", "1", "-screen", "0", "1440x1000x24", "-nolisten", "tcp"], {
    stdin: "ignore",
    stdout: "pipe",
    stderr: "ignore",
  });
  const shut: (() => Promise<unknown>)[] = [() => ended(screen)];
  const close = async () => {
    for (const end of shut.reverse()) await end();
  };
  try {
    const { value } = await screen.stdout.getReader().read();
    const port = await freePort();
    const driver = Bun.spawn([DRIVER, `--port=${port}`], {
      env: { ...process.env, DISPLAY: `:${Buffer.from(value!).toString().trim()}` },
      stdin: "ignore",
      stdout: "ignore",
      stderr: "ignore",
    });
    shut.push(() => ended(driver));
    const address = `http://127.0.0.1:${port}`;
    await until(
      () =>
        fetch(`${address}/status`).then(
          ({ ok }) => ok,
          () => false,
        ),
      { what: "WebKit's driver", ms: 15_000 },
    );
    const wanted = new Capabilities({
      browserName: "MiniBrowser",
      "webkitgtk:browserOptions": { binary: browserPath(), args: ["--automation"] },
    });
    const session = await new Builder().usingServer(address).withCapabilities(wanted).build();
    shut.push(() => session.quit());
    await session.manage().window().setRect({ x: 0, y: 0, width: 1440, height: 1000 });
    const version = `webkit/${(await session.getCapabilities()).get("browserVersion")}`;
    return { version, tab: tabOf(session), close };
  } catch (error) {
    await close();
    throw error;
  }
}

function ended(process: Bun.Subprocess): Promise<number> {
  process.kill();
  return process.exited;
}

const KEYS: Readonly<Record<NamedKey, string>> = {
  Enter: Key.ENTER,
  Escape: Key.ESCAPE,
  Tab: Key.TAB,
  ArrowDown: Key.ARROW_DOWN,
  ArrowUp: Key.ARROW_UP,
};

function tabOf(session: WebDriver): Tab {
  const value: Tab["value"] = (expression) => session.executeScript(`return (${expression})`);
  const resting = async (selector: string) => {
    await rests(value, selector);
    return session.findElement(By.css(selector));
  };
  return {
    async goto(url) {
      const born = () => value<number>("performance.timeOrigin").catch(() => null);
      const before = await born();
      await session.get(url);
      // The driver may answer while the page of before is still there.
      await until(async () => ![before, null].includes(await born()), { what: `a page at ${url}`, ms: 15_000 });
    },
    async click(selector) {
      const element = await resting(selector);
      await session.actions().move({ origin: element, duration: 0 }).press().release().perform();
    },
    clickAt: (x, y) => session.actions().move({ x, y, duration: 0 }).press().release().perform(),
    type: (text) => session.actions().sendKeys(text).perform(),
    press: (key) => session.actions().sendKeys(KEYS[key]).perform(),
    async drag(from, to) {
      const [start, end] = [await resting(from), await resting(to)];
      await session
        .actions()
        .move({ origin: start, duration: 0 })
        .press()
        .move({ origin: start, x: 20, y: 10, duration: 100 })
        .move({ origin: end, x: 0, y: 0, duration: 200 })
        .move({ origin: end, x: 2, y: 2, duration: 50 })
        .release()
        .perform();
    },
    value,
    picture: async (path) => void (await Bun.write(path, Buffer.from(await session.takeScreenshot(), "base64"))),
  };
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const { port } = probe.address() as { port: number };
      probe.close(() => resolve(port));
    });
  });
}
