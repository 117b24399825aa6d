import { afterAll, afterEach, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import type { Page } from "playwright-core";
import { claimTask, getTask } from "../../kernel/mod.ts";
import { type BrowserTest, live, noBrowser, testBrowser } from "../../testing/browser.ts";
import { until } from "../../testing/mod.ts";

// Longer than anything inside waits: a test that runs out of time takes the browser with it.
setDefaultTimeout(30_000);

/** Whether nothing of an element's text is cut. */
const fits = (element: { scrollWidth: number; clientWidth: number }) => element.scrollWidth <= element.clientWidth;

let t: BrowserTest;
let page: Page;

describe.skipIf(noBrowser !== null)("an impatient operator", () => {
  beforeAll(async () => {
    t = await testBrowser();
    ({ page } = await t.open({ intercepted: true }));
  });
  afterAll(() => t?.close());
  afterEach(() => expect(t.problems()).toEqual([]));

  test("a task opened by its address closes to the board with its filters, and Back opens it again", async () => {
    const id = t.create("Opened cold", { tenant: "cold" });
    await t.visit(page, `/t/${id}?tenant=cold&events=all`);
    await page.keyboard.press("Escape");
    await page.locator("#drawer .sheet").waitFor({ state: "detached" });
    expect(page.url()).toBe(`${t.url}/?tenant=cold`);
    await page.reload();
    await page.locator(`#card-${id}`).waitFor();
    expect(await page.locator("#drawer .sheet").count()).toBe(0);
    await page.goBack();
    await page.locator(`#drawer-${id}`).waitFor();
    expect(new URL(page.url()).pathname).toBe(`/t/${id}`);
  });

  test("Enter in the palette waits for the answer to what was typed", async () => {
    const id = t.create("On the keyboard", { tenant: "hurry" });
    await t.visit(page, "/?tenant=hurry");
    let free = () => {};
    await page.route("**/palette?*q=insig*", async (route) => {
      await new Promise<void>((resolve) => (free = resolve));
      await route.continue();
    });
    await page.locator(`#card-${id} h3 a`).focus();
    await page.keyboard.press("Control+k");
    await page.locator("#palette-list [data-act=open]").waitFor();
    const asked = page.waitForRequest("**/palette?*q=insig*");
    await page.keyboard.type("insig");
    await page.keyboard.press("Enter");
    await asked;
    expect(await page.locator("#drawer .sheet").count()).toBe(0);
    free();
    await page.waitForURL("**/insights");
    await page.unroute("**/palette?*q=insig*");
  });

  test("Escape closes one thing at a time, and the focus goes back to where it was", async () => {
    const id = t.create("Beside the drawer", { tenant: "esc", triage: true });
    await t.visit(page, `/t/${id}?tenant=esc`);
    await page.locator('#col-triage [data-do="quick"]').click();
    await page.keyboard.type("never mind");
    await page.keyboard.press("Escape");
    expect(await page.locator("#col-triage .quick").isVisible()).toBe(false);
    expect(await page.locator("#drawer .sheet").count()).toBe(1);
    expect(await page.evaluate("document.activeElement.dataset.do")).toBe("quick");

    await page.keyboard.press("/");
    await page.keyboard.type("nothing like it");
    await page.locator(`#card-${id}`).waitFor({ state: "detached" });
    await page.keyboard.press("Escape");
    expect(await page.evaluate("document.activeElement.id + document.activeElement.value")).toBe("search");
    await page.locator(`#card-${id}`).waitFor();
    await page.keyboard.press("Escape");
    expect(await page.evaluate("document.activeElement.id")).not.toBe("search");
    expect(await page.locator("#drawer .sheet").count()).toBe(1);
  });

  test("/ finds tasks also on a page that has nothing to filter", async () => {
    await t.visit(page, "/runs");
    await page.keyboard.press("/");
    await page.locator("#palette[open]").waitFor();
    expect(await page.evaluate("document.activeElement.id")).toBe("palette-q");
    await page.locator("#palette-list .option", { hasText: "Filter tasks" }).click();
    await page.waitForURL(`${t.url}/`);
  });

  test("a confirmation names what it is about, and how many", async () => {
    const ids = [1, 2, 3].map((n) => t.create(`Confirm ${n}`, { tenant: "confirm" }));
    t.create("Confirm 4", { tenant: "confirm", triage: true });
    await t.visit(page, "/?tenant=confirm");
    const asks = async (title: string) => {
      await page.locator("#ask[open]").waitFor();
      expect(await page.locator("#ask-title").textContent()).toBe(title);
      await page.keyboard.press("Escape");
    };
    await page.locator(`#card-${ids[0]} h3 a`).focus();
    await page.keyboard.press("#");
    await asks("Archive “Confirm 1”?");
    await page.keyboard.press("x");
    await page.keyboard.press("Shift+J");
    await page.keyboard.press("#");
    await asks("Archive 2 tasks?");
    await page.locator('[data-do="bulk-all"]').click();
    await page.locator('#bulk [data-to="archived"]').click();
    await page.locator("#ask-title", { hasText: "Archive 4 tasks?" }).waitFor();
    await asks("Archive 4 tasks?");
  });

  test("without a connection every act says that it did not happen, and nothing typed is lost", async () => {
    const id = t.create("Unreachable", { tenant: "off" });
    const { page: lone, context } = await t.open({ watched: false });
    await lone.goto(`${t.url}/t/${id}?tenant=off`);
    await live(lone);
    await context.setOffline(true);
    const notices = () => lone.locator("#toasts .toast.error .said").allTextContents();
    await lone.locator(".compose [name=body]").fill("still here");
    await lone.keyboard.press("Enter");
    await until(async () => (await notices()).join().includes("Not saved"));
    expect(await lone.locator(".compose [name=body]").inputValue()).toBe("still here");
    await lone.keyboard.press("Escape");
    await lone.keyboard.press("Escape");
    await lone.locator(`#card-${id} h3 a`).click();
    await until(async () => (await notices()).join().includes("Not loaded"));
    expect((await notices()).length).toBe(2);
    await lone.locator(`#card-${id} h3 a`).click();
    await until(async () => (await notices()).length === 2);
    await context.setOffline(false);
    await live(lone);
    await lone.locator(`#card-${id} h3 a`).click();
    await lone.locator(`#drawer-${id}`).waitFor();
    await context.close();
  });

  test("a column that is a rail also says why it takes no drop", async () => {
    const id = t.create("To be carried", { tenant: "rail" });
    await page.setViewportSize({ width: 1000, height: 900 }); // Here not all columns have room.
    await t.visit(page, "/?tenant=rail");
    const from = (await page.locator(`#card-${id}`).boundingBox())!;
    await page.mouse.move(from.x + 80, from.y + 20);
    await page.mouse.down();
    for (const name of ["running", "review"]) {
      const over = (await page.locator(`#col-${name}`).boundingBox())!;
      expect(over.width).toBeLessThan(60);
      await page.mouse.move(over.x + over.width / 2, over.y + 160, { steps: 4 });
      const why = page.locator(`#col-${name} .whynot`);
      await why.waitFor();
      const box = (await why.boundingBox())!;
      expect([box, box.x >= 0 && box.x + box.width <= 1000 && box.width > 100]).toEqual([box, true]);
    }
    await page.keyboard.press("Escape");
    await page.mouse.up();
    expect(getTask(t.board, id).status).toBe("ready");
    await page.setViewportSize({ width: 1440, height: 900 });
  });

  describe("on a narrow screen", () => {
    const SIZES = [
      [390, 844],
      [768, 1024],
      [1000, 800],
    ] as const;
    const at = async (width: number, height: number, path: string, look: () => Promise<void>) => {
      await page.setViewportSize({ width, height });
      try {
        await t.visit(page, path);
        await look();
      } finally {
        await page.setViewportSize({ width: 1440, height: 900 });
      }
    };

    test("nothing of the head is cut off, on no page", async () => {
      t.create("Work", { tenant: "a-tenant-with-quite-a-long-name-as-they-have" });
      for (const path of ["/", "/needs", "/runs", "/list", "/deps", "/insights"]) {
        for (const [width, height] of SIZES) {
          await at(width, height, path, async () => {
            const cut = await page.evaluate(`[...document.querySelectorAll(".bar > :not(.grow), .bar select")]
              .filter((e) => e.checkVisibility()).map((e) => [e.textContent.slice(0, 20), e.getBoundingClientRect()])
              .filter(([, box]) => box.right > innerWidth || box.width < 6).map(([text]) => text)`);
            expect([path, width, cut]).toEqual([path, width, []]);
          });
        }
      }
    }, 120_000);

    test("a chip of a filter keeps its value and its cross", async () => {
      for (const [width, height] of SIZES) {
        await at(width, height, "/?tenant=acme&assignee=ann&hide_blocked=1&q=work", async () => {
          const chips = page.locator(".filters > .chip:not(.add)");
          expect(await chips.count()).toBe(4);
          for (const chip of await chips.all()) {
            const [value, cross] = [chip.locator(".ell"), chip.locator("a.f-off")];
            expect(await value.evaluate(fits)).toBe(true);
            await cross.scrollIntoViewIfNeeded();
            const box = (await cross.boundingBox())!;
            const hit = `document.elementFromPoint(${box.x + box.width / 2}, ${box.y + box.height / 2})`;
            const inside = await page.evaluate(`${hit}?.closest("a") !== null`);
            expect([width, inside]).toEqual([width, true]);
          }
        });
      }
    });

    test("the titles of the list and of the runs can be read", async () => {
      const id = t.create("A title of a usual length", { tenant: "narrow", assignee: "ann" });
      claimTask(t.board, id, { claimer: "ann" });
      for (const [width, height] of SIZES) {
        await at(width, height, "/list?tenant=narrow", async () => {
          const title = (await page.locator(`#card-${id} a[data-open]`).boundingBox())!;
          expect([width, title.width > 120]).toEqual([width, true]);
          const age = (await page.locator(`#card-${id} time:last-child`).boundingBox())!;
          expect([width, title.x + title.width <= age.x, age.x + age.width <= width]).toEqual([width, true, true]);
        });
        await at(width, height, "/runs", async () => {
          const title = page.locator(`.run-item[data-id="${id}"] a[data-open]`);
          expect([width, await title.evaluate(fits)]).toEqual([width, true]);
        });
      }
    });

    test("a phone filters by text, too", async () => {
      const id = t.create("Needle", { tenant: "thumb" });
      const other = t.create("Hay", { tenant: "thumb" });
      const phone = await t.open({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });
      await phone.page.goto(`${t.url}/?tenant=thumb`);
      await live(phone.page);
      await phone.page.locator("#search").tap();
      expect((await phone.page.locator(".search").boundingBox())!.width).toBeGreaterThan(300);
      await phone.page.keyboard.type("needle");
      await phone.page.locator(`#card-${other}`).waitFor({ state: "detached" });
      await phone.page.locator(`#card-${id}`).waitFor();
      await phone.context.close();
    });
  });
});
