/**
 * `kanban completion`: the script that lets a shell complete verbs, flags and ids.
 *
 * @module
 */
import { choiceWord } from "../args.ts";
import { completionScript, SHELLS } from "../completion_scripts.ts";
import { verb } from "../verb.ts";

export default verb({
  name: "completion",
  act: "read",
  args: { shell: choiceWord(SHELLS, SHELLS.join(", ")) },
  examples: ["source <(kanban completion bash)", "kanban completion fish > ~/.config/fish/completions/kanban.fish"],
  async run({ args, out }) {
    const script = await completionScript(args.shell);
    out({ shell: args.shell, script }, () => script);
  },
});
