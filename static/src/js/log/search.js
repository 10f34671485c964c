// Finds lines on the server, where all of them are, and walks from match to match. The live tail
// goes on below, and what comes there is looked at here; only `Resume` goes back to it.
import { looks, passes } from "./asks.js";
import { Rows } from "./rows.js";
import { filled, said } from "../words.js";

/** @typedef {import("./view.js").LogView} LogView */
/** @typedef {import("./chain.js").Entry} Entry */

const PAUSE_MS = 250;

export class LogSearch {
  #subject;
  #view;
  #said;
  #field;
  #buttons;
  #last;
  #matches = new Rows();
  #at = -1;
  #asked = new AbortController();
  #state = /** @type {"" | "looking" | "done" | "failed"} */ ("");
  /** Lines that came while the server was looking. @type {number[]} */
  #meanwhile = [];
  /** @type {number | undefined} */
  #pause;

  /**
   * @param {HTMLElement} root the section with the log's parts
   * @param {string} subject `deployment:<id>`
   * @param {LogView} view
   * @param {() => number} last seq of the newest line that is known
   */
  constructor(root, subject, view, last) {
    this.#subject = subject;
    this.#view = view;
    this.#last = last;
    /** @param {string} id */
    const part = (id) => /** @type {HTMLElement} */ (root.querySelector(`#${id}`));
    this.#said = part("log-found");
    this.#field = /** @type {HTMLInputElement} */ (part("log-search"));
    this.#buttons = [part("log-previous"), part("log-next")];
    this.#field.addEventListener("input", () => this.#later());
    this.#field.addEventListener("keydown", (event) => {
      if (event.key !== "Enter") return;
      event.preventDefault();
      this.go(event.shiftKey ? -1 : 1);
    });
    this.#buttons.forEach((button, index) => {
      button.addEventListener("click", () => this.go(index ? 1 : -1));
    });
    this.#tell();
  }

  focus() {
    this.#field.focus();
    this.#field.select();
  }

  /** Ask again: other lines are shown now. */
  again() {
    void this.#anew();
  }

  /** Live lines. @param {Entry[]} entries */
  add(entries) {
    if (!this.#view.look.needle) return;
    for (const entry of entries) {
      if (!passes(entry, this.#view.filter)) continue;
      if (!entry.text.toLowerCase().includes(this.#view.look.needle)) continue;
      if (this.#state === "looking") this.#meanwhile.push(entry.seq);
      else this.#matches.add(entry.seq, entry.seq);
    }
    this.#tell();
  }

  /** To the next match, or the one before; round at the ends. @param {1 | -1} step */
  go(step) {
    const count = this.#matches.count;
    if (count) this.#show((this.#at + step + count) % count);
    this.#tell();
  }

  #later() {
    clearTimeout(this.#pause);
    this.#pause = setTimeout(() => void this.#anew(), PAUSE_MS);
  }

  async #anew() {
    this.#asked.abort();
    const { signal } = (this.#asked = new AbortController());
    const text = this.#field.value;
    [this.#matches, this.#at, this.#meanwhile] = [new Rows(), -1, []];
    if (this.#view.look.needle !== text.toLowerCase()) {
      this.#view.look = { ...this.#view.look, needle: text.toLowerCase() };
      this.#view.draw(true);
    }
    this.#state = text ? "looking" : "";
    this.#tell();
    if (!text) return;
    try {
      const query = { ...this.#view.filter, q: text, after: 0, until: this.#last() };
      const found = this.#last() ? looks(this.#subject, "matches", query, signal) : [];
      for await (const look of found) {
        this.#matches.addAll(look.ranges);
        if (this.#at < 0 && this.#matches.count) this.#show(0);
        this.#tell();
      }
    } catch {
      if (!signal.aborted) this.#state = "failed";
    }
    if (signal.aborted) return;
    for (const seq of this.#meanwhile) this.#matches.add(seq, seq);
    if (this.#state === "looking") this.#state = "done";
    this.#tell();
  }

  /** @param {number} index */
  #show(index) {
    this.#at = index;
    const seq = this.#matches.seqAt(index);
    this.#view.mark(seq, seq);
    this.#view.jump(seq);
  }

  #tell() {
    const count = this.#matches.count;
    for (const button of this.#buttons) /** @type {HTMLButtonElement} */ (button).disabled = !count;
    const more = this.#state === "looking" ? "+" : "";
    let words = count ? filled("{at} of {count}", { at: this.#at + 1, count }) + more : said("no match");
    if (!count && more) words = said("looking");
    if (this.#state === "failed") words = said("Search failed, try again");
    if (!this.#state) words = "";
    if (this.#said.textContent !== words) this.#said.textContent = words;
  }
}
