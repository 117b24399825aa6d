/**
 * Programs that read one of their arguments as code, or as the name of another program.
 *
 * For each one: how its options are read up to the word that says what is run. What comes before that word,
 * and the word itself, must be constant; what comes after it is handed on as it is. An option that is not
 * known here might take the next word as its value, so it counts as not understood.
 *
 * @module
 */

/** How a program reads its arguments up to the one that says what is run. Options are written without dashes. */
export interface CodeReader {
  /**
   * `script`: the first operand is a script or its file. `program`: it is another program, which is read in
   * its turn. `joined`: all arguments may be code, or become one line for a shell.
   */
  readonly runs: "script" | "program" | "joined";
  /** Letters of options without a value, and longer names of such. */
  readonly flags?: string;
  readonly flagNames?: string;
  /** Letters of options whose value is the rest of the word, or the next word. */
  readonly valued?: string;
  readonly valuedNames?: string;
  /** The same, where the value is code. */
  readonly code?: string;
  readonly codeNames?: string;
  /** The same, where the value is the file of the code. */
  readonly file?: string;
  readonly fileNames?: string;
  /** Letters that make a script of the first operand: `-c` of a shell. Their options may begin with a plus too. */
  readonly marks?: string;
  /** The first operand is a script file although an option gave code. */
  readonly codeAndFile?: boolean;
  /** Everything after the code of an option is an argument of that code. */
  readonly codeEnds?: boolean;
  /** Options are read after operands too. */
  readonly permutes?: boolean;
  /** Operands before the one that says what is run: the seconds of `timeout`. */
  readonly before?: number;
  /** Words that may be there besides: `NAME=VALUE` of `env`. */
  readonly skips?: RegExp;
  /** The first operand may be one of these, and what is run comes after it: `bun run`. */
  readonly subcommands?: string;
  /** With one of these as first operand, all that follows may be code: `bun exec`. */
  readonly joinedAfter?: string;
  /** Reads code from its standard input when no operand says what is run, or always. */
  readonly stdin?: "script" | "always";
}

const SHELL: CodeReader = {
  runs: "script",
  flags: "abefhiklmnpruvxBCEHPT",
  valued: "oO",
  marks: "c",
  flagNames: "login norc noprofile posix verbose restricted",
  stdin: "script",
};
const FISH: CodeReader = {
  runs: "script",
  flags: "ilnNPv",
  code: "cC",
  flagNames: "login interactive private no-config",
  codeNames: "command init-command",
  codeAndFile: true,
  stdin: "script",
};
const PYTHON: CodeReader = {
  runs: "script",
  flags: "bBdEhiIOPqRsSuvVx",
  valued: "WX",
  code: "c",
  file: "m",
  codeEnds: true,
  stdin: "script",
};
const NODE: CodeReader = {
  runs: "script",
  flags: "i",
  valued: "rC",
  code: "ep",
  flagNames: "no-warnings inspect enable-source-maps interactive smol hot watch silent",
  valuedNames: "require import loader conditions preload env-file cwd config",
  codeNames: "eval print pe",
  stdin: "script",
};
const AWK: CodeReader = {
  runs: "script",
  valued: "Fv",
  code: "e",
  file: "f",
  flagNames: "posix traditional sandbox re-interval",
  valuedNames: "field-separator assign",
  codeNames: "source",
  fileNames: "file",
};
const SED: CodeReader = {
  runs: "script",
  flags: "nrEsuz",
  valued: "l",
  code: "e",
  file: "f",
  flagNames: "quiet silent regexp-extended separate unbuffered null-data posix sandbox debug",
  codeNames: "expression",
  fileNames: "file",
  permutes: true,
};
const NPX: CodeReader = {
  runs: "program",
  flags: "yq",
  valued: "pw",
  flagNames: "yes no no-install quiet silent",
  valuedNames: "package prefix workspace",
};
const PACKAGES: CodeReader = { ...NPX, flags: "sqr", subcommands: "exec dlx x run run-script" };
const ASSIGNMENT = /^[A-Za-z_][A-Za-z0-9_]*=/;
const SUDO: CodeReader = {
  runs: "program",
  flags: "AbEHnPSkL",
  valued: "ughpCrtTDRU",
  flagNames: "preserve-env non-interactive background stdin set-home",
  valuedNames: "user group host prompt chdir chroot",
  skips: ASSIGNMENT,
};
const SSH: CodeReader = {
  runs: "joined",
  flags: "46AaCfGgKkMNnqsTtVvXxYy",
  valued: "BbcDEeFIiJLlmOoPpQRSWw",
  before: 1,
  stdin: "script",
};

const READERS: Readonly<Record<string, CodeReader>> = {
  ...each("sh bash rbash dash ash zsh ksh mksh oksh pdksh lksh yash posh csh tcsh", SHELL),
  ...each("fish elvish nu xonsh", FISH),
  ...each("pwsh powershell cmd", { runs: "joined", stdin: "script" }),
  ...each("python pypy ipython", PYTHON),
  ...each("node nodejs tsx", NODE),
  bun: { ...NODE, subcommands: "run x", joinedAfter: "exec repl" },
  deno: { ...NODE, flags: "Aiq", subcommands: "run eval test serve x", joinedAfter: "task repl" },
  // Not -n, -p, -a and -F: with these its operands are opened, and a name can be a command.
  perl: { runs: "script", flags: "csStTuUvwWXl", valued: "IMm", code: "eE", stdin: "script" },
  ruby: { runs: "script", flags: "cdhlsSvwy", valued: "CIrEK", code: "e", stdin: "script" },
  php: { runs: "script", flags: "inqC", valued: "cdzSt", code: "rBRE", file: "fF", stdin: "script" },
  ...each("lua luajit texlua", {
    runs: "script",
    flags: "iEWv",
    valued: "l",
    code: "e",
    codeAndFile: true,
    stdin: "script",
  }),
  ...each("awk gawk mawk nawk original-awk", AWK),
  ...each("sed gsed", SED),
  osascript: { runs: "script", flags: "i", valued: "ls", code: "e", stdin: "script" },
  rscript: { runs: "script", code: "e", flagNames: "vanilla slave", stdin: "script" },
  julia: { runs: "script", flags: "iq", valued: "tpJ", code: "eE", file: "L", codeAndFile: true, stdin: "script" },
  ...each("elixir groovy", { runs: "script", valued: "r", code: "e", codeNames: "eval", codeAndFile: true }),
  guile: { runs: "script", code: "c", file: "s", codeEnds: true, stdin: "script" },
  ...each("tclsh wish expect", {
    runs: "script",
    flags: "iN",
    code: "c",
    file: "fb",
    codeAndFile: true,
    stdin: "script",
  }),
  ...each("ssh slogin rsh remsh mosh dbclient autossh", SSH),
  ...each("su runuser watch script tmux screen zellij eval pdsh clush wsl make gmake bmake emacs vim vi nvim ed ex", {
    runs: "joined",
  }),
  // Consoles of databases and of mathematics start programs by words of their own; terminals start any.
  ...each("sqlite3 psql mysql mariadb dc r octave gnuplot gdb lldb", { runs: "joined", stdin: "always" }),
  ...each(
    "xterm konsole alacritty kitty foot rxvt urxvt socat concurrently cross-env-shell nodemon watchexec hyperfine",
    {
      runs: "joined",
    },
  ),
  ...each("parallel sem at batch crontab", { runs: "joined", stdin: "always" }),
  xargs: { runs: "program", flags: "0rtxo", valued: "adEeIiLlnPs", stdin: "always" },
  // Not -S: it splits a word into a command.
  env: { runs: "program", flags: "iv0", valued: "uCP", skips: ASSIGNMENT },
  nice: { runs: "program", flags: "0123456789", valued: "n", valuedNames: "adjustment" },
  ionice: { runs: "program", flags: "t", valued: "cn" },
  chrt: { runs: "program", flags: "bfiorRdv", before: 1 },
  taskset: { runs: "program", flags: "a", before: 1 },
  timeout: {
    runs: "program",
    flags: "v",
    valued: "ks",
    flagNames: "foreground preserve-status verbose",
    valuedNames: "kill-after signal",
    before: 1,
  },
  setsid: { runs: "program", flags: "cfw", flagNames: "ctty fork wait" },
  stdbuf: { runs: "program", valued: "ioe", valuedNames: "input output error" },
  time: { runs: "program", flags: "apqv", valued: "fo" },
  ...each("sudo doas", SUDO),
  chroot: { runs: "program", valuedNames: "userspec groups", flagNames: "skip-chdir", before: 1 },
  unshare: {
    runs: "program",
    flags: "imnpuUCTfrc",
    valued: "SGRw",
    flagNames: "fork map-root-user map-current-user mount-proc mount net pid user kill-child",
  },
  flock: {
    runs: "program",
    flags: "sxenouF",
    valued: "wE",
    code: "c",
    flagNames: "shared exclusive nonblock close no-fork",
    valuedNames: "timeout conflict-exit-code",
    codeNames: "command",
    before: 1,
  },
  faketime: { runs: "program", flags: "m", valued: "f", before: 1 },
  caffeinate: { runs: "program", flags: "dimsu", valued: "tw" },
  ...each("nohup unbuffer setpriv busybox toybox torsocks torify proxychains proxychains4", {
    runs: "program",
  }),
  ...each("npx bunx pnpx", NPX),
  ...each("npm pnpm yarn", PACKAGES),
};

/** Programs with a command somewhere among their arguments: each word of it may be a program that is run. */
const LAUNCHERS = new Set(
  (
    "docker podman nerdctl kubectl oc lxc lxc-attach incus flatpak toolbox distrobox nsenter systemd-run firejail bwrap " +
    "strace ltrace valgrind perf find fd entr capsh dbus-run-session xvfb-run runcon chpst setuidgid softlimit " +
    "systemd-inhibit machinectl vagrant uv uvx pipx poetry nix nix-shell guix direnv"
  ).split(" "),
);

/** How the program of that name reads its arguments, or null when it is not known to run any. */
export function readerOf(program: string): CodeReader | null {
  const { folder, name } = partsOf(program);
  if (!Object.hasOwn(READERS, name)) return null;
  const reader = READERS[name]!;
  // A project's own ./watch or ./script is not the program of the system that has this name.
  return reader.runs === "joined" && !/^$|(^|\/)s?bin\/$/.test(folder) ? null : reader;
}

/** Whether any later word of its command may be a program. */
export function isLauncher(program: string): boolean {
  return LAUNCHERS.has(partsOf(program).name);
}

/** `/usr/bin/python3.12` is `python` in `/usr/bin/`; case is no difference on some disks. */
function partsOf(program: string): { folder: string; name: string } {
  const at = program.lastIndexOf("/") + 1;
  const name = program
    .slice(at)
    .toLowerCase()
    .replace(/\.exe$/, "");
  const known = Object.hasOwn(READERS, name) || LAUNCHERS.has(name);
  return { folder: program.slice(0, at), name: known ? name : name.replace(/-?\d+(?:\.\d+)*$/, "") };
}

function each(names: string, reader: CodeReader): Record<string, CodeReader> {
  return Object.fromEntries(names.split(" ").map((name) => [name, reader]));
}
