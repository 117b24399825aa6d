/** @jsxImportSource hono/jsx */
/**
 * The first minute of a board: the built-in worker's demo task, and profiles for the agents of this machine.
 *
 * @module
 */
import type { Hono } from "hono";
import { FoundAgents, StartPage } from "../../../views/pages/start.tsx";
import { document } from "../../../views/shell/document.tsx";
import { accountVariables, AGENTS, presetOf } from "../../agents/mod.ts";
import { addProfile, dispatcherStatus } from "../../dispatcher/mod.ts";
import { createTask, KanbanError, listTasks, write } from "../../kernel/mod.ts";
import { change, type Ctx, type Env, snapshot, type Web } from "../context.ts";
import { dispatchPass } from "../pages/daemon.ts";
import { readShell } from "../pages/page_shell.ts";
import { foundAgents, programOf, startView, withVersion } from "../pages/start.ts";
import { readForm } from "./form_fields.ts";
import { boardReply, isHtmx, refusalReply, taskReply } from "./form_response.tsx";

const DEMO_PROFILE = "demo";
const DEMO_TITLE = "Say hello";
/** The built-in worker obeys what looks like a directive; the rest is for people. */
const DEMO_BODY = `The built-in worker reads this text and does what its lines say.

sleep 1500ms
heartbeat reading the task
sleep 1500ms
heartbeat writing the handoff
sleep 1000ms
complete Hello! This is a handoff: what a worker leaves for people, and for the tasks that wait for it.`;

/** Puts the page and its posts on the router. */
export function mountStart(app: Hono<Env>, web: Web): void {
  app.get("/start", async (c) =>
    c.html(
      await snapshot(web, (board) =>
        document(<StartPage shell={readShell(web, board, c)} start={startView(web, board)} />),
      ),
    ),
  );
  app.get("/start/agents", async (c) => {
    const agents = await Promise.all(foundAgents(web).map(withVersion));
    return c.html(String(<FoundAgents agents={agents} />));
  });
  app.post("/start/demo", (c) => demo(web, c));
  app.post("/start/agent", (c) => addAgent(web, c));
}

/** Makes the demo task, or finds the one that is not over yet, and starts it where no dispatcher would. */
async function demo(web: Web, c: Ctx): Promise<Response> {
  try {
    const task = await change(web, c, (board) =>
      write(board, () => {
        const open = listTasks(board, { assignee: DEMO_PROFILE, status: ["todo", "ready", "running"] });
        const same = open.find(({ title }) => title === DEMO_TITLE);
        return same ?? createTask(board, { title: DEMO_TITLE, body: DEMO_BODY, assignee: DEMO_PROFILE }).task;
      }),
    );
    if (!dispatcherStatus(web.home, { board: web.board, agents: web.agents }).running)
      await dispatchPass(web, { max: 1, assignees: [DEMO_PROFILE] });
    if (!isHtmx(c)) return c.redirect("/", 303);
    c.header("hx-trigger", JSON.stringify({ "kanban:demo": { id: task.id } }));
    return await taskReply(web, c, task.id, { text: "Made a task for the built-in worker", tone: "ok", open: task.id });
  } catch (error) {
    if (!isHtmx(c)) throw error;
    return refusalReply(web, c, error);
  }
}

/** Writes the profile of an agent that was found, named as the agent is. */
async function addAgent(web: Web, c: Ctx): Promise<Response> {
  try {
    const name = (await readForm(c.req.raw)).get("agent") ?? "";
    if (presetOf(name) === null || programOf(name) === null) {
      throw new KanbanError(
        "refused",
        `Cannot add profile "${name}": it must be an agent whose program is on PATH`,
        `Known are ${AGENTS.join(", ")}; any other program: kanban profile add NAME --command PROGRAM`,
      );
    }
    addProfile(web.home, name, { agent: name, env: accountVariables(name) });
    if (!isHtmx(c)) return c.redirect("/start", 303);
    c.header("hx-trigger", "kanban:agents");
    return await boardReply(web, c, { text: `Added ${name}: assign a task to it`, tone: "ok" });
  } catch (error) {
    if (!isHtmx(c)) throw error;
    return refusalReply(web, c, error);
  }
}
