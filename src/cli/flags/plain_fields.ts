/**
 * The flags of the plain fields of a task: `--model` and its like, from the table of fields.
 *
 * @module
 */
import { PLAIN_FIELDS, type PlainName } from "../../kernel/fields.ts";
import { type Arg, text } from "../args.ts";

type Camel<S extends string> = S extends `${infer Head}_${infer Tail}` ? `${Head}${Capitalize<Camel<Tail>>}` : S;
type PlainArgs = { [Name in PlainName as Camel<Name>]: Arg<string | undefined> };
type PlainValues = { [Name in PlainName as Camel<Name>]: string | undefined };

/** One flag for each. */
export const plainArgs = Object.fromEntries(
  PLAIN_FIELDS.map(({ name, about, hint }) => [camel(name), text(about, { hint })]),
) as PlainArgs;

/** What was given for them, under the names of the fields. */
export function plainValues(args: PlainValues): { [Name in PlainName]: string | undefined } {
  const values = args as Record<string, string | undefined>;
  return Object.fromEntries(PLAIN_FIELDS.map(({ name }) => [name, values[camel(name)]])) as {
    [Name in PlainName]: string | undefined;
  };
}

function camel(name: string): string {
  return name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
