/**
 * One connection to `/stream`, for one tab or for all tabs of a browser: it parses the messages, notices silence, and
 * connects again, from what each tab has seen.
 *
 * A link can die without a word: a tunnel falls, a machine sleeps. So the server pings by name every 15 seconds, and a
 * connection that is silent for 40 is not believed any longer. Neither is one over which the clock has jumped.
 *
 * A proxy can hold messages back until it has a few kilobytes of them. Then no first message comes, while a request
 * that ends is answered: the page says so, and asks every few seconds instead.
 *
 * @module
 */
import { at } from "./paths.js";

const SILENCE_MS = 40_000;
const CHECK_MS = 5_000;
/** A check that is later than this was held up: the machine slept, or the page was frozen. */
const JUMP_MS = 20_000;
/** How long to wait for the first message before a proxy is suspected. */
const FIRST_MS = 10_000;
const ASK_MS = 5_000;
/** So many questions, then the stream is tried again. */
const ASKS_MAX = 24;
const PAUSE_MAX_MS = 30_000;
const FAILURES_UNTIL_OFFLINE = 4;

export class Wire {
  #body = null;
  #abort = null;
  #retry = 0;
  #check = 0;
  #failures = 0;
  #asks = 0;
  #heard = 0;
  #checked = 0;

  /**
   * @param hooks.body What to ask for at this moment, as the fields of a form; null: nobody watches.
   * @param hooks.message Called with each message: `{ to, id, event, data }`.
   * @param hooks.state Called with `live`, `delayed`, `reconnecting`, `offline` or `over`.
   */
  constructor({ body, message, state }) {
    this.#body = body;
    this.message = message;
    this.state = state;
  }

  /** Connects, in place of the connection that there is. */
  open() {
    this.close();
    this.#heard = this.#checked = Date.now();
    this.#check = setInterval(() => this.#watch(), CHECK_MS);
    void (this.#asks > 0 ? this.#ask() : this.#connect());
  }

  close() {
    clearTimeout(this.#retry);
    clearInterval(this.#check);
    this.#abort?.abort();
    this.#abort = null;
  }

  /** The connection is not believed any longer. */
  distrust() {
    this.state("reconnecting");
    this.#asks = 0;
    this.open();
  }

  #watch() {
    const now = Date.now();
    const late = now - this.#checked > JUMP_MS;
    this.#checked = now;
    if (late || (this.#asks === 0 && now - this.#heard > SILENCE_MS)) this.distrust();
  }

  async #connect() {
    const abort = (this.#abort = new AbortController());
    const first = setTimeout(() => {
      if (this.#abort === abort) void this.#ask();
    }, FIRST_MS);
    try {
      const response = await this.#request(abort.signal);
      if (response === null) return;
      await this.#read(response, () => {
        clearTimeout(first);
        this.#failures = 0;
      });
      if (this.#abort === abort) this.#again();
    } catch {
      if (this.#abort === abort) this.#again();
    } finally {
      clearTimeout(first);
    }
  }

  /** Asks once for what was missed, over a connection that ends. If that is answered, the stream is what a proxy holds back. */
  async #ask() {
    this.#abort?.abort();
    const abort = (this.#abort = new AbortController());
    const limit = setTimeout(() => abort.abort(), FIRST_MS);
    try {
      const response = await this.#request(abort.signal, { once: true });
      if (response === null) return;
      await this.#read(response, () => {}, { greet: false });
      if (this.#abort !== abort) return;
      this.#failures = 0;
      this.#asks = (this.#asks + 1) % ASKS_MAX;
      this.state("delayed");
      this.#retry = setTimeout(() => this.open(), ASK_MS);
    } catch {
      if (this.#abort === abort) this.#again();
    } finally {
      clearTimeout(limit);
    }
  }

  async #request(signal, { once = false } = {}) {
    const body = this.#body();
    if (body === null) return null;
    if (once) body.append("once", "1");
    const response = await fetch(at("/stream"), { method: "POST", body, signal, cache: "no-store" });
    if (response.status === 401) {
      this.close();
      this.state("over");
      return null;
    }
    if (!response.ok) throw new Error(`the stream was answered with ${response.status}`);
    return response;
  }

  #again() {
    this.#failures++;
    this.#asks = 0;
    this.state(!navigator.onLine || this.#failures >= FAILURES_UNTIL_OFFLINE ? "offline" : "reconnecting");
    const pause = Math.min(PAUSE_MAX_MS, 250 * 2 ** this.#failures) * (0.7 + 0.6 * Math.random());
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => this.open(), pause);
  }

  /** Reads to the end. Messages are handed on one by one: each is worked off before the next is read. */
  async #read(response, first, { greet = true } = {}) {
    const abort = this.#abort;
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    let rest = "";
    for (;;) {
      const { done, value } = await reader.read();
      if (done || this.#abort !== abort) return;
      first();
      this.#heard = Date.now();
      // The server ends its lines with one kind of line end, and cleans it out of data.
      const blocks = (rest + value).split("\n\n");
      rest = blocks.pop();
      for (const block of blocks) {
        const message = parse(block);
        if (message !== null && (greet || message.event !== "hello")) this.message(message);
        if (this.#abort !== abort) return;
      }
    }
  }
}

/** One message of the stream; null when it is a comment. */
function parse(block) {
  const message = { to: null, id: null, event: null, data: null };
  for (const line of block.split("\n")) {
    const colon = line.indexOf(":");
    const field = line.slice(0, colon);
    if (!Object.hasOwn(message, field)) continue;
    const value = line.slice(line[colon + 1] === " " ? colon + 2 : colon + 1);
    message[field] = field === "data" && message.data !== null ? `${message.data}\n${value}` : value;
  }
  return message.id === null && message.event === null && message.data === null ? null : message;
}
