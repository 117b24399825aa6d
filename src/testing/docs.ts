/**
 * The parts of the documentation that are generated from the code: the state machine, the verbs, the
 * events and the proofs. `bun src/testing/docs.ts` writes them; a test fails when they are out of date.
 *
 * @module
 */
import { join } from "node:path";
import { ALIASES, GROUPS } from "../cli/verb_table.ts";
import { type Cluster, EVENT_KINDS, type Status, STATUSES, TRANSITIONS } from "../kernel/mod.ts";
import { PROMISES, proofs } from "./proofs.ts";

const ROOT = join(import.meta.dir, "../..");

/** A marked place in a file and what belongs there. */
interface Part {
  file: string;
  name: string;
  text: () => string | Promise<string>;
}

const PARTS: readonly Part[] = [
  { file: "src/README.md", name: "diagram", text: diagram },
  { file: "src/README.md", name: "transitions", text: transitions },
  { file: "README.md", name: "verbs", text: verbs },
  { file: "README.md", name: "events", text: events },
  { file: "stress/README.md", name: "proofs", text: proven },
];

/** The files as they should be, by path from the root. */
export async function documented(): Promise<Map<string, { is: string; should: string }>> {
  const files = new Map<string, { is: string; should: string }>();
  for (const { file, name, text } of PARTS) {
    const is = files.get(file)?.is ?? (await Bun.file(join(ROOT, file)).text());
    const should = fill(files.get(file)?.should ?? is, file, name, await text());
    files.set(file, { is, should });
  }
  return files;
}

function fill(source: string, file: string, name: string, text: string): string {
  const [open, close] = [`<!-- ${name}: generated -->`, `<!-- /${name} -->`];
  const from = source.indexOf(open);
  const to = source.indexOf(close);
  if (from === -1 || to < from) throw new Error(`${file} has no place for "${name}"`);
  return `${source.slice(0, from + open.length)}\n\n${text}\n\n${source.slice(to)}`;
}

type Row = (typeof TRANSITIONS)[keyof typeof TRANSITIONS];
const rows = Object.entries(TRANSITIONS) as [string, Row][];
/** Verbs that lead from nearly everywhere would hide the others in a drawing. */
const anywhere = (row: Row) => row.from.length > 4;

function diagram(): string {
  const edges = new Map<string, string[]>();
  for (const [verb, row] of rows) {
    if (anywhere(row) || verb === "reopen" || verb === "restore") continue;
    for (const from of row.from) {
      for (const to of row.to) edges.set(`${from} --> ${to}`, [...(edges.get(`${from} --> ${to}`) ?? []), verb]);
    }
  }
  const lines = [...edges].map(([edge, names]) => `  ${edge}: ${names.join(", ")}`);
  const starts = ["triage", "todo", "ready"].map((status) => `  [*] --> ${status}: create`);
  return ["```mermaid", "stateDiagram-v2", ...starts, ...lines, "```"].join("\n");
}

function transitions(): string {
  const lines = rows.map(([verb, { from, to, event, run }]) => {
    return [verb, listed(from), listed(to), event, run === null ? "" : run === "opens" ? "opens" : `closes ${run}`];
  });
  return table(["transition", "from", "to", "event", "open run"], lines);
}

/** Statuses; of most of them, which one is left out. */
function listed(statuses: readonly Status[]): string {
  const missing = STATUSES.filter((status) => !statuses.includes(status));
  return missing.length === 1 ? `any but ${missing[0]}` : statuses.join(", ");
}

async function verbs(): Promise<string> {
  const also = (name: string) =>
    Object.entries(ALIASES)
      .filter(([, full]) => full === name)
      .map(([alias]) => `\`${alias}\``);
  const lines: string[][] = [];
  for (const [group, table] of Object.entries(GROUPS)) {
    const shown: string[] = [];
    for (const [name, { hidden, load }] of Object.entries(table)) {
      if (hidden) continue;
      const found = (await load()).default;
      const inner = "verbs" in found ? ` ${Object.keys(found.verbs).join("\\|")}` : "";
      shown.push([`\`${name}${inner}\``, ...also(name)].join(" = "));
    }
    lines.push([group.toLowerCase(), shown.join(", ")]);
  }
  return table(["", "verbs"], lines);
}

function events(): string {
  const clusters: Cluster[] = ["lifecycle", "edits", "worker"];
  const kinds = Object.entries(EVENT_KINDS);
  return table(
    ["cluster", "kinds"],
    clusters.map((cluster) => [
      cluster,
      kinds
        .filter(([, kind]) => kind.cluster === cluster)
        .map(([name]) => `\`${name}\``)
        .join(", "),
    ]),
  );
}

/** Each promise with its first proof; several tests share most of them. */
async function proven(): Promise<string> {
  const { of } = await proofs();
  const lines = Object.entries(PROMISES).map(([id, promise]) => {
    const [first, ...more] = of.get(id)!;
    if (first === undefined) return [id, promise, "**none**"];
    const others = more.length === 0 ? "" : `, and ${more.length} more`;
    return [id, promise, `\`${first.file}\`: ${first.title.replaceAll("|", "\\|")}${others}`];
  });
  return table(["", "what must hold", "proved by"], lines);
}

/** A Markdown table as the formatter sets it. */
function table(head: readonly string[], lines: readonly (readonly string[])[]): string {
  const widths = head.map((word, at) => Math.max(3, word.length, ...lines.map((line) => line[at]!.length)));
  const row = (cells: readonly string[]) => `| ${cells.map((cell, at) => cell.padEnd(widths[at]!)).join(" | ")} |`;
  return [row(head), `| ${widths.map((width) => "-".repeat(width)).join(" | ")} |`, ...lines.map(row)].join("\n");
}

if (import.meta.main) {
  for (const [file, { should }] of await documented()) await Bun.write(join(ROOT, file), should);
}
