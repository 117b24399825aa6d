/**
 * Every verb there is, loaded: for tables of cases.
 *
 * @module
 */
import type { Verb } from "../cli/verb.ts";
import { PROGRAM, type VerbEntry, type VerbTable } from "../cli/verb_table.ts";

/** A verb with the words that call it, and what the table says of it. */
export interface NamedVerb {
  name: string;
  path: string[];
  verb: Verb & Omit<VerbEntry, "load">;
}

export async function everyVerb(
  verbs: VerbTable = PROGRAM.verbs,
  before: readonly string[] = [],
): Promise<NamedVerb[]> {
  const named: NamedVerb[] = [];
  for (const [word, { load, ...told }] of Object.entries(verbs)) {
    const found = (await load()).default;
    const path = [...before, word];
    if ("verbs" in found) named.push(...(await everyVerb(found.verbs, path)));
    else named.push({ name: path.join(" "), path, verb: { ...found, ...told } });
  }
  return named;
}
