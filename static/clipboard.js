/**
 * What is copied: the address of a task, its id, and the command that makes one like it.
 *
 * @module
 */
import { act, say } from "./dom.js";
import { toast } from "./toast.js";
import { at } from "./paths.js";

/** Copies a text and says so; where the browser refuses, the text itself is shown to be copied by hand. */
async function copyText(text, done) {
  try {
    await navigator.clipboard.writeText(text);
    toast(done);
    say(done);
  } catch {
    toast(text);
  }
}

/** Copies the whole address of a path of the board. */
export function copyLink(path) {
  return copyText(new URL(at(path), location.href).href, "Link copied");
}

/** Copies the command that makes a task like this one. */
export async function copyCommand(id) {
  const response = await fetch(at(`/api/tasks/${id}`), { headers: { accept: "application/json" } });
  if (!response.ok) return toast(`Not copied: the board does not give task ${id}`, "error");
  const { task, links } = await response.json();
  await copyText(createCommand(task, links.parents), "Command copied");
}

/** `kanban create …` with what a person set; what a new task has anyway is left out. */
function createCommand(task, parents) {
  const options = [
    ["body", task.body],
    ["assignee", task.assignee],
    ["tenant", task.tenant],
    ["priority", task.priority || null],
    ["workspace", workspaceOf(task)],
    ["max-runtime", task.max_runtime_seconds === null ? null : `${task.max_runtime_seconds}s`],
    ["not-before", task.not_before === null ? null : new Date(task.not_before).toISOString()],
    ["model", task.model],
    ["workflow-template-id", task.workflow_template_id],
    ["current-step-key", task.current_step_key],
  ];
  const words = ["kanban", "create", shellWord(task.title)];
  for (const [name, value] of options)
    if (value !== null && value !== "") words.push(`--${name}`, shellWord(`${value}`));
  for (const skill of task.skills) words.push("--skill", shellWord(skill));
  for (const parent of parents) words.push("--parent", parent);
  if (task.review) words.push("--review");
  if (task.status === "triage") words.push("--triage");
  return words.join(" ");
}

function workspaceOf({ workspace_kind: kind, workspace_path: path }) {
  return kind === "scratch" ? null : path ? `${kind}:${path}` : kind;
}

/** A word as a POSIX shell reads it. */
function shellWord(text) {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

act("copy-id", (_, button) => copyText(button.dataset.text, "Id copied"));
act("copy-line", (_, button) => copyText(button.dataset.text, "Command copied"));
