import { afterAll, beforeAll, expect, test } from "bun:test";
import { GROUPS } from "../../cli/verb_table.ts";
import { type TestWeb, testWeb } from "../../testing/web.ts";

/** Every address that changes something, and the verbs that do the same without a browser. */
const VERBS: Readonly<Record<string, readonly string[]>> = {
  "POST /tasks": ["create"],
  "POST /bulk": ["complete", "block", "unblock", "archive", "assign", "edit", "move"],
  "POST /undo": ["undo"],
  // It counts, and changes nothing.
  "POST /bulk/count": ["list"],
  "POST /dispatch": ["dispatch"],
  "POST /start/demo": ["create", "dispatch"],
  "POST /start/agent": ["profile"],
  "POST /views": ["view"],
  "POST /views/:id": ["view"],
  "POST /views/:id/remove": ["view"],
  "POST /api/views": ["view"],
  "PATCH /api/views/:id": ["view"],
  "DELETE /api/views/:id": ["view"],
  "POST /pause": ["pause"],
  "POST /release": ["release"],
  "POST /resume": ["resume"],
  "POST /t/:id/move": ["move", "complete", "block", "unblock", "archive", "restore", "claim"],
  "POST /t/:id/unblock": ["unblock"],
  "POST /t/:id/approve": ["approve"],
  "POST /t/:id/request-changes": ["request-changes"],
  "POST /t/:id/stop": ["stop"],
  "POST /t/:id/reclaim": ["reclaim", "stop"],

  "POST /t/:id/assign": ["assign"],
  "POST /t/:id/priority": ["edit"],
  "POST /t/:id/edit": ["edit"],
  "POST /t/:id/restore": ["history"],
  "POST /t/:id/comments": ["comment"],
  "POST /t/:id/seen": ["mentions"],
  "POST /t/:id/link": ["link"],
  "POST /t/:id/unlink": ["unlink"],
  "POST /api/tasks": ["create"],
  "PATCH /api/tasks/:id": ["edit", "assign", "move", "complete", "block", "unblock", "archive", "claim"],
  "POST /api/tasks/bulk": ["move", "complete", "block", "unblock", "archive", "assign", "edit"],
  "POST /api/tasks/:id/history": ["history"],
  "POST /api/tasks/:id/stop": ["stop"],
  "POST /api/tasks/:id/comments": ["comment"],
  "POST /api/links": ["link"],
  "DELETE /api/links": ["unlink"],
  "POST /api/undo": ["undo"],
  "POST /api/dispatch": ["dispatch"],
  // What pages are sent while they are open; it changes nothing.
  "POST /stream": ["watch"],
  // Only a browser has to sign in; a new link for it is printed by this verb.
  "POST /login": ["serve"],
  "POST /logout": ["serve"],
  // On the command line it is the login name.
  "POST /me": ["serve"],
};

/** What pages and the API show, and the verbs that print it. */
const VIEWS: Readonly<Record<string, readonly string[]>> = {
  "GET /": ["list", "watch"],
  "GET /t/:id": ["show"],
  "GET /t/:id/history": ["history"],
  "GET /needs": ["list", "holds", "doctor"],
  "GET /needs/:id": ["show"],
  "GET /runs": ["runs"],
  "GET /list": ["list"],
  "GET /mine": ["list"],
  "GET /deps": ["graph"],
  "GET /insights": ["stats"],
  "GET /start": ["init"],
  "GET /start/agents": ["profile"],
  "GET /views": ["view"],
  "GET /api/views": ["view"],
  "GET /api/board": ["list"],
  "GET /api/tasks": ["list"],
  "GET /api/tasks/:id": ["show"],
  "GET /api/tasks/:id/history": ["history"],
  "GET /api/tasks/:id/log": ["log"],
  "GET /api/events": ["watch"],
  "GET /api/stats": ["stats"],
  "GET /api/assignees": ["assignees"],
};

const verbs = new Set(Object.values(GROUPS).flatMap((group) => Object.keys(group)));
let t: TestWeb;
beforeAll(async () => void (t = await testWeb()));
afterAll(() => t.close());

test("every action of the web board has its verb", () => {
  const routes = t.app.routes.filter(({ method }) => ["POST", "PATCH", "PUT", "DELETE"].includes(method));
  expect([...new Set(routes.map(({ method, path }) => `${method} ${path}`))].sort()).toEqual(Object.keys(VERBS).sort());
  expect([...new Set(Object.values(VERBS).flat())].filter((verb) => !verbs.has(verb))).toEqual([]);
});

test("every view of the web board has its verb", () => {
  const routes = new Set(t.app.routes.map(({ method, path }) => `${method} ${path}`));
  expect(Object.keys(VIEWS).filter((view) => !routes.has(view))).toEqual([]);
  expect([...new Set(Object.values(VIEWS).flat())].filter((verb) => !verbs.has(verb))).toEqual([]);
});
