import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { tempDir } from "../../testing/mod.ts";
import { commandProblem } from "./command_rules.ts";
import { fill } from "./placeholders.ts";

setDefaultTimeout(60_000);

const words = (line: string) => line.split(" ").map((word) => word.replaceAll("~", " "));
const problem = (line: string, stdin = false) => commandProblem(words(line), { stdin })?.message ?? null;

describe("commandProblem() refuses a text", () => {
  // `~` is a space within a word.
  test.each([
    "sh -c {prompt}",
    "sh -c -- {prompt}",
    "sh -c - {prompt}",
    "/bin/bash -cx {prompt}",
    "bash -lc {prompt}",
    "bash -xec {prompt}",
    "bash -c -x {prompt}",
    "bash -c -o pipefail {prompt}",
    "bash -co pipefail {prompt}",
    "bash -oc pipefail {prompt}",
    "bash +x -c {prompt}",
    "bash --norc -c {prompt}",
    "bash --rcfile /etc/x -c {prompt}",
    "bash -s {prompt}",
    "bash-5.2 -c {prompt}",
    "sh {prompt}",
    "fish --command {prompt}",
    "fish -C init {prompt}",
    "zsh -c {prompt}",
    "ksh -c {prompt}",
    "dash -ec {prompt}",
    "busybox sh -c {prompt}",
    "env {prompt}",
    "env A=1 sh -c {prompt}",
    "env -i -u A bash -c {prompt}",
    "env -S {prompt}",
    "env -S bash~-c {prompt}",
    "env -iS agent {prompt}",
    "env --split-string agent {prompt}",
    "nice -n 5 sh -c {prompt}",
    "nice -5 bash -c {prompt}",
    "timeout -k 5 60 bash -c {prompt}",
    "timeout --signal=KILL 60 bash -c {prompt}",
    "timeout {prompt} agent",
    "nohup sh -c {prompt}",
    "setsid -w sh -c {prompt}",
    "stdbuf -oL sh -c {prompt}",
    "xargs -I x sh -c {prompt}",
    "sudo -u bob sh -c {prompt}",
    "sudo -s {prompt}",
    "sudo -i {prompt}",
    "doas sh -c {prompt}",
    "chroot /srv sh -c {prompt}",
    "unshare -r --pid --fork sh -c {prompt}",
    "flock /tmp/l sh -c {prompt}",
    "flock /tmp/l -c {prompt}",
    "env nice nohup timeout 5 stdbuf -o0 setsid sh -c {prompt}",
    "ssh host agent -p {prompt}",
    "ssh -t -o A=b host {prompt}",
    "rsh host {prompt}",
    "mosh host -- agent {prompt}",
    "su bob -c {prompt}",
    "su - bob -c agent~$1 -- x {prompt}",
    "runuser -u bob -- sh -c {prompt}",
    "sqlite3 :memory: {prompt}",
    "psql -c {prompt}",
    "dc -e {prompt}",
    "/usr/bin/R -e {prompt}",
    "gdb -ex {prompt}",
    "xterm -e {prompt}",
    "socat - {prompt}",
    "watchexec -- {prompt}",
    "script -c {prompt}",
    "script -qec {prompt} /dev/null",
    "watch {prompt}",
    "watch -n 1 agent {prompt}",
    "parallel agent {prompt}",
    "tmux new-session -d {prompt}",
    "screen -dm sh -c {prompt}",
    "make {prompt}",
    "python3 -c {prompt}",
    "python3.12 -Ic {prompt}",
    "python3 -X dev -c {prompt}",
    "python3 -m {prompt}",
    "python3 {prompt}",
    "perl -e {prompt}",
    "perl -E {prompt}",
    "perl -le {prompt}",
    "perl -e 1 -e {prompt}",
    "perl -ne print {prompt}",
    "ruby -e {prompt}",
    "ruby -r json -e {prompt}",
    "node -e {prompt}",
    "node -p {prompt}",
    "node -pe {prompt}",
    "node --eval {prompt}",
    "node --print {prompt}",
    "node -r ./a.js -e {prompt}",
    "node --import {prompt} x.js",
    "bun -e {prompt}",
    "bun --eval {prompt}",
    "bun exec {prompt}",
    "bun exec echo~hi {prompt}",
    "bun run {prompt}",
    "deno eval {prompt}",
    "deno eval -q {prompt}",
    "php -r {prompt}",
    "lua -e {prompt}",
    "lua5.4 -e 1 {prompt}",
    "awk {prompt}",
    "awk -F : {prompt}",
    "awk -v {prompt} 1",
    "gawk -e {prompt}",
    "sed {prompt}",
    "sed -n {prompt}",
    "sed -e {prompt}",
    "sed s/a/b/ -e {prompt}",
    "sed s/a/b/ --expression {prompt}",
    "osascript -e {prompt}",
    "powershell -Command {prompt}",
    "powershell.exe -c {prompt}",
    "pwsh -NoProfile -Command x {prompt}",
    "docker exec c sh -c {prompt}",
    "docker run --rm -i image bash -lc {prompt}",
    "podman exec c sh -c {prompt}",
    "kubectl exec pod -- sh -c {prompt}",
    "docker exec c sh {prompt}",
    "find . -exec sh -c {prompt} ;",
    "npx -c {prompt}",
    "npm exec -c {prompt}",
    "mywrapper --x bash -c {prompt}",
    "mywrapper --x python3 -c {prompt}",
    "mywrapper bash -R x -c {prompt}",
  ])("that %s would run [D4]", (line) => {
    const message = problem(line);

    expect(message).toStartWith("must not let ");
    expect(message).toContain(" run {prompt}: give the file {prompt_file} or set stdin: prompt");
  });

  test.each([
    "agent --text={prompt}",
    "agent {prompt}{task}",
    "sh -c echo~{prompt}",
    "env A={prompt} agent",
    "env -Sagent~{prompt}",
    "make X={prompt}",
    "agent say:{prompt}",
  ])("that is part of an element in %s [D4]", (line) => {
    expect(problem(line)).toStartWith("must give {prompt} as an element of its own: give the file {prompt_file}");
  });

  test("that is the path of a workspace, which others choose [D4]", () => {
    const advice = "the command is started in that folder, write a dot";
    expect(problem("sh -c cd~{workspace}")).toBe(`must give {workspace} as an element of its own: ${advice}`);
    expect(problem("git --work-tree={workspace} gc")).toContain("must give {workspace} as an element of its own");
    expect(problem("sh -c {workspace}")).toBe(`must not let sh run {workspace}: ${advice}`);
    expect(problem("make -C {workspace}")).toContain("must not let make run {workspace}");
    expect(problem("agent -C {workspace}")).toBeNull();
  });

  test.each([
    "sh {prompt_file}",
    "sh -c {prompt_file}",
    "sh -c agent~<{prompt_file}",
    "python3 {prompt_file}",
    "sed -f {prompt_file}",
    "awk -f {prompt_file}",
    "node -r {prompt_file} x.js",
    "env {prompt_file}",
    "ssh host agent {prompt_file}",
    "su bob -c agent~{prompt_file}",
  ])("whose file %s would run [D4]", (line) => {
    expect(problem(line)).toMatch(/^must not let \S+ run \{prompt_file\}: set stdin: prompt, or write "\$1"/);
  });

  test.each(["{prompt}", "{prompt_file}", "{workspace}"])("in place of the program: %s [D4]", (line) => {
    expect(problem(line)).toBe(`must begin with a program, not with ${line}`);
  });

  test.each(["sh -c ls~{profile_dir}", "bash -c cat~{mcp_config}", "python3 -c open('{profile_dir}/x')"])(
    "%s, where a path of ours would be part of code [D4]",
    (line) => {
      expect(problem(line)).toStartWith("must not let ");
    },
  );

  test.each([
    "sh",
    "sh -s",
    "bash -s x",
    "bash -",
    "bash /dev/stdin",
    "env -i bash",
    "timeout 5 nice python3",
    "python3 -",
    "perl -w",
    "node",
    "ruby -",
    "ssh host",
    "ssh -T host bash",
    "ssh host bash~-s",
    "docker exec -i c bash",
    "kubectl exec -i pod -- python3 -",
    "xargs agent",
    "parallel agent",
    "at now",
    "sudo -u bob sh",
    "sh -c sh",
    "bash -c cd~/srv~&&~bash~-s",
  ])("on the standard input of %s [D4]", (line) => {
    expect(problem(line, true)).toMatch(/^must not let \S+ read the prompt as its script/);
    expect(problem(line)).toBeNull();
  });
});

describe("commandProblem() takes", () => {
  test.each([
    "agent -p {prompt}",
    "agent --task={task} --run={run} --skills={skills} --mcp={mcp_config} --file=@{prompt_file} {prompt}",
    "{profile_dir}/run.sh {prompt}",
    "./script {prompt}",
    "/srv/app/watch {prompt}",
    "claude -c -p {prompt}",
    "codex exec -c a=b {prompt}",
    "agent --shell bash -p {prompt}",
    "agent --tools sh,sed --mode watch {prompt}",
    `sh -c agent~-p~"$1" x {prompt}`,
    `sh -c agent~"$@" {prompt}`,
    `sh -c agent~>{task}.txt x {prompt}`,
    `bash -euo pipefail -c agent~"$1" x {prompt}`,
    `bash --norc -lc agent~"$1" x {prompt} {prompt_file} {workspace}`,
    `fish -c agent~$argv x {prompt}`,
    `env -i A=1 B={prompt_file} nice -n 5 timeout --kill-after=5 60 sh -c x~"$1" x {prompt}`,
    `busybox sh -c x~"$1" x {prompt}`,
    "bash run.sh {prompt}",
    "sudo -n -u bob agent {prompt}",
    "flock -w 5 {profile_dir}/lock agent {prompt}",
    "unshare -r --net agent {prompt}",
    "python3 -u {profile_dir}/run.py --prompt {prompt}",
    "python3 -c import~sys x {prompt}",
    "python3 -m agent {prompt} {prompt_file}",
    "perl -e print~@ARGV {prompt}",
    "node --no-warnings run.js -e {prompt}",
    "node -e run() {prompt}",
    "bun run agent.ts {prompt}",
    "deno run -A agent.ts {prompt}",
    "npx -y @acme/agent -c {prompt}",
    "pnpm dlx agent {prompt}",
    "lua run.lua {prompt}",
    "php -r run(); {prompt}",
    "awk 1 {prompt_file}",
    "sed -n s/a/b/p {prompt_file}",
    "docker exec -i c agent -p {prompt}",
    `docker exec c sh -c agent~"$1" x {prompt}`,
    "git commit -m {prompt}",
    "sh",
  ])("%s", (line) => {
    expect(problem(line)).toBeNull();
  });

  test.each([
    "agent -",
    "sh run.sh",
    "sh -c agent",
    `sh -c agent~"$1" x {task}`,
    "python3 run.py",
    "python3 -c run()",
    "ssh host agent -p",
    "ssh -T host sh~run.sh",
    "docker exec -i c agent",
    "env -i A=1 timeout 5 agent",
    "cat",
  ])("the prompt on the standard input of %s", (line) => {
    expect(problem(line, true)).toBeNull();
  });
});

/** What each of these would make if anything took it for code, a script's name or an option. */
const HOSTILE = [
  "touch pwned",
  "$(touch pwned)",
  "`touch pwned`",
  "; touch pwned;",
  "'; touch pwned; '",
  '"; touch pwned; "',
  "x\ntouch pwned\n",
  "./evil",
  "evil",
  "evil |",
  "| ./evil",
  "-c touch pwned",
  "-etouch pwned",
  "open('pwned','w')",
  "system('touch pwned')",
  'BEGIN{system("touch pwned")}',
  "1e touch pwned",
  "w pwned",
  "X=$(shell touch pwned)",
  "--help",
];

describe("what is taken runs no text of a task", () => {
  let folder: ReturnType<typeof tempDir>;
  beforeAll(() => {
    folder = tempDir();
    writeFileSync(join(folder.path, "evil"), "#!/bin/sh\ntouch pwned\n", { mode: 0o755 });
    writeFileSync(join(folder.path, "say.sh"), `printf '[%s]' "$1"\n`);
  });
  afterAll(() => folder.remove());

  /** Runs a command with a prompt; returns what it printed and whether anything of the prompt ran. */
  function run(command: readonly string[], prompt: string, stdin = false) {
    const prompt_file = join(folder.path, "prompt.txt");
    writeFileSync(prompt_file, prompt);
    const values = { prompt, prompt_file, workspace: folder.path, task: "t_1", profile_dir: folder.path };
    const argv = command.map((element) => fill(element, values));
    const child = Bun.spawnSync(argv, {
      cwd: folder.path,
      env: { PATH: `${folder.path}:${process.env["PATH"]}` },
      stdin: stdin ? Buffer.from(prompt) : "ignore",
      stdout: "pipe",
      stderr: "ignore",
      timeout: 2_000,
    });
    const ran = existsSync(join(folder.path, "pwned"));
    rmSync(join(folder.path, "pwned"), { force: true });
    return { ran, printed: child.stdout.toString() };
  }

  const SAY = `printf '[%s]' "$1"`;
  const hostile = fc
    .array(fc.oneof(fc.constantFrom(...HOSTILE), fc.string({ maxLength: 6 })), { minLength: 1, maxLength: 4 })
    .map((parts) => parts.join(" ").replaceAll("\0", "").toWellFormed());

  test("a prompt arrives whole through every form that is taken [D4] [S: command injection]", () => {
    const forms = [
      ["printf", "[%s]", "{prompt}"],
      ["sh", "-c", SAY, "x", "{prompt}"],
      ["sh", "-c", "--", SAY, "x", "{prompt}"],
      ["sh", "say.sh", "{prompt}"],
      ["env", "-i", "A=1", "PATH=/usr/bin:/bin", "nice", "-n", "1", "timeout", "9", "sh", "-c", SAY, "x", "{prompt}"],
      ["sh", "-c", `printf '[%s]' "$(cat "$1"; echo .)" | sed '$s/\\.\\]$/]/'`, "x", "{prompt_file}"],
      ["perl", "-e", 'print "[$ARGV[0]]"', "{prompt}"],
    ].filter(([program]) => Bun.which(program!) !== null);
    fc.assert(
      fc.property(fc.constantFrom(...forms), hostile, (form, prompt) => {
        expect(commandProblem(form, { stdin: false })).toBeNull();

        const { ran, printed } = run(form, prompt);

        const text = form.includes("{prompt}") && prompt.startsWith("-") ? ` ${prompt}` : prompt;
        expect({ ran, printed }).toEqual({ ran: false, printed: `[${text}]` });
      }),
      { numRuns: 60 },
    );
    expect(readdirSync(folder.path).sort()).toEqual(["evil", "prompt.txt", "say.sh"]);
  });

  const WORDS = [
    ...["sh", "bash", "dash", "env", "nice", "timeout", "nohup", "setsid", "stdbuf", "xargs", "flock", "awk", "sed"],
    ...[
      "perl",
      "python3",
      "make",
      "-c",
      "-cx",
      "-ec",
      "-lc",
      "-x",
      "-e",
      "-E",
      "-n",
      "-s",
      "-o",
      "-u",
      "-i",
      "-w",
      "-f",
    ],
    ...["--", "-", "+x", "-oL", "-S", "-k", "-r", "-I", "-p", "--posix", "--expression", "pipefail", "1", "5", "A=1"],
    ...[
      "true",
      "say.sh",
      "lock",
      "print 1",
      'echo "$@"',
      "{prompt}",
      "{prompt}",
      "{prompt}",
      "{prompt_file}",
      "{workspace}",
    ],
  ];
  const PROGRAMS = WORDS.slice(0, 16);

  test("no command of these words that is taken runs a prompt [D4] [S: command injection]", () => {
    mkdirSync(join(folder.path, "sub"), { recursive: true });
    const commands = fc
      .tuple(
        fc.constantFrom(...PROGRAMS),
        fc.array(fc.constantFrom(...WORDS), { minLength: 1, maxLength: 5 }),
        fc.constantFrom("{prompt}", "{prompt_file}"),
        fc.boolean(),
      )
      .map(([program, more, last, stdin]) => ({ command: [program, ...more, last], stdin }))
      .filter(({ command, stdin }) => Bun.which(command[0]!) !== null && commandProblem(command, { stdin }) === null);
    fc.assert(
      fc.property(commands, fc.constantFrom(...HOSTILE), ({ command, stdin }, prompt) => {
        expect(run(command, prompt, stdin).ran).toBe(false);
      }),
      { numRuns: 60 },
    );
  });
});
