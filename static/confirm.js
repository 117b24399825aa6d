/**
 * What has to be asked before an act: a question for Blocked, a summary for Done, and a yes for what is hard to take
 * back or means many.
 *
 * An act on many tasks says how many they are and names the newest, by the server's count of that moment. What archives,
 * completes many or ends running work is red, and the keyboard is on Cancel; above fifty the number has to be typed.
 *
 * @module
 */
import { $ } from "./dom.js";
import { ask } from "./ask.js";
import { at } from "./paths.js";

/** More than these are a number that one has to type. */
const TYPED_ABOVE = 50;

/** What becomes of work that was ended. */
const AFTERWARDS = {
  triage: "Nothing starts it again until a person moves it on.",
  todo: "Nothing starts it again until a person moves it on.",
  ready: "The next attempt may start at once.",
};

const number = (n) => n.toLocaleString("en-US");
const ends = (running) =>
  running === 0 ? "" : running === 1 ? "This ends the worker." : `This ends ${number(running)} workers.`;

/** Asks what has to be asked before a move; null cancels it, otherwise the fields to send along. */
export function confirmMove(meaning, to, draft) {
  const verb = { archived: "Archive", done: "Complete", blocked: "Block" }[to] ?? "Move";
  if (meaning.many) return confirmMany(meaning, { verb, to, draft });
  return confirmOne(meaning, { verb, to, draft });
}

async function confirmOne({ name, statuses }, { verb, to, draft }) {
  const running = statuses.includes("running") ? 1 : 0;
  const field = FIELDS[to] ?? null;
  const danger = to === "archived" || running > 0;
  if (!field && !danger) return {};
  const plain = AFTERWARDS[to] ? `End the work on ${name}?` : `${verb} ${name}`;
  const typed = await ask({
    title: to === "archived" ? `${plain}?` : plain,
    text: `${to === "archived" ? RESTORABLE : ""} ${ends(running)} ${running > 0 ? (AFTERWARDS[to] ?? "") : ""}`.trim(),
    ...field,
    draft: field && draft,
    ok: AFTERWARDS[to] ? "End the worker" : verb,
    danger,
    careful: running > 0,
  });
  return fieldsOf(typed, field);
}

async function confirmMany(meaning, { verb, to, draft }) {
  const field = FIELDS[to] ?? null;
  const column = $(`#h-${to}`)?.textContent ?? to;
  const question = (count) => `${verb} ${count} tasks${verb === "Move" ? ` to ${column}` : ""}?`;
  const sure = to === "archived" || to === "done";
  // A selection that is small, harms nothing and asks nothing needs no question.
  const small = !meaning.all && meaning.ids.length <= TYPED_ABOVE;
  if (small && !sure && !field && !meaning.statuses.includes("running")) return {};
  const counted = countOf(meaning);
  const typed = await ask({
    title: question(meaning.all ? "all matching" : number(meaning.ids.length)),
    ...field,
    draft: field && draft,
    ok: verb,
    danger: sure,
    careful: sure || meaning.statuses.includes("running"),
    details: counted.then((size) => ({
      title: question(number(size.count)),
      text: `${to === "archived" ? RESTORABLE : ""} ${ends(size.running)}`.trim(),
      lines: linesOf(size),
      danger: sure || size.running > 0,
      typed: size.count > TYPED_ABOVE ? number(size.count) : null,
    })),
  });
  const fields = fieldsOf(typed, field);
  return fields && meaning.all ? { ...fields, count: (await counted).count } : fields;
}

/** Asks before another change of many tasks, if they are more than a person has picked by hand. */
export async function confirmChange(meaning, what) {
  if (!meaning.all && meaning.ids.length <= TYPED_ABOVE) return {};
  const counted = countOf(meaning);
  const question = (count) => `${what.replace("#", `${count} tasks`)}?`;
  const yes = await ask({
    title: question(meaning.all ? "all matching" : number(meaning.ids.length)),
    ok: what.split(" ", 1)[0],
    details: counted.then((size) => ({
      title: question(number(size.count)),
      text: "",
      lines: linesOf(size),
      danger: false,
      typed: size.count > TYPED_ABOVE ? number(size.count) : null,
    })),
  });
  if (yes === null) return null;
  return meaning.all ? { count: (await counted).count } : {};
}

const RESTORABLE = "They leave the board, and each can be restored.";
const FIELDS = {
  blocked: { field: "What has to be answered", placeholder: "One line; may stay empty", name: "reason" },
  done: { field: "Summary", placeholder: "What was done, in a line; may stay empty", name: "summary" },
};

const fieldsOf = (typed, field) => (typed === null ? null : typed && field ? { [field.name]: typed } : {});

function linesOf({ count, titles }) {
  const rest = count - titles.length;
  return rest > 0 ? [...titles, `and ${number(rest)} more`] : titles;
}

/** The fields that say to the server which tasks are meant. */
export function fieldsFor({ all, ids }) {
  return all ? { all: "1", view: $("#view")?.dataset.view ?? "/" } : { ids: ids.join(",") };
}

/** Counts what is meant, now and by the server. */
async function countOf(meaning) {
  const response = await fetch(at("/bulk/count"), { method: "POST", body: new URLSearchParams(fieldsFor(meaning)) });
  if (!response.ok) throw new Error(`The board answered ${response.status}`);
  return response.json();
}
