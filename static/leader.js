/**
 * One stream for all tabs of a browser. HTTP/1.1 gives a browser six connections to a server: six streams, and every
 * tab hangs.
 *
 * The tab that holds a lock leads: it has the connection, and hands on what came for the others over a broadcast channel.
 * A tab that is hidden takes no part. When the leader is closed, hidden or crashes, the browser gives the lock to
 * the next tab. When it is frozen it keeps the lock but no longer beats: another tab steals it. Each tab says what it shows and
 * the id that it saw last, to every new leader, so nothing is missed; what an earlier leader still sends is ignored.
 *
 * Lock and channel have the name of the sign-in: tabs of different sign-ins share nothing. Where the browser has no
 * locks (plain http to another machine), a lease stands in for one; where it has no channel, a page has a stream of its own.
 *
 * @module
 */
import { canLease, holdLease } from "./lease.js";
import { Wire } from "./wire.js";

const BEAT_MS = 2_000;
/** A leader that is silent for so long does not run. */
const DEAD_MS = 7_000;
/** Tabs that come together are asked for together. */
const GATHER_MS = 25;

const me = Math.random().toString(36).slice(2, 12);
const signIn = document.body.dataset.as ?? "";
const build = document.body.dataset.build ?? "";
const NAME = `kanban ${signIn} ${build}`;
const shared = Boolean(globalThis.BroadcastChannel && signIn && (navigator.locks || canLease()));

let hooks = null;
/** What this tab shows; null while it takes no part. */
let mine = null;
let turn = 0;
let channel = null;
/** The leader that this tab listens to: a later term wins. */
let term = 0;
let beaten = 0;
let checked = 0;
let timer = 0;
/** Ends the wait for the lock, or gives it back. */
let release = null;

// What only the leader has.
let wire = null;
let gather = 0;
/** What each tab watches, by tab, and when it was last heard of. */
const tabs = new Map();

/** Says what to do with messages and with the state of the connection. */
export function onStream({ message, state }) {
  hooks = { message, state };
}

/** Watches what this tab shows from now on: `{ view, open, since, log }`. */
export function watchStream(sub) {
  mine = { ...sub, key: `${me}.${++turn}` };
  if (!release && !wire) join();
  tell();
}

/** Takes no part any longer: the tab is hidden, or goes. */
export function leaveStream() {
  if (mine === null) return;
  mine = null;
  tell();
  quit();
}

/** The connection may have died without a word. */
export function distrustStream() {
  if (wire) wire.distrust();
  else if (channel) post({ type: "distrust" });
}

function join() {
  beaten = checked = Date.now();
  timer = setInterval(check, BEAT_MS);
  if (!shared) return lead();
  channel = new BroadcastChannel(NAME);
  channel.onmessage = ({ data }) => receive(data);
  if (navigator.locks) void queue();
  else release = holdLease(NAME, { held: lead, lost: stepDown });
}

function quit() {
  clearInterval(timer);
  resign();
  release?.();
  release = null;
  channel?.close();
  channel = null;
}

/** Waits for the lock, and leads while it has it. */
async function queue({ steal = false } = {}) {
  const waiting = new AbortController();
  const { promise: over, resolve } = Promise.withResolvers();
  const done = (release = () => {
    waiting.abort();
    resolve();
  });
  const options = steal ? { steal } : { signal: waiting.signal };
  try {
    await navigator.locks.request(NAME, options, () => {
      if (release !== done) return undefined;
      lead();
      return over;
    });
  } catch {
    // It was stolen, for this page did not run; or it is no longer waited for.
    if (release !== done) return;
    stepDown();
    void queue();
  }
}

// ── the leader ──────────────────────────────────────────────────────────────
function lead() {
  term = Math.max(Date.now(), term + 1);
  tabs.clear();
  wire = new Wire({ body: question, message: handOn, state: (name) => announce({ type: "state", name }) });
  post({ type: "lead", term });
  tell();
}

function resign() {
  clearTimeout(gather);
  wire?.close();
  wire = null;
}

/** Follows again: another tab leads. */
function stepDown() {
  resign();
  tell();
}

function question() {
  if (tabs.size === 0) return null;
  const body = new URLSearchParams({ as: signIn, build });
  for (const { sub } of tabs.values()) body.append("sub", String(new URLSearchParams(sub)));
  return body;
}

/** Connects again soon, with the tabs that there are then. */
function reopen() {
  clearTimeout(gather);
  gather = setTimeout(() => (tabs.size === 0 ? wire?.close() : wire?.open()), GATHER_MS);
}

function enter(tab, sub) {
  const known = tabs.get(tab);
  if (sub === null) {
    if (tabs.delete(tab)) reopen();
    return;
  }
  tabs.set(tab, { sub, heard: Date.now() });
  if (known?.sub.key !== sub.key) reopen();
}

function handOn(message) {
  const tab = message.to?.split(".")[0];
  const known = tab && tabs.get(tab);
  if (tab && known?.sub.key !== message.to) return;
  if (known) advance(known.sub, message);
  announce({ type: "message", message });
}

/** Says something to all tabs, this one included. */
function announce(news) {
  post({ ...news, term });
  take(news);
}

function beat() {
  const now = Date.now();
  for (const [tab, { heard }] of tabs) if (tab !== me && now - heard > DEAD_MS) enter(tab, null);
  post({ type: "beat", term, keys: [...tabs.values()].map(({ sub }) => sub.key) });
}

// ── every tab ───────────────────────────────────────────────────────────────
function post(news) {
  channel?.postMessage({ from: me, ...news });
}

/** Says to the leader what this tab shows. */
function tell() {
  if (wire) enter(me, mine && { ...mine });
  else post({ type: "sub", sub: mine });
}

function receive(news) {
  if (news.type === "sub") return wire && enter(news.from, news.sub);
  if (news.type === "here") return wire && tabs.has(news.from) && (tabs.get(news.from).heard = Date.now());
  if (news.type === "distrust") return wire?.distrust();
  if (news.term < term) return;
  const isNew = news.term > term;
  term = news.term;
  beaten = Date.now();
  if (isNew && wire) return; // It was stolen, and the browser says so in a moment.
  // A new leader is told at once; one that lost this tab, with its next beat.
  if (isNew || (news.type === "beat" && !news.keys.includes(mine?.key))) tell();
  else if (news.type === "beat") post({ type: "here" });
  if (news.type === "message" || news.type === "state") take(news);
}

function take(news) {
  if (mine === null) return;
  if (news.type === "state") return hooks.state(news.name);
  const { message } = news;
  if (message.to !== null && message.to !== mine.key) return;
  advance(mine, message);
  hooks.message(message);
}

/** What a tab has seen with this message: the newest event, and of what moves without one the server's mark. */
function advance(sub, { id, event, data }) {
  if (id) sub.since = id;
  if (event === "mark") sub.mark = data;
}

function check() {
  const now = Date.now();
  const late = now - checked > 3 * BEAT_MS;
  checked = now;
  if (wire) return shared && beat();
  // This page did not run itself, so it cannot have heard the leader.
  if (late) beaten = now;
  if (now - beaten <= DEAD_MS + Math.random() * BEAT_MS) return;
  hooks.state("reconnecting");
  beaten = now;
  if (navigator.locks) void queue({ steal: true }); // A lease runs out by itself.
}
