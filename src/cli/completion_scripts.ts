/**
 * Completion scripts for shells, written from the definitions that citty runs the verbs by.
 *
 * The script contains verbs and flags; it asks for ids when a word begins with `t_`.
 *
 * @module
 */
import { flagOf } from "./args.ts";
import type { Verb } from "./verb.ts";
import { ALIASES, PROGRAM } from "./verb_table.ts";

export const SHELLS = ["bash", "zsh", "fish"] as const;
export type Shell = (typeof SHELLS)[number];

/** What a shell can complete: a verb with its flags, or a group with the verbs in it. */
interface Entry {
  names: string[];
  summary: string;
  /** The words that may follow a group's name. */
  inner: { name: string; summary: string }[];
  flags: { long: string; short: string | null; description: string; takesValue: boolean }[];
}

/** The script of a shell. */
export async function completionScript(shell: Shell): Promise<string> {
  const entries: Entry[] = [];
  for (const [name, { summary, hidden, load }] of Object.entries(PROGRAM.verbs)) {
    if (hidden) continue;
    const found = (await load()).default;
    const names = [name, ...Object.keys(ALIASES).filter((alias) => ALIASES[alias] === name)];
    if (!("verbs" in found)) {
      entries.push({ names, summary, inner: [], flags: flagsOf(found) });
      continue;
    }
    const loaded = await Promise.all(Object.values(found.verbs).map(async (one) => (await one.load()).default as Verb));
    const flags = loaded
      .flatMap(flagsOf)
      .filter((flag, at, all) => all.findIndex(({ long }) => long === flag.long) === at);
    const inner = Object.entries(found.verbs).map(([word, one]) => ({ name: word, summary: one.summary }));
    entries.push({ names, summary, inner, flags });
  }
  return { bash, zsh, fish }[shell](entries);
}

function flagsOf(verb: Verb): Entry["flags"] {
  const flags = Object.entries(verb.args).filter(([, arg]) => arg.type !== "positional");
  return flags.map(([key, { alias, description, type }]) => ({
    long: flagOf(key),
    short: alias ?? null,
    description,
    takesValue: type === "string",
  }));
}

const IDS = "kanban list 2>/dev/null | cut -f1";

function bash(entries: readonly Entry[]): string {
  const cases = entries.map(
    ({ names, flags }) => `    ${names.join("|")}) words="${flags.map(({ long }) => `--${long}`).join(" ")}" ;;`,
  );
  const groups = entries.filter(({ inner }) => inner.length > 0);
  return `# Completion of kanban for bash: source <(kanban completion bash)
_kanban() {
  local cur=\${COMP_WORDS[COMP_CWORD]} verb=\${COMP_WORDS[1]} words=
  COMPREPLY=()
  if ((COMP_CWORD == 1)); then
    COMPREPLY=($(compgen -W "${entries.flatMap(({ names }) => names).join(" ")}" -- "$cur"))
    return
  fi
  if ((COMP_CWORD == 2)) && [[ $cur != -* ]]; then
    case $verb in
${groups.map(({ names, inner }) => `    ${names[0]}) COMPREPLY=($(compgen -W "${inner.map(({ name }) => name).join(" ")}" -- "$cur")); return ;;`).join("\n")}
    esac
  fi
  if [[ $cur == t_* ]]; then
    COMPREPLY=($(compgen -W "$(${IDS})" -- "$cur"))
    return
  fi
  [[ $cur == -* ]] || return
  case $verb in
${cases.join("\n")}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
}
complete -o default -F _kanban kanban
`;
}

function zsh(entries: readonly Entry[]): string {
  const described = (name: string, summary: string) => shellQuote(`${name.replaceAll(":", "\\:")}:${summary}`);
  const verbs = entries.flatMap(({ names, summary }) => names.map((name) => `    ${described(name, summary)}`));
  const cases = entries.map(({ names, inner, flags }) => {
    const words = inner.map(({ name, summary }) => described(name, summary)).join(" ");
    const options = flags.map(({ long, description }) => described(`--${long}`, description)).join(" ");
    return `    ${names.join("|")}) inner=(${words}); flags=(${options}) ;;`;
  });
  return `#compdef kanban
# Completion of kanban for zsh: source <(kanban completion zsh)
_kanban() {
  local -a verbs inner flags
  verbs=(
${verbs.join("\n")}
  )
  if ((CURRENT == 2)); then
    _describe verb verbs
    return
  fi
  case \${words[2]} in
${cases.join("\n")}
  esac
  if ((CURRENT == 3)) && ((\${#inner})); then
    _describe verb inner
  elif [[ \${words[CURRENT]} == t_* ]]; then
    compadd -- \${(f)"$(${IDS})"}
  elif [[ \${words[CURRENT]} == -* ]]; then
    _describe flag flags
  else
    _files
  fi
}
compdef _kanban kanban
`;
}

function fish(entries: readonly Entry[]): string {
  const lines = entries.flatMap(({ names, summary, inner, flags }) => {
    const seen = shellQuote(`__fish_seen_subcommand_from ${names.join(" ")}`);
    return [
      `complete -c kanban -n __fish_use_subcommand -f -a ${shellQuote(names.join(" "))} -d ${shellQuote(summary)}`,
      ...inner.map(({ name, summary: about }) => `complete -c kanban -n ${seen} -f -a ${name} -d ${shellQuote(about)}`),
      ...flags.map(({ long, short, description, takesValue }) => {
        const brief = short === null ? "" : ` -s ${short}`;
        return `complete -c kanban -n ${seen} -l ${long}${brief}${takesValue ? " -r" : ""} -d ${shellQuote(description)}`;
      }),
    ];
  });
  const ids = `complete -c kanban -n 'string match -q "t_*" -- (commandline -ct)' -f -a '(${IDS})'`;
  return `# Completion of kanban for fish: kanban completion fish | source\n${[...lines, ids].join("\n")}\n`;
}

/** Summaries are ours, but they may hold an apostrophe. */
function shellQuote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
