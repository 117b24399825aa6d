/**
 * `kanban setup`: registers the board with an agent that a person uses, and takes it out again.
 *
 * @module
 */
import { environment, type Home, prepareHome, userHome } from "../../home.ts";
import { KanbanError } from "../../kernel/mod.ts";
import {
  applySetup,
  checkSetup,
  removeSetup,
  SETUP_AGENTS,
  type SetupChange,
  type SetupFile,
} from "../../setup/mod.ts";
import { choiceWord, toggle } from "../args.ts";
import { ownCommand } from "../own_command.ts";
import { verb } from "../verb.ts";
import { oneLine } from "../../text.ts";

const MODES = ["check", "remove", "print"] as const;

export default verb({
  name: "setup",
  act: ({ check, print }) => (check || print ? "read" : "setup"),
  args: {
    agent: choiceWord(SETUP_AGENTS, `The agent: ${SETUP_AGENTS.join(", ")}`),
    project: toggle("In the files of the current folder instead of your own"),
    check: toggle("Only say whether it is set up; exit status 1 when it is not"),
    remove: toggle("Take out what an earlier setup wrote, and nothing else"),
    print: toggle("Only print what would be written, and where"),
  },
  examples: [
    "kanban setup claude",
    "kanban setup codex --check",
    "kanban setup cursor --project",
    "kanban setup gemini --remove",
  ],
  notes:
    "With --project the entry starts kanban by its name and names no home: the files are for everybody. A copy of each changed file is kept in backups/setup of the home. What was written is remembered there too: --remove leaves every file as it was.",
  run({ args, home, out, note, hint, style }) {
    const modes = MODES.filter((mode) => args[mode]);
    if (modes.length > 1) {
      throw new KanbanError(
        "invalid",
        `Cannot run setup: only one of ${modes.map((mode) => `--${mode}`).join(" and ")} can be meant`,
      );
    }
    prepareHome(home);
    const { argv: command, variables, spoken } = ownCommand(home, { shared: args.project });
    const project = args.project ? process.cwd() : null;
    const options = { home, userHome: userHome(), env: environment(), project, command, variables, spoken };
    if (args.check || args.print) {
      const files = checkSetup(args.agent, options);
      out(files, (all) => all.map(args.print ? printed : checked).join("\n"));
      if (args.print || files.every(({ state }) => state === "present")) return 0;
      hint(`write it with: kanban setup ${args.agent}${args.project ? " --project" : ""}`);
      return 1;
    }
    const changes = args.remove ? removeSetup(args.agent, options) : applySetup(args.agent, options);
    out(changes, (all) => all.map((change) => told(change, style.dim)).join("\n"));
    if (args.project && !args.remove) tellOthers(home, note);
    if (changes.some(({ change }) => change !== "kept")) hint(`${args.agent} notices when it is started again`);
    return 0;
  },
});

/** Files of a project name no path of this machine, so what they need is said where it is not there. */
function tellOthers(home: Home, note: (text: string) => void): void {
  const found = Bun.which("kanban");
  const here = found === null ? "here it is not" : `here it is ${oneLine(found)}: make sure that this is it`;
  note(`the entry starts kanban, which must be on PATH; ${here}`);
  const { variables } = ownCommand(home);
  const names = Object.keys(variables);
  if (names.length > 0) note(`the entry reaches this board only where ${names.join(" and ")} is set as it is here`);
}

function checked({ path, part, state }: SetupFile): string {
  const words = {
    present: "is there",
    absent: "is missing",
    outdated: "is of another place or version",
    foreign: "is there, but kanban setup did not write it",
  };
  return `${oneLine(path)}: the ${part === "server" ? "MCP server" : "section"} ${words[state]}`;
}

function printed({ path, text }: SetupFile): string {
  return `# ${oneLine(path)}\n${text}\n`;
}

function told({ path, change, backup }: SetupChange, dim: (text: string) => string): string {
  const words = { added: "added to", updated: "updated in", removed: "removed from", kept: "nothing to do in" };
  const copy = backup === null ? "" : dim(` (as it was: ${oneLine(backup)})`);
  return `${words[change]} ${oneLine(path)}${copy}`;
}
