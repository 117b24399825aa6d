/**
 * A process in an archived task's workspace that keeps swapping its folders for links, while gc deletes
 * them: nothing that the links lead to may go.
 *
 * @module
 */
import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { collectWorkspaces, resolveWorkspace } from "../../src/dispatcher/mod.ts";
import { homeOf, prepareHome } from "../../src/home.ts";
import { archiveTask, type Board, closeBoard, createTask, openBoard, setWorkspacePath } from "../../src/kernel/mod.ts";
import type { Home } from "../../src/home.ts";
import type { Found } from "../namespace.ts";

const ROUNDS = 8;
const PASSES = 60;
/** Few folders with many files: gc is in each of them for longer than the swapper takes for a round. */
const FOLDERS = 4;
/** As many in each folder as there are precious ones, and of the same names: a link leads from these to those. */
const FILES = 1_000;

export async function swaps(dir: string): Promise<Found> {
  const home = homeOf({ KANBAN_HOME: join(dir, "home") });
  prepareHome(home);
  const board = openBoard(home.db, { actor: "judge" });
  const precious = join(dir, "precious");
  mkdirSync(precious);
  let [lost, left, met] = [0, 0, 0];
  for (let round = 0; round < ROUNDS; round++) {
    for (let i = 0; i < FILES; i++) writeFileSync(join(precious, `${i}`), "x");
    const workspace = await archived(board, home);
    const swapper = await swap(workspace, precious);
    const began = Date.now();
    // It gives up when a folder is gone under its hands, and continues with the trash the next time.
    for (let pass = 0; pass < PASSES; pass++) {
      if ((await collectWorkspaces(board, home, { logRetentionMs: Infinity })).kept.length === 0) break;
    }
    const ended = Date.now();
    met += (await swapper.end()).filter((at) => began <= at && at <= ended).length;
    lost += FILES - readdirSync(precious).length;
    if (existsSync(workspace)) left++;
  }
  closeBoard(board);
  const violations = lost === 0 ? [] : [`gc deleted ${lost} files through links`];
  if (left > 0) violations.push(`gc left ${left} of ${ROUNDS} workspaces where they were`);
  if (met === 0) violations.push("no link was swapped in while gc was at work: nothing is proved");
  return { violations, did: `${met} links swapped in while gc worked` };
}

/** The workspace of an archived task, full of folders. */
async function archived(board: Board, home: Home): Promise<string> {
  const { task } = createTask(board, { title: "swapped" });
  const workspace = await resolveWorkspace(board, home, task);
  setWorkspacePath(board, task.id, workspace);
  for (let i = 0; i < FOLDERS; i++) {
    mkdirSync(join(workspace, `d${i}`));
    for (let file = 0; file < FILES; file++) writeFileSync(join(workspace, `d${i}`, `${file}`), "x");
  }
  archiveTask(board, task.id);
  return workspace;
}

/**
 * Starts a process that holds on to the folder wherever it is moved, and waits until it swaps.
 *
 * @returns How to end it, which tells when it swapped a link in.
 */
async function swap(folder: string, target: string): Promise<{ end(): Promise<number[]> }> {
  const source = `
    const fs = require("node:fs");
    const target = process.argv.at(-1);
    const attempt = (act) => { try { act(); } catch {} };
    const wait = (ms) => { for (const end = performance.now() + ms; performance.now() < end; ); };
    const told = [];
    const tell = () => fs.writeSync(1, told.splice(0).map((at) => at + "\\n").join(""));
    fs.writeSync(1, "0\\n");
    for (;;) for (let i = 0; i < ${FOLDERS}; i++) {
      attempt(() => fs.renameSync("d" + i, "x"));
      attempt(() => { fs.symlinkSync(target, "d" + i); told.push(Date.now()); });
      wait(0.15);
      attempt(() => fs.unlinkSync("d" + i));
      attempt(() => fs.renameSync("x", "d" + i));
      if (told.length >= 5) tell();
      wait(0.15);
    }`;
  const child = Bun.spawn([process.execPath, "-e", source, target], {
    cwd: folder,
    stdio: ["ignore", "pipe", "inherit"],
  });
  const up = Promise.withResolvers<void>();
  const read = async () => {
    let text = "";
    for await (const chunk of child.stdout) {
      text += new TextDecoder().decode(chunk);
      up.resolve();
    }
    // The last line may be cut off.
    return text.split("\n").slice(0, -1).map(Number);
  };
  const told = read();
  await up.promise;
  return {
    async end() {
      child.kill("SIGKILL");
      await child.exited;
      return await told;
    },
  };
}
