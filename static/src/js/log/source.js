// Where lines come from: a WebSocket, and Server-Sent Events where WebSockets do not get through.
// Every reconnect resumes after the last line that arrived; a gap is never shown, it is fetched.

/** @typedef {import("./chain.js").Entry} Entry */
/** @typedef {{entries: Entry[], last_seq?: number, chain?: string, finished: boolean}} Page */
/** @typedef {"live" | "reconnecting" | "offline" | "finished" | "logged-out" | "refused"} State */

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
  /** @type {number | undefined} */
  #pause;
  /** @type {() => void} hang up without trying again */
  #close = () => {};
  #ended = false;

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

  /** @param {number} after the last line that is here already */
  start(after) {
    this.lastSeq = after;
    addEventListener("offline", () => this.#offline());
    addEventListener("online", () => this.#atOnce());
    // Who comes back to the tab does not wait for the end of a pause.
    document.addEventListener("visibilitychange", () => {
      if (!document.hidden && this.#pause !== undefined) this.#atOnce();
    });
    this.#openSocket();
  }

  #offline() {
    if (this.#ended) return;
    this.#close();
    this.#onState("offline");
    this.#later(() => this.#openSocket(), LONGEST_PAUSE_MS); // a local server is there all the same
  }

  #atOnce() {
    if (this.#ended) return;
    this.#failures = 0;
    this.#openSocket();
  }

  /** @param {() => void} open @param {number} pause milliseconds */
  #later(open, pause) {
    clearTimeout(this.#pause);
    // Spread out, so that all readers do not come back in the same instant.
    this.#pause = setTimeout(open, pause * (0.5 + Math.random() / 2));
  }

  /** @param {State} state nothing comes after it */
  #end(state) {
    this.#ended = true;
    this.#close();
    this.#onState(state);
  }

  /** One line at a time. @param {() => void} close */
  #instead(close) {
    clearTimeout(this.#pause);
    clearTimeout(this.#silence);
    this.#pause = undefined;
    this.#close();
    this.#close = close;
  }

  #openSocket() {
    const scheme = location.protocol === "https:" ? "wss:" : "ws:";
    const socket = new WebSocket(`${scheme}//${location.host}/ws/log/${this.#subject}`);
    this.#instead(() => {
      socket.onclose = socket.onmessage = socket.onopen = null;
      socket.close();
    });
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
      if (page.finished && this.lastSeq >= (page.last_seq ?? 0)) this.#end("finished");
      else this.#onState("live");
    };
    socket.onclose = (event) => {
      clearTimeout(this.#silence);
      if (event.code === NOT_LOGGED_IN) this.#end("logged-out");
      else if (event.code === NOT_ALLOWED) this.#end("refused");
      else this.#again();
    };
  }

  #again() {
    this.#failures += 1;
    this.#onState(navigator.onLine ? "reconnecting" : "offline");
    if (this.#failures > TRIES_BEFORE_SSE) this.#openEvents();
    else this.#later(() => this.#openSocket(), Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** this.#failures));
  }

  #openEvents() {
    const events = new EventSource(`/log/${this.#subject}/events?after=${this.lastSeq}`);
    this.#instead(() => events.close());
    events.onopen = () => this.#onState("live");
    events.onmessage = (event) => {
      if (!this.#take({ entries: [JSON.parse(event.data)], finished: false })) this.#openEvents();
    };
    events.addEventListener("done", (event) => {
      this.#onPage({ entries: [], last_seq: this.lastSeq, chain: JSON.parse(event.data).chain, finished: true });
      this.#end("finished");
    });
    events.addEventListener("problem", () => this.#end("refused"));
    events.onerror = () => {
      this.#onState("reconnecting");
      // The browser comes back by itself unless the answer was an error.
      if (events.readyState === EventSource.CLOSED) this.#later(() => this.#openEvents(), LONGEST_PAUSE_MS);
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
