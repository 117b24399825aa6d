/**
 * The board with 10,000 tasks as a person meets it: what the server takes for the page, what goes over the
 * wire, how long a browser loads it, and when a card that was dropped stands in its new column.
 *
 * @module
 */
import { existsSync } from "node:fs";
import { type Browser, chromium, type Page } from "playwright-core";
import { prepareHome } from "../../src/home.ts";
import { closeBoard, createTask, openBoard, patchTask } from "../../src/kernel/mod.ts";
import { median } from "../measure.ts";
import { cliJson, placeAt, type Server, startServer, stop } from "../program.ts";
import { fill } from "../scale/fill.ts";
import { type Bench, type Figure, Unavailable } from "./figure.ts";

const TIMES = { quick: { asked: 40, loaded: 5, moved: 6 }, full: { asked: 300, loaded: 30, moved: 40 } };
const CHROMIUM = "/usr/bin/chromium";
const FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"];
const TASKS = 10_000;
const WARM_UP = 150;

/** The page as the server makes it, of a board that stays as it is and of one that changes, and what goes over the wire. */
export const page: Bench = {
  name: "page",
  async run({ dir, scale }) {
    const { server, place } = await served(dir);
    const board = openBoard(place.home.db, { actor: "bench" });
    try {
      const ask = async () => {
        const from = performance.now();
        const answer = await fetch(`${server.url}/`, {
          headers: { authorization: `Bearer ${server.token}`, "accept-encoding": "gzip" },
          decompress: false,
        });
        const bytes = (await answer.arrayBuffer()).byteLength;
        const whole = performance.now() - from;
        if (!answer.ok) throw new Error(`the board answered ${answer.status}`);
        const own = Number(/dur=([\d.]+)/.exec(answer.headers.get("server-timing") ?? "")?.[1]);
        return { own, whole, bytes };
      };
      const same: Awaited<ReturnType<typeof ask>>[] = [];
      const changed: typeof same = [];
      const { task } = createTask(board, { title: "It changes", priority: 9 });
      for (let i = -WARM_UP; i < TIMES[scale].asked; i++) {
        patchTask(board, task.id, { title: `It changes ${i}` });
        const answers = [await ask(), await ask()] as const;
        if (i < 0) continue; // Statements are prepared, code is compiled.
        changed.push(answers[0]);
        same.push(answers[1]);
      }
      return [
        {
          name: "board page at 10,000 tasks, changed: server",
          ...ms(changed.map(({ own }) => own)),
          target: { most: 3 },
        },
        {
          name: "board page at 10,000 tasks, unchanged: server",
          ...ms(same.map(({ own }) => own)),
          target: { most: 1 },
        },
        {
          ...{ name: "board page at 10,000 tasks, unchanged: whole answer", ...ms(same.map(({ whole }) => whole)) },
          note: "as a program on this machine waits for it",
        },
        {
          ...{ name: "board page at 10,000 tasks on the wire", unit: "KB" as const },
          ...{ value: median(same.map(({ bytes }) => bytes)) / 1_000, target: { most: 40 } },
        },
      ];
    } finally {
      closeBoard(board);
      await stop(server);
    }
  },
};

/** The same with eyes: a real browser. */
export const browser: Bench = {
  name: "browser",
  async run({ dir, scale }) {
    if (!existsSync(CHROMIUM)) throw new Unavailable(`${CHROMIUM} is not installed`);
    const { server, cards, link } = await served(dir, TIMES[scale].moved + 1);
    let chrome: Browser | undefined;
    try {
      chrome = await chromium.launch({ executablePath: CHROMIUM, args: FLAGS });
      const view = await chrome.newPage({ viewport: { width: 1440, height: 900 } });
      await view.goto(await link());
      await view.locator("#name").fill("ann"); // The first sign-in of a browser asks who it is.
      await view.keyboard.press("Enter");
      await view.waitForURL(`${server.url}/`);
      const loaded: number[] = [];
      for (let i = 0; i < TIMES[scale].loaded; i++) loaded.push(await load(view, server.url));
      const elements = await view.evaluate<number>(
        "document.querySelectorAll('.board *').length / document.querySelectorAll('.item').length",
      );
      const moved: number[] = [];
      for (const id of cards) moved.push(await move(view, id));
      return [
        { name: "browser loads the board at 10,000 tasks", ...ms(loaded), target: { most: 400 } },
        { name: "elements of the board per card on it", value: elements, unit: "elements", target: { most: 15 } },
        // The first one finds code that the browser has not compiled yet.
        { name: "drop of a card → it stands there", ...ms(moved.slice(1)), target: { most: 60 } },
      ];
    } finally {
      await chrome?.close();
      await stop(server);
    }
  },
};

const ms = (values: readonly number[]): Pick<Figure, "value" | "unit"> => ({ value: median(values), unit: "ms" });

/** A server over a large board, with some urgent tasks at the top of Ready. */
async function served(dir: string, urgent = 0) {
  const place = placeAt(dir);
  prepareHome(place.home);
  fill(place.home.db, TASKS);
  const board = openBoard(place.home.db, { actor: "bench" });
  const cards = Array.from(
    { length: urgent },
    (_, i) => createTask(board, { title: `Urgent ${i}`, assignee: "ann", priority: 1_000 - i }).task.id,
  );
  closeBoard(board);
  const server: Server = await startServer(place);
  const link = async () =>
    (await cliJson<{ url: string }>(place, ["serve", "--link", "--port", new URL(server.url).port])).url;
  return { server, cards, link, place };
}

/** Loads the board afresh: until the browser has laid it out and run its scripts. */
async function load(view: Page, url: string): Promise<number> {
  await view.goto(`${url}/`, { waitUntil: "load" });
  const took = await view.evaluate<number>("performance.getEntriesByType('navigation')[0].loadEventEnd");
  await view.waitForSelector('#live[data-state="live"]');
  return took;
}

/** Drags a card to Todo with the mouse; from letting go until it stands there, both seen by the page. */
async function move(view: Page, id: string): Promise<number> {
  await view.evaluate(`globalThis.moved = new Promise((resolve) => {
    let from = 0;
    addEventListener("pointerup", () => (from = performance.now()), { once: true, capture: true });
    const look = () => {
      if (from > 0 && document.querySelector("#list-todo > #card-${id}") !== null) resolve(performance.now() - from);
      else requestAnimationFrame(look);
    };
    look();
  }); 0`);
  const card = (await view.locator(`#card-${id}`).boundingBox())!;
  const column = (await view.locator("#col-todo").boundingBox())!;
  await view.mouse.move(card.x + card.width / 2, card.y + 20);
  await view.mouse.down();
  await view.mouse.move(card.x + card.width / 2 + 20, card.y + 30, { steps: 3 });
  await view.mouse.move(column.x + column.width / 2, column.y + 120, { steps: 4 });
  await view.mouse.up();
  return view.evaluate<number>("globalThis.moved");
}
