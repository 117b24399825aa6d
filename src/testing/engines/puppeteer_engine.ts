/**
 * Chromium and Firefox, both by puppeteer: Firefox over WebDriver BiDi, without a driver of its own.
 *
 * @module
 */
import { existsSync } from "node:fs";
import puppeteer, { type Page } from "puppeteer-core";
import { type Engine, type EngineBrowser, rests, type Tab } from "./tab.ts";

export const chromium = engine("chromium", "/usr/bin/chromium");
export const firefox = engine("firefox", "/usr/bin/firefox-esr");

const WINDOW = { width: 1440, height: 900 };

function engine(name: "chromium" | "firefox", path: string): Engine {
  return {
    name,
    missing: existsSync(path) ? null : `${path} is not installed`,
    async start(): Promise<EngineBrowser> {
      const browser = await puppeteer.launch({
        browser: name === "chromium" ? "chrome" : "firefox",
        executablePath: path,
        headless: true,
        defaultViewport: WINDOW,
        // Root, as in a container, cannot use chromium's sandbox.
        args: name === "chromium" ? ["--no-sandbox", "--disable-gpu", "--disable-quic"] : [],
      });
      const page = await browser.newPage();
      return { version: await browser.version(), tab: tabOf(page), close: () => browser.close() };
    },
  };
}

function tabOf(page: Page): Tab {
  const value: Tab["value"] = (expression) => page.evaluate(expression) as Promise<never>;
  const middle = async (selector: string) => {
    await rests(value, selector);
    const box = (await (await page.$(selector))!.boundingBox())!;
    return [box.x + box.width / 2, box.y + Math.min(box.height / 2, 60)] as const;
  };
  return {
    goto: async (url) => void (await page.goto(url)),
    click: async (selector) => page.mouse.click(...(await middle(selector))),
    clickAt: (x, y) => page.mouse.click(x, y),
    type: (text) => page.keyboard.type(text),
    press: (key) => page.keyboard.press(key),
    async drag(from, to) {
      const [x, y] = await middle(from);
      const [toX, toY] = await middle(to);
      await page.mouse.move(x, y);
      await page.mouse.down();
      await page.mouse.move(x + 20, y + 10, { steps: 3 });
      await page.mouse.move(toX, toY, { steps: 5 });
      await page.mouse.up();
    },
    value,
    picture: async (path) => void (await page.screenshot({ path: path as `${string}.png` })),
  };
}
