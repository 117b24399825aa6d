/**
 * What one sees of the board away from its tab: the title and the icon say how many things need a person, and who
 * has asked for it gets a notification of each new one.
 *
 * A tab that is hidden has no stream. One tab of the browser, which holds a lock, asks every half a minute, and only
 * while no tab is seen; it tells the others the number, and alone it notifies. Where the browser has no locks
 * (plain http to another machine) each tab asks for itself, and notifies of nothing.
 *
 * @module
 */
import { $, act, on, say } from "./dom.js";
import { at } from "./paths.js";

const PERIOD_MS = 30_000;
/** More new things than these are one notification. */
const EACH_MAX = 3;
const SETTINGS = "kanban.notify";
const NAME = "kanban attention";
const SEEN = "kanban seen";
const files = at(`/static/${document.body.dataset.build}`);
const ICONS = { true: `${files}/icon_badge.svg`, false: `${files}/icon.svg` };
const shared = Boolean(navigator.locks && globalThis.BroadcastChannel);

let needs = 0;
let channel = null;
/** Give the locks back. */
let leaveLine = null;
let leaveSeen = null;
/** Settles when the lock of a tab that is seen was given back. */
let given = null;
let timer = 0;
/** What was known at the last question; null: the next one only learns it. */
let known = null;

// ── the number ──────────────────────────────────────────────────────────────
function show(count) {
  needs = count;
  const title = document.title.replace(/^\(\d+\) /, "");
  const wanted = count > 0 ? `(${count}) ${title}` : title;
  if (document.title !== wanted) document.title = wanted;
  const icon = $('link[rel="icon"]');
  if (icon && icon.getAttribute("href") !== ICONS[count > 0]) icon.href = ICONS[count > 0];
}

/** The number that the page itself shows, which the stream keeps true. */
function read() {
  show(Number(($("[data-nav=needs]")?.textContent ?? "").replace(/\D/g, "")));
  channel?.postMessage({ needs });
}
const observer = new MutationObserver(read);
const number = $("[data-nav=needs]");
if (number) observer.observe(number, { childList: true, characterData: true, subtree: true });
// The drawer has a title of its own.
new MutationObserver(() => show(needs)).observe($("title"), { childList: true });

// ── while no tab is seen ────────────────────────────────────────────────────
async function ask() {
  if (shared) {
    const { held } = await navigator.locks.query();
    if (held.some(({ name }) => name === SEEN)) return void (known = null);
  } else if (!document.hidden) return;
  let answer;
  try {
    const response = await fetch(at("/attention"), { headers: { accept: "application/json" } });
    if (!response.ok) return;
    answer = await response.json();
  } catch {
    return; // The board is away; the stream says so when the tab is seen again.
  }
  show(answer.needs);
  channel?.postMessage({ needs });
  const fresh = known === null ? [] : answer.tasks.filter(({ key }) => !known.has(key));
  known = new Set(answer.tasks.map(({ key }) => key));
  if (fresh.length > 0 && shared) notify(fresh, answer.needs);
}

/** Takes part: as one that is seen, and in line for the lock of the one that asks. */
function begin() {
  if (!shared) return void (timer ||= setInterval(ask, PERIOD_MS));
  if (channel) return;
  channel = new BroadcastChannel(NAME);
  channel.onmessage = ({ data }) => {
    if (data.away) void (timer && ask());
    else if (document.hidden) show(data.needs);
  };
  const turn = new AbortController();
  const held = new Promise((resolve) => (leaveLine = () => (turn.abort(), resolve())));
  navigator.locks
    .request(NAME, { signal: turn.signal }, () => {
      timer = setInterval(ask, PERIOD_MS);
      if (document.hidden) void ask();
      return held;
    })
    .catch(() => {}); // It left before its turn.
  markSeen();
}

/** A page that is kept for Back may hold no lock and no channel. */
function end() {
  clearInterval(timer);
  timer = 0;
  known = null;
  leaveSeen?.();
  leaveLine?.();
  channel?.close();
  leaveSeen = leaveLine = channel = null;
}

function markSeen() {
  if (document.hidden || leaveSeen || !shared) return;
  const held = new Promise((resolve) => (leaveSeen = resolve));
  given = navigator.locks.request(SEEN, { mode: "shared" }, () => held);
}

document.addEventListener("visibilitychange", async () => {
  if (!document.hidden) return markSeen();
  leaveSeen?.();
  leaveSeen = null;
  await given;
  // What is there now was seen; whoever asks learns it at once.
  if (timer) void ask();
  else channel?.postMessage({ away: true });
});
addEventListener("pagehide", end);
addEventListener("pageshow", ({ persisted }) => persisted && begin());

// ── notifications ───────────────────────────────────────────────────────────
function settings() {
  try {
    return { on: false, sound: false, ...JSON.parse(localStorage.getItem(SETTINGS) ?? "{}") };
  } catch {
    return { on: false, sound: false };
  }
}

function set(change) {
  localStorage.setItem(SETTINGS, JSON.stringify({ ...settings(), ...change }));
}

function notify(tasks, all) {
  const { on: wanted, sound } = settings();
  if (!wanted || globalThis.Notification?.permission !== "granted") return;
  if (tasks.length > EACH_MAX) post(`${tasks.length} more tasks need you`, `${all} in all`, "/needs", "kanban");
  else for (const { id, title, text } of tasks) post(title, text, `/needs/${id}`, id);
  if (sound) beep();
}

function post(title, body, path, tag) {
  const notification = new Notification(title, { body, tag, icon: ICONS[false] });
  notification.onclick = () => {
    window.focus();
    notification.close();
    location.href = at(path);
  };
}

/** Two short soft tones. */
function beep() {
  const audio = new AudioContext();
  const level = audio.createGain();
  level.gain.value = 0.08;
  level.connect(audio.destination);
  for (const [n, hertz] of [660, 880].entries()) {
    const tone = audio.createOscillator();
    tone.frequency.value = hertz;
    tone.connect(level);
    tone.start(audio.currentTime + n * 0.14);
    tone.stop(audio.currentTime + n * 0.14 + 0.1);
    tone.onended = n === 1 ? () => audio.close() : null;
  }
}

// ── the setting ─────────────────────────────────────────────────────────────
export function openNotify() {
  const dialog = $("#notify");
  if (!dialog || dialog.open) return;
  const { on: wanted, sound } = settings();
  $("#notify-on").checked = wanted && globalThis.Notification?.permission === "granted";
  $("#notify-sound").checked = sound;
  explain("");
  dialog.showModal();
}
act("notify", () => openNotify());
on("change", "#notify-sound", (_, box) => {
  set({ sound: box.checked });
  if (box.checked) beep();
});
on("change", "#notify-on", async (_, box) => {
  set({ on: false });
  explain("");
  if (!box.checked) return say("Notifications are off");
  box.checked = false;
  if (!globalThis.Notification || !shared)
    return explain(
      "This browser notifies only pages of this machine, or pages over https. Reach the board by ssh -L, or over https.",
    );
  if ((await Notification.requestPermission()) !== "granted")
    return explain("The browser refused: allow notifications for this site in its settings, then tick the box again.");
  set({ on: true });
  box.checked = true;
  say("Notifications are on");
});

function explain(text) {
  $("#notify-problem").textContent = text;
}

read();
begin();
