/**
 * The content of a profile's file: its keys, their types, and which of them exclude each other.
 *
 * @module
 */
import { z } from "zod";
import { duration, DURATION } from "../../config.ts";
import { GRANTS, NAME_PATTERN } from "../../kernel/mod.ts";
import { commandProblem } from "./command_rules.ts";

const VARIABLE = /^[A-Za-z_][A-Za-z0-9_]*$/;
const text = z.string().refine((value) => !value.includes("\0"), "must not contain NUL");

const variable = z.union(
  [text, z.number(), z.boolean(), z.null()],
  "must be a text, or empty to copy the dispatcher's value",
);

const limit = z.union([z.literal("none").transform(() => 0), duration, z.null()], `${DURATION}, or none`);

export const profileSchema = z
  .strictObject({
    description: text.optional(),
    agent: text.optional(),
    command: z
      .array(text)
      .refine((argv) => (argv[0] ?? "").trim() !== "", "must name a program")
      .optional(),
    stdin: z.literal("prompt", "must be prompt, or left out").optional(),
    prompt: text.optional(),
    env: z.record(z.string(), variable).default({}),
    skills: z.array(z.string()).default([]),
    may: z.array(z.enum(GRANTS, `must be one of ${GRANTS.join(", ")}`)).default([]),
    max_running: z.int("must be a whole number").min(1, "must be at least 1").nullish(),
    max_runtime: limit.optional(),
    stale_after: limit.optional(),
    workspace: z.string().optional(),
    account: z.string().regex(NAME_PATTERN, "must be a name of lower-case letters, digits, dots and dashes").optional(),
    repo: z.string().optional(),
    complete_on_exit: z.boolean().default(false),
    model: text.optional(),
    args: z.array(text).default([]),
    options: z.record(z.string(), z.json()).default({}),
  })
  .superRefine((value, context) => {
    const refuse = (path: string, message: string, input: unknown) =>
      context.addIssue({ code: "custom", path: [path], message, input });
    if (value.agent === undefined && value.command === undefined) {
      refuse("command", "or agent must say what is started", undefined);
    }
    if (value.agent !== undefined && value.command !== undefined) {
      refuse("command", "must be left out when agent is set", value.command);
    }
    if (value.agent !== undefined && value.stdin !== undefined) {
      refuse("stdin", "must be left out when agent is set", value.stdin);
    }
    const problem = commandProblem(value.command ?? [], { stdin: value.stdin !== undefined });
    if (problem !== null) refuse("command", problem.message, problem.found);
    for (const name of Object.keys(value.env)) {
      if (!VARIABLE.test(name)) refuse("env", "must hold names of letters, digits and underscores", name);
      if (name.startsWith("KANBAN_")) refuse("env", "must leave the KANBAN_ variables to the dispatcher", name);
    }
  });
