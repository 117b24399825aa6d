/**
 * The main acts of a person in each browser engine. What one engine alone has is tested in chromium.
 *
 * @module
 */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { blockTask, createTask, getTask, listComments, listTasks, type Status } from "../../kernel/mod.ts";
import { chromium, firefox } from "../../testing/engines/puppeteer_engine.ts";
import { type EngineBrowser, holds, shows, type Tab } from "../../testing/engines/tab.ts";
import { webkit } from "../../testing/engines/webkit_engine.ts";
import { until } from "../../testing/mod.ts";
import { type TestServer, testServer } from "../../testing/server.ts";
import { signInLink } from "../mod.ts";

setDefaultTimeout(60_000);

for (const engine of [chromium, firefox, webkit]) {
  const name = engine.missing === null ? engine.name : `${engine.name} (skipped: ${engine.missing})`;
  describe.skipIf(engine.missing !== null)(name, () => {
    let t: TestServer;
    let browser: EngineBrowser;
    let tab: Tab;
    beforeAll(async () => {
      t = testServer();
      browser = await engine.start();
      ({ tab } = browser);
    });
    afterAll(async () => {
      await browser?.close();
      t?.close();
    });

    const url = (path: string) => `http://127.0.0.1:${t.server.port}${path}`;
    const live = () => shows(tab, '#live[data-state="live"]');
    const open = async (path: string) => {
      await tab.goto(url(path));
      await live();
    };
    const becomes = (id: string, status: Status) =>
      until(() => getTask(t.board, id).status === status, { what: `${id} to be ${status}` });

    test("signs in by the link, and the page is live", async () => {
      await tab.goto(signInLink(t.home, { port: t.server.port }));
      await shows(tab, "#login .btn", "Continue");
      await tab.click("#login .btn");
      await live();
      await holds(tab, 'location.pathname === "/"');
    });

    test("C creates a task", async () => {
      await open("/");
      await tab.type("c");
      await shows(tab, "#create[open]");
      await tab.type(`Made in ${engine.name}`);
      await tab.click('#create-form [type="submit"], #create-form .btn.primary');
      await until(() => listTasks(t.board, { search: `Made in ${engine.name}` }).length === 1);
      await shows(tab, ".item", `Made in ${engine.name}`);
    });

    test("what another process does appears by itself", async () => {
      await open("/");
      createTask(t.board, { title: "From elsewhere", assignee: "coder" });
      await shows(tab, ".item", "From elsewhere");
    });

    test("a card is dragged to another column, and Z brings it back", async () => {
      const { id } = createTask(t.board, { title: "Drag me", assignee: "coder", tenant: "drag" }).task;
      await open("/?tenant=drag");
      await tab.drag(`#card-${id}`, "#col-todo");
      await becomes(id, "todo");
      await shows(tab, `#list-todo > #card-${id}`);
      await shows(tab, "#toasts [data-undo]");
      await tab.type("z");
      await becomes(id, "ready");
    });

    test("a card moves by keys", async () => {
      const { id } = createTask(t.board, { title: "Keys", assignee: "coder", tenant: "keys" }).task;
      await open("/?tenant=keys");
      await tab.type("j");
      await tab.type("m");
      await shows(tab, "#menu:popover-open");
      await tab.type("t");
      await tab.press("Enter");
      await becomes(id, "todo");
    });

    test("a card opens, a comment is sent with Enter, Escape closes", async () => {
      const { id } = createTask(t.board, { title: "Talk", assignee: "coder", tenant: "talk" }).task;
      await open("/?tenant=talk");
      await tab.click(`#card-${id} h3 a`);
      await shows(tab, `#drawer .sheet[data-id="${id}"]`, "Talk");
      await tab.click("#drawer .compose textarea");
      await tab.type("Looks good");
      await tab.press("Enter");
      await until(() => listComments(t.board, id).length === 1);
      await shows(tab, "#d-comments", "Looks good");
      expect(await tab.value<string>('document.querySelector("#drawer .compose textarea").value')).toBe("");
      await tab.press("Escape");
      await tab.press("Escape");
      await holds(tab, '!document.querySelector("#drawer .sheet")');
    });

    test("a question is answered on its card", async () => {
      const { id } = createTask(t.board, { title: "Ask", assignee: "coder", tenant: "ask" }).task;
      blockTask(t.board, id, { reason: "Left or right?" });
      await open("/?tenant=ask");
      await shows(tab, `#card-${id}`, "Left or right?");
      await tab.click(`#card-${id} [data-do="answer"]`);
      await shows(tab, `#card-${id} .answer [name="comment"]`);
      await tab.type("Left");
      await tab.press("Enter");
      await becomes(id, "ready");
      expect(listComments(t.board, id).at(-1)?.body).toBe("Left");
    });

    test("the title is edited in place", async () => {
      const { id } = createTask(t.board, { title: "Old", assignee: "coder", tenant: "edit" }).task;
      await open(`/t/${id}`);
      await tab.click("#d-edit-title .pen");
      await tab.type(" and new");
      await tab.press("Enter");
      await until(() => getTask(t.board, id).title === "Old and new");
    });

    test("a press beside a dialog or the drawer closes it", async () => {
      const { id } = createTask(t.board, { title: "Beside", assignee: "coder", tenant: "beside" }).task;
      await open("/?tenant=beside");
      await tab.type("?");
      await shows(tab, "#help[open]");
      await tab.clickAt(600, 12);
      await holds(tab, '!document.querySelector("dialog[open]")', "the dialog to close");
      await tab.click(`#card-${id} h3 a`);
      await shows(tab, `#drawer .sheet[data-id="${id}"]`);
      await tab.clickAt(600, 12);
      await holds(tab, '!document.querySelector("#drawer .sheet")', "the drawer to close");
    });

    test("a filter by text keeps what matches, and is in the address", async () => {
      createTask(t.board, { title: "Needle", tenant: "hay" });
      createTask(t.board, { title: "Straw", tenant: "hay" });
      await open("/?tenant=hay");
      await shows(tab, ".item", "Straw");
      await tab.type("/");
      await tab.type("needle");
      await holds(tab, '!document.querySelector("#view").textContent.includes("Straw")');
      await shows(tab, ".item", "Needle");
      expect(await tab.value<string>("location.search")).toContain("q=needle");
    });
  });
}
