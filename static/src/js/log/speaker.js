// Tells screen readers of new lines: only while following, and now and then, not each of them.
import { counted, filled } from "../words.js";

/** @typedef {import("./chain.js").Entry} Entry */

const PAUSE_MS = 5_000;
const LONGEST = 160; // characters of the last line

export class Speaker {
  #said;
  #count = 0;
  #bad = 0;
  #last = "";
  /** @type {number | undefined} */
  #pause;

  /** @param {HTMLElement} said a polite live region */
  constructor(said) {
    this.#said = said;
  }

  /** @param {Entry[]} entries lines that just came and are shown */
  add(entries) {
    if (!entries.length || document.hidden) return;
    this.#count += entries.length;
    this.#bad += entries.filter((entry) => entry.level === "error").length;
    this.#last = entries.at(-1)?.text.slice(0, LONGEST) ?? "";
    this.#pause ??= setTimeout(() => this.#speak(), PAUSE_MS);
  }

  #speak() {
    this.#pause = undefined;
    const lines = counted("1 new line", "{count} new lines", this.#count);
    const errors = this.#bad ? `, ${counted("1 error", "{count} errors", this.#bad)}` : "";
    this.#said.textContent = filled("{news}. Last: {line}", { news: `${lines}${errors}`, line: this.#last });
    [this.#count, this.#bad] = [0, 0];
  }
}
