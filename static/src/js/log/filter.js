// Phase and level: which lines are shown, and how many there are of each, told by the server.
import { everything, looks, passes } from "./asks.js";
import { Rows } from "./rows.js";
import { number } from "../words.js";

/** @typedef {import("./chain.js").Entry} Entry */
/** @typedef {import("./view.js").LogView} LogView */

export class LogFilter {
  #subject;
  #view;
  #phase;
  #level;
  #last = 0; // newest line that we know of
  /** Lines by `level phase`. @type {Map<string, {level: string, phase: string, count: number}>} */
  #kinds = new Map();
  #asked = new AbortController();
  /** Lines that came while the server was looking. @type {number[] | null} */
  #meanwhile = null;
  /** @type {() => void} */
  onChange = () => {};
  failed = false;

  /** @param {HTMLElement} root @param {string} subject @param {LogView} view */
  constructor(root, subject, view) {
    this.#subject = subject;
    this.#view = view;
    this.#phase = /** @type {HTMLSelectElement} */ (root.querySelector("#log-phase"));
    this.#level = /** @type {HTMLSelectElement} */ (root.querySelector("#log-level"));
    for (const select of [this.#phase, this.#level]) {
      for (const option of select.options) option.dataset.words = option.text;
      select.addEventListener("input", () => void this.#changed());
    }
  }

  /** Lines before the first that comes live. @param {number} last */
  async start(last) {
    this.#last = last;
    if (everything(this.#view.filter)) this.#view.rows.add(1, last);
    else void this.#changed(); // somebody was quicker than the first answer
    try {
      const query = { after: 0, until: last };
      for await (const look of looks(this.#subject, "counts", query, new AbortController().signal)) {
        for (const [level, phase, count] of look.of) this.#count(level, phase, count);
        this.#label();
      }
    } catch {
      this.#kinds.clear(); // no numbers rather than wrong ones
      this.#label();
    }
  }

  /** Live lines, in order; how many of them are shown. @param {Entry[]} entries */
  add(entries) {
    const before = this.#view.rows.count;
    const { filter, rows } = this.#view;
    for (const entry of entries) {
      this.#last = entry.seq;
      this.#count(entry.level, entry.phase, 1);
      if (!passes(entry, filter)) continue;
      if (this.#meanwhile) this.#meanwhile.push(entry.seq);
      else rows.add(entry.seq, entry.seq);
    }
    if (entries.length) this.#label();
    return rows.count - before;
  }

  get total() {
    return this.#last;
  }

  async #changed() {
    this.#asked.abort();
    const asked = (this.#asked = new AbortController());
    this.#view.filter = { phase: this.#phase.value, level: this.#level.value };
    this.#label();
    const rows = new Rows();
    this.failed = false;
    this.#meanwhile = everything(this.#view.filter) ? null : [];
    if (!this.#meanwhile) rows.add(1, this.#last);
    else {
      try {
        const query = { ...this.#view.filter, after: 0, until: this.#last };
        const found = this.#last ? looks(this.#subject, "matches", query, asked.signal) : [];
        for await (const look of found) rows.addAll(look.ranges);
      } catch {
        this.failed = !asked.signal.aborted;
      }
      if (asked.signal.aborted) return;
      for (const seq of this.#meanwhile) rows.add(seq, seq);
      this.#meanwhile = null;
    }
    this.#view.show(rows);
    this.onChange();
  }

  /** @param {string} level @param {string} phase @param {number} count */
  #count(level, phase, count) {
    const kind = this.#kinds.get(`${level} ${phase}`);
    if (kind) kind.count += count;
    else this.#kinds.set(`${level} ${phase}`, { level, phase, count });
  }

  /** Each choice with the number of lines it would show, given the other one. */
  #label() {
    const { phase, level } = this.#view.filter;
    const kinds = [...this.#kinds.values()];
    const known = new Set([...this.#phase.options].map((option) => option.value));
    for (const kind of kinds) {
      if (known.has(kind.phase)) continue;
      known.add(kind.phase);
      const option = new Option(kind.phase, kind.phase);
      option.dataset.words = kind.phase;
      this.#phase.add(option);
    }
    /** @param {HTMLOptionElement} option @param {import("./asks.js").Filter} filter */
    const write = (option, filter) => {
      const count = kinds.reduce((sum, kind) => sum + (passes(kind, filter) ? kind.count : 0), 0);
      const words = option.dataset.words ?? "";
      const text = kinds.length ? `${words} (${number.format(count)})` : words;
      if (option.text !== text) option.text = text;
    };
    for (const option of this.#phase.options) write(option, { phase: option.value, level });
    for (const option of this.#level.options) write(option, { phase, level: option.value });
  }
}

