/**
 * How other programs call this CLI: by the launcher in the home. What is named `kanban` on the PATH may be another
 * program, now or later.
 *
 * @module
 */
import { type Home, homeOf, userHome, writeLauncher } from "../home.ts";
import { shellWord } from "../text.ts";

export interface OwnCommand {
  /** As it is typed into a shell, variables included. */
  readonly spoken: string;
  readonly argv: readonly string[];
  /** Variables without which it would find another home or board. */
  readonly variables: Readonly<Record<string, string>>;
}

/**
 * The command that reaches this board from anywhere. The home must be prepared.
 *
 * @param options.shared For a file that others get too, on other machines: without any path of this one. It reaches
 * the caller's board.
 */
export function ownCommand(home: Home, { shared = false } = {}): OwnCommand {
  if (shared) return { spoken: "kanban", argv: ["kanban"], variables: {} };
  const program = writeLauncher(home);
  const usual = homeOf({ HOME: userHome() });
  const standard = homeOf({ KANBAN_HOME: home.dir });
  const variables = {
    ...(home.dir === usual.dir ? {} : { KANBAN_HOME: home.dir }),
    ...(home.db === standard.db ? {} : { KANBAN_DB: home.db }),
  };
  const assignments = Object.entries(variables).map(([name, value]) => `${name}=${shellWord(value)}`);
  return { spoken: [...assignments, shellWord(program)].join(" "), argv: [program], variables };
}
