/**
 * The tools that an agent offers to its model, and how its shell is called.
 *
 * Every agent names its shell differently and asks for other arguments beside the command. The schema that
 * the agent sends along says which, so no agent has to be known here.
 *
 * @module
 */

export interface OfferedTool {
  readonly name: string;
  /** The Responses API groups the tools of a server. */
  readonly namespace?: string;
  readonly schema?: Schema;
}

/** As much of a JSON schema as is needed to fill it. */
export interface Schema {
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly minimum?: number;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
}

const SHELLS = /^(bash|shell|shell_command|exec_command|run_shell_command|execute|terminal)$/i;
const COMMANDS = ["command", "cmd"];

/** The tool that runs command lines, or undefined. */
export function findShell(tools: readonly OfferedTool[]): OfferedTool | undefined {
  return tools.find(({ name }) => SHELLS.test(name));
}

/** The arguments that make a shell's tool run this command line. */
export function callWith({ schema }: OfferedTool, command: string): Record<string, unknown> {
  const { properties = {}, required = [] } = schema ?? {};
  const name = COMMANDS.find((known) => Object.hasOwn(properties, known)) ?? "command";
  const takesList = typeOf(properties[name]) === "array";
  const others = required.filter((other) => other !== name);
  return {
    ...Object.fromEntries(others.map((other) => [other, valueFor(properties[other])])),
    [name]: takesList ? ["/bin/sh", "-c", command] : command,
  };
}

/** A harmless value of a schema: what a tool asks for beside the command are descriptions and switches. */
function valueFor(schema: Schema | undefined): unknown {
  if (schema?.enum !== undefined) return schema.enum[0];
  switch (typeOf(schema)) {
    case "boolean":
      return false;
    case "integer":
    case "number":
      return schema?.minimum ?? 60;
    case "array":
      return [];
    case "object":
      return {};
    default:
      return "scripted";
  }
}

function typeOf(schema: Schema | undefined): string {
  const { type } = schema ?? {};
  return (typeof type === "string" ? type : type?.find((each) => each !== "null")) ?? "string";
}
