// Lines that were fetched or came live: a bounded memory, and one question to the server at a time.
// Only what is wanted last is fetched: who races through a million lines does not ask for them all.
import { ask, everything } from "./asks.js";

/** @typedef {import("./chain.js").Entry} Entry */
/** @typedef {import("./asks.js").Filter} Filter */
/** @typedef {import("./rows.js").Rows} Rows */

const MOST_LINES = 10_000;
const MOST_CHARACTERS = 8_000_000;
const BLOCK = 200; // rows
const AGAIN_MS = 1_000;
const LONGEST_AGAIN_MS = 30_000;
const MISSING = { at: "", level: "error", phase: "", source: "", text: "(this line cannot be read)" };

export class Lines {
  #subject;
  #came;
  /** @type {Map<number, Entry>} oldest use first */
  #kept = new Map();
  #characters = 0;
  #busy = false;
  #failures = 0;
  /** @type {(() => Promise<void>) | null} */
  #next = null;

  /** @param {string} subject @param {() => void} came called when lines arrived */
  constructor(subject, came) {
    this.#subject = subject;
    this.#came = came;
  }

  /** @param {number} seq */
  get(seq) {
    const entry = this.#kept.get(seq);
    if (entry) {
      this.#kept.delete(seq);
      this.#kept.set(seq, entry);
    }
    return entry;
  }

  /** @param {Entry[]} entries */
  put(entries) {
    for (const entry of entries) {
      this.#characters += entry.text.length - (this.#kept.get(entry.seq)?.text.length ?? 0);
      this.#kept.delete(entry.seq);
      this.#kept.set(entry.seq, entry);
    }
    for (const [seq, entry] of this.#kept) {
      if (this.#kept.size <= MOST_LINES && this.#characters <= MOST_CHARACTERS) break;
      this.#kept.delete(seq);
      this.#characters -= entry.text.length;
    }
  }

  /** Fetch the block around a row that is not here; forget what was wanted before.
   * @param {Rows} rows @param {Filter} filter @param {number} row */
  want(rows, filter, row) {
    this.#next = () => this.#fetch(rows, filter, row - (row % BLOCK));
    void this.#work();
  }

  wantNothing() {
    this.#next = null;
  }

  async #work() {
    if (this.#busy) return;
    this.#busy = true;
    while (this.#next) {
      const job = this.#next;
      this.#next = null;
      await job().then(
        () => (this.#failures = 0),
        () => {
          const pause = Math.min(LONGEST_AGAIN_MS, AGAIN_MS * 2 ** this.#failures);
          this.#failures += 1;
          return new Promise((resolve) => setTimeout(resolve, pause));
        },
      );
      this.#came();
    }
    this.#busy = false;
  }

  /** @param {Rows} rows @param {Filter} filter @param {number} from */
  async #fetch(rows, filter, from) {
    const to = Math.min(from + BLOCK, rows.count) - 1;
    if (to >= from) this.put(await this.between(rows, filter, from, to));
  }

  /** Entries of rows `from` … `to`, each of them; throws when the server does not answer.
   * @param {Rows} rows @param {Filter} filter @param {number} from @param {number} to */
  async between(rows, filter, from, to) {
    const last = rows.seqAt(to);
    let after = rows.seqAt(from) - 1;
    /** @type {Map<number, Entry>} */
    const found = new Map();
    while (after < last) {
      const limit = Math.min(BLOCK, to - from + 1 - found.size) || 1;
      const query = everything(filter) ? {} : { ...filter, until: last };
      const page = await ask(this.#subject, "page", { after, limit, ...query });
      for (const entry of page.entries) if (entry.seq <= last) found.set(entry.seq, entry);
      const end = page.entries.at(-1)?.seq ?? 0;
      if (end <= after && !page.next) break;
      after = page.next ?? end;
      if (found.size > to - from) break;
    }
    const all = [];
    for (let row = from; row <= to; row += 1) {
      const seq = rows.seqAt(row);
      all.push(found.get(seq) ?? { ...MISSING, seq });
    }
    return all;
  }
}
