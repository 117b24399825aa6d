/**
 * A page in one of three browser engines, driven as a person does: with a pointer and a keyboard.
 *
 * Chromium has tests of its own that use all that playwright offers. This is the common ground on which the same acts
 * are tried in Debian's chromium and firefox-esr (WebDriver BiDi) and in WebKitGTK (WebDriver).
 *
 * @module
 */
import { until } from "../mod.ts";

/** Keys of the keyboard that have a name. */
export type NamedKey = "Enter" | "Escape" | "Tab" | "ArrowDown" | "ArrowUp";

export interface Tab {
  goto(url: string): Promise<void>;
  /** Presses the pointer in the middle of the first element that matches. */
  click(selector: string): Promise<void>;
  /** Presses the pointer at a place of the window, in pixels. */
  clickAt(x: number, y: number): Promise<void>;
  /** Types into what has the focus, key by key. */
  type(text: string): Promise<void>;
  press(key: NamedKey): Promise<void>;
  /** Drags from the middle of one element to the middle of another, in several steps. */
  drag(from: string, to: string): Promise<void>;
  /** The value of an expression in the page. */
  value<T>(expression: string): Promise<T>;
  /** Writes a picture of the page as PNG. */
  picture(path: string): Promise<void>;
}

export interface EngineBrowser {
  /** For example `firefox/153.8.0`. */
  readonly version: string;
  readonly tab: Tab;
  close(): Promise<void>;
}

export interface Engine {
  readonly name: "chromium" | "firefox" | "webkit";
  /** Why it cannot run on this machine, or null. */
  readonly missing: string | null;
  start(): Promise<EngineBrowser>;
}

/** Waits until an element that matches is on the page and, if given, has the text in it. */
export function shows(tab: Tab, selector: string, text = ""): Promise<unknown> {
  const found = `[...document.querySelectorAll(${JSON.stringify(selector)})]
    .some((element) => element.checkVisibility() && element.textContent.includes(${JSON.stringify(text)}))`;
  return holds(tab, found, `${selector} with ${JSON.stringify(text)}`);
}

/** Waits until an expression in the page is true. While another page is being loaded, it is not. */
export function holds(tab: Tab, expression: string, what = expression): Promise<unknown> {
  const condition = () => tab.value<boolean>(expression).catch(() => false);
  return until(condition, { what, ms: 20_000 });
}

/** Scrolls an element into view and waits until it rests there: a person does not press what still slides in. */
export async function rests(value: Tab["value"], selector: string): Promise<void> {
  const box = `(() => {
    const found = document.querySelector(${JSON.stringify(selector)});
    if (!found?.checkVisibility()) return null;
    found.scrollIntoView({ block: "nearest" });
    const { x, y, width, height } = found.getBoundingClientRect();
    return [x, y, width, height].join();
  })()`;
  let before: string | null = null;
  let looks = 0;
  const condition = async () => {
    const now = await value<string | null>(box).catch(() => null);
    looks = now !== null && now === before ? looks + 1 : 0;
    before = now;
    await Bun.sleep(40); // Longer than a frame, and several: it may be about to begin to move.
    return looks >= 4;
  };
  await until(condition, { what: selector, ms: 15_000 });
}
