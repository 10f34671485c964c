// Which lines are shown, as runs of line numbers: row 0 … count-1 ↔ seq. A million lines of which
// every second one passes are half a million small numbers; without a filter they are one run.

export class Rows {
  count = 0;
  /** @type {number[]} first seq of each run */
  #first = [];
  /** @type {number[]} last seq of each run */
  #last = [];
  /** @type {number[]} rows before each run */
  #before = [];

  /** Add a run behind all others; what is there already is left out.
   * @param {number} first @param {number} last */
  add(first, last) {
    const end = this.#last.length - 1;
    const until = this.#last[end] ?? 0;
    const from = Math.max(first, until + 1);
    if (last < from) return;
    if (end >= 0 && from === until + 1) this.#last[end] = last;
    else {
      this.#first.push(from);
      this.#last.push(last);
      this.#before.push(this.count);
    }
    this.count += last - from + 1;
  }

  /** @param {number[]} ranges first, last, first, last … */
  addAll(ranges) {
    for (let at = 0; at + 1 < ranges.length; at += 2) this.add(ranges[at] ?? 0, ranges[at + 1] ?? -1);
  }

  /** @param {number} row 0 … count-1 */
  seqAt(row) {
    const run = lastAtMost(this.#before, row);
    return (this.#first[run] ?? 0) + row - (this.#before[run] ?? 0);
  }

  /** The row of this line, or of the next one that is shown; `count` when there is none.
   * @param {number} seq */
  rowOf(seq) {
    const run = lastAtMost(this.#first, seq);
    if (run < 0) return 0;
    const last = this.#last[run] ?? 0;
    const row = (this.#before[run] ?? 0) + Math.min(seq, last) - (this.#first[run] ?? 0);
    return seq > last ? row + 1 : row;
  }

  /** @param {number} seq */
  has(seq) {
    const run = lastAtMost(this.#first, seq);
    return run >= 0 && seq <= (this.#last[run] ?? 0);
  }
}

/** Index of the last number that is not greater, -1 when all are.
 * @param {number[]} sorted @param {number} wanted */
function lastAtMost(sorted, wanted) {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] ?? 0) <= wanted) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
