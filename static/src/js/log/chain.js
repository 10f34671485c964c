// The log's running hash, computed as catalyst/eventlog/chain.py does: SHA-256 over the hash so
// far and one entry. Equal at the end means: nothing was left out, added or changed.

/**
 * @typedef {{seq: number, at: string, level: string, phase: string, source: string, text: string}} Entry
 */

/** What is hashed: a JSON array in the spelling of Python's json module (", " between members).
 * @param {string} previous @param {Entry} entry */
export function link(previous, entry) {
  const members = [previous, entry.seq, entry.at, entry.level, entry.phase, entry.text];
  return `[${members.map((member) => JSON.stringify(member)).join(", ")}]`;
}

export class Chain {
  #hash;
  /** @type {Promise<void>} */
  #queue = Promise.resolve();
  possible = typeof crypto !== "undefined" && crypto.subtle !== undefined;

  /** @param {string} hash after the line before the first that is added; empty before line 1 */
  constructor(hash = "") {
    this.#hash = hash;
  }

  /** @param {Entry[]} entries in order, without a gap */
  add(entries) {
    if (!this.possible) return;
    this.#queue = this.#queue.then(async () => {
      for (const entry of entries) {
        const bytes = new TextEncoder().encode(link(this.#hash, entry));
        const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
        this.#hash = Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
      }
    });
  }

  /** Is the hash of all entries added so far the server's?
   * @param {string} expected */
  matches(expected) {
    // What is added later is not asked about: it queues behind this.
    const answer = this.#queue.then(() => this.#hash === expected);
    this.#queue = answer.then(() => {});
    return answer;
  }
}
