// Where lines come from: a WebSocket, and Server-Sent Events where WebSockets do not get through.
// Every reconnect resumes after the last line that arrived; a gap is never shown, it is fetched.

/** @typedef {import("./chain.js").Entry} Entry */
/** @typedef {{entries: Entry[], last_seq?: number, chain?: string, finished: boolean}} Page */
/** @typedef {"live" | "reconnecting" | "finished" | "refused"} State */

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 15_000;
const TRIES_BEFORE_SSE = 3;
// The server shows a sign of life every few seconds; silence for longer is a dead line.
const SILENCE_MS = 20_000;
const NOT_LOGGED_IN = 4401;
const NOT_ALLOWED = 4403;

export class LogSource {
  lastSeq = 0;
  #subject;
  #onPage;
  #onState;
  #failures = 0;
  /** @type {number | undefined} */
  #silence;

  /**
   * @param {string} subject `deployment:<id>`
   * @param {(page: Page) => void} onPage entries in order, each once
   * @param {(state: State) => void} onState
   */
  constructor(subject, onPage, onState) {
    this.#subject = subject;
    this.#onPage = onPage;
    this.#onState = onState;
  }

  start() {
    this.#openSocket();
  }

  #openSocket() {
    const scheme = location.protocol === "https:" ? "wss:" : "ws:";
    const socket = new WebSocket(`${scheme}//${location.host}/ws/log/${this.#subject}`);
    let finished = false;
    const heard = () => {
      clearTimeout(this.#silence);
      this.#silence = setTimeout(() => socket.close(), SILENCE_MS);
    };
    socket.onopen = () => {
      heard();
      socket.send(JSON.stringify({ after: this.lastSeq }));
    };
    socket.onmessage = (event) => {
      heard();
      this.#failures = 0;
      /** @type {Page} */
      const page = JSON.parse(event.data);
      if (!this.#take(page)) {
        socket.close();
        return;
      }
      finished = page.finished && this.lastSeq >= (page.last_seq ?? 0);
      this.#onState(finished ? "finished" : "live");
      if (finished) socket.close();
    };
    socket.onclose = (event) => {
      clearTimeout(this.#silence);
      if (finished) return;
      if (event.code === NOT_LOGGED_IN || event.code === NOT_ALLOWED) this.#onState("refused");
      else this.#again();
    };
  }

  #again() {
    this.#failures += 1;
    this.#onState("reconnecting");
    if (this.#failures > TRIES_BEFORE_SSE) {
      this.#openEvents();
      return;
    }
    const pause = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** this.#failures);
    // Spread out, so that all readers do not come back in the same instant.
    setTimeout(() => this.#openSocket(), pause * (0.5 + Math.random() / 2));
  }

  #openEvents() {
    const events = new EventSource(`/log/${this.#subject}/events?after=${this.lastSeq}`);
    events.onopen = () => this.#onState("live");
    events.onmessage = (event) => {
      if (this.#take({ entries: [JSON.parse(event.data)], finished: false })) return;
      events.close();
      this.#openEvents();
    };
    events.addEventListener("done", (event) => {
      events.close();
      this.#onPage({ entries: [], last_seq: this.lastSeq, chain: JSON.parse(event.data).chain, finished: true });
      this.#onState("finished");
    });
    events.addEventListener("problem", () => {
      events.close();
      this.#onState("refused");
    });
    events.onerror = () => {
      this.#onState("reconnecting");
      // The browser comes back by itself unless the answer was an error.
      if (events.readyState !== EventSource.CLOSED) return;
      setTimeout(() => this.#openEvents(), LONGEST_PAUSE_MS);
    };
  }

  /** Pass on what is new; false when a line is missing in between.
   * @param {Page} page */
  #take(page) {
    const fresh = page.entries.filter((entry) => entry.seq > this.lastSeq);
    for (const [index, entry] of fresh.entries()) {
      if (entry.seq !== this.lastSeq + 1 + index) return false;
    }
    this.lastSeq += fresh.length;
    this.#onPage({ ...page, entries: fresh });
    return true;
  }
}
