// What the foot of the log says of it: `live · 80 ms behind · complete · hash ok`. Each word is
// computed here: nothing is said that was not seen.
import { Chain } from "./chain.js";
import { ask } from "./asks.js";
import { counted, filled, said } from "../words.js";

/** @typedef {import("./source.js").Page} Page */
/** @typedef {import("./chain.js").Entry} Entry */

/** @type {Record<import("./source.js").State, string>} */
const WORDS = {
  live: "live",
  reconnecting: "connection lost, reconnecting",
  offline: "offline, goes on when you are back",
  finished: "finished",
  "logged-out": "you are logged out: log in again",
  refused: "you may no longer read this log",
};
const PAGE = 500;

export class Badge {
  #root;
  #said;
  #spoken;
  #check;
  #subject;
  #words = said("connecting");
  #state = "";
  #behind = "";
  #complete = "";
  /** @type {boolean | undefined} */
  #right;
  #chain = new Chain();
  #from = 1; // the hash covers the lines from here on
  #start = ""; // hash before that line, as the server told it
  #clock = 0; // milliseconds by which the server's clock is ahead of ours

  /** @param {HTMLElement} root @param {string} subject */
  constructor(root, subject) {
    this.#root = root;
    this.#subject = subject;
    this.#said = /** @type {HTMLElement} */ (root.querySelector("#log-state"));
    this.#spoken = /** @type {HTMLElement} */ (root.querySelector("#log-spoken"));
    this.#check = /** @type {HTMLButtonElement} */ (root.querySelector("#log-check"));
    this.#check.addEventListener("click", () => void this.#checkAll());
  }

  /** Compare clocks: half of the way there and back is the error. @param {number} asked @param {number} now */
  clock(asked, now) {
    this.#clock = now * 1000 - (asked + Date.now()) / 2;
  }

  /** @param {number} seq the newest line there is @param {string} chain the hash up to it */
  startAfter(seq, chain) {
    this.#chain = new Chain(chain);
    this.#from = seq + 1;
    this.#start = chain;
    this.#check.hidden = !this.#chain.possible || !seq;
  }

  /** @param {import("./source.js").State} state */
  state(state) {
    // Only the connection is said aloud: the rest changes with every line.
    if (state !== this.#state && (this.#state || state !== "live")) this.#spoken.textContent = said(WORDS[state]);
    this.#state = state;
    this.#words = said(WORDS[state]);
    this.#root.dataset.state = state;
    this.#tell();
  }

  /** @param {Page} page new lines only @param {number} lastSeq of the newest that is here
   * @param {boolean} live whether we had all lines before these came */
  page(page, lastSeq, live) {
    this.#chain.add(page.entries);
    const newest = page.entries.at(-1);
    if (live && newest) {
      const late = Math.max(0, Math.round(Date.now() + this.#clock - Date.parse(newest.at)));
      this.#behind = late < 10_000 ? filled("{late} ms behind", { late }) : filled("{late} s behind", { late: Math.round(late / 1000) });
    }
    const missing = (page.last_seq ?? lastSeq) - lastSeq;
    this.#complete = missing > 0 ? counted("1 line to come", "{count} lines to come", missing) : said("complete");
    // Before the first line of ours there is nothing to prove.
    const ours = this.#from === 1 || lastSeq >= this.#from;
    if (!missing && ours && page.chain !== undefined) void this.#prove(page.chain);
    this.#tell();
  }

  /** @param {string} expected */
  async #prove(expected) {
    if (!this.#chain.possible) return;
    const right = await this.#chain.matches(expected);
    this.#right = right;
    this.#tell();
  }

  /** Read every line before ours and see whether the hash leads to the one we began with. */
  async #checkAll() {
    this.#check.disabled = true;
    const words = this.#check.textContent;
    const chain = new Chain();
    const last = this.#from - 1;
    let at = 0;
    try {
      while (at < last) {
        const page = await ask(this.#subject, "page", { after: at, limit: Math.min(PAGE, last - at) });
        /** @type {Entry[]} */
        const entries = page.entries;
        if (entries.some((entry, index) => entry.seq !== at + 1 + index) || !entries.length) break;
        chain.add(entries);
        at += entries.length;
        await chain.matches(""); // keep pace: what waits to be hashed is in memory
        this.#check.textContent = filled("Checking, {percent} %", { percent: Math.floor((at / last) * 100) });
      }
      const whole = at === last && (await chain.matches(this.#start));
      // What was wrong in the lines of ours stays wrong.
      this.#right = whole && this.#right !== false;
      if (whole) this.#from = 1;
      this.#check.hidden = true;
    } catch {
      this.#check.textContent = words;
    }
    this.#check.disabled = false;
    this.#tell();
  }

  /** @param {boolean} right */
  #hash(right) {
    if (this.#from === 1) return said(right ? "hash ok" : "HASH DIFFERS");
    return filled(right ? "hash ok from line {line}" : "HASH DIFFERS from line {line}", { line: this.#from });
  }

  #tell() {
    const behind = this.#state === "live" ? this.#behind : "";
    const hash = this.#right === undefined ? "" : this.#hash(this.#right);
    const words = [this.#words, behind, this.#complete, hash].filter(Boolean).join(" · ");
    if (this.#said.textContent !== words) this.#said.textContent = words;
  }
}
