/**
 * `kanban doctor`: looks at everything a board needs, and names the next command for what is amiss.
 *
 * @module
 */
import { type Checked, checkUp } from "../doctor/checkup.ts";
import { type Paint } from "../print/format.ts";
import { verb } from "../verb.ts";
import { count, oneLine } from "../../text.ts";

const LOOK = {
  ok: { glyph: "✓", style: "green" },
  warning: { glyph: "!", style: "yellow" },
  error: { glyph: "✗", style: "red" },
} as const;

export default verb({
  name: "doctor",
  act: "read",
  args: {},
  examples: ["kanban doctor", "kanban doctor --json"],
  notes: `It changes nothing but what opening the board does. Errors keep the board from working and make the exit
status 1; warnings wait for a person.`,
  async run(context) {
    const findings = await checkUp(context);
    const counted = (level: Checked["level"]) => findings.filter((finding) => finding.level === level).length;
    const [errors, warnings] = [counted("error"), counted("warning")];
    context.out({ ok: errors === 0, errors, warnings, findings }, () =>
      [...findings.map((finding) => lineOf(finding, context.style)), "", totals(errors, warnings)].join("\n"),
    );
    return errors === 0 ? 0 : 1;
  },
});

function lineOf({ check, level, message, next }: Checked, style: Paint): string {
  const { glyph, style: name } = LOOK[level];
  const line = `${style[name](glyph)} ${check.padEnd(13)}  ${oneLine(message)}`;
  return next === null ? line : `${line}\n${" ".repeat(17)}${style.dim("→")} ${oneLine(next)}`;
}

function totals(errors: number, warnings: number): string {
  if (errors + warnings === 0) return "All is well";
  return `${count(errors, "error")}, ${count(warnings, "warning")}`;
}
