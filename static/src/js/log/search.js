// Finds lines on the server, where all of them are, and walks from match to match. The live tail
// goes on below; only `Resume` goes back to it.

/** @typedef {import("./view.js").LogView} LogView */
/** @typedef {{entries: {seq: number}[], count: number, scanned_to: number, next: number | null}} Found */

const PAUSE_MS = 250;

export class LogSearch {
  #subject;
  #view;
  #said;
  #field;
  #buttons;
  /** @type {number[]} seqs of the matches fetched so far, in order */
  #matches = [];
  #count = 0;
  /** @type {number | null} where to go on looking; null when there is nothing more */
  #next = null;
  #at = -1;
  #wish = 0;
  /** @type {number | undefined} */
  #pause;

  /**
   * @param {HTMLElement} root the section with the log's parts
   * @param {string} subject `deployment:<id>`
   * @param {LogView} view
   */
  constructor(root, subject, view) {
    this.#subject = subject;
    this.#view = view;
    /** @param {string} id */
    const part = (id) => /** @type {HTMLElement} */ (root.querySelector(`#${id}`));
    this.#said = part("log-found");
    this.#field = /** @type {HTMLInputElement} */ (part("log-search"));
    this.#buttons = [part("log-previous"), part("log-next")];
    this.#field.addEventListener("input", () => this.#later());
    this.#field.addEventListener("keydown", (event) => {
      if (event.key !== "Enter") return;
      event.preventDefault();
      void this.#go(event.shiftKey ? -1 : 1);
    });
    for (const id of ["log-phase", "log-level"]) part(id).addEventListener("input", () => this.#later());
    this.#buttons.forEach((button, index) => {
      button.addEventListener("click", () => void this.#go(index ? 1 : -1));
    });
    this.#tell();
  }

  #later() {
    clearTimeout(this.#pause);
    this.#pause = setTimeout(() => void this.#anew(), PAUSE_MS);
  }

  async #anew() {
    this.#wish += 1;
    [this.#matches, this.#count, this.#next, this.#at] = [[], 0, 0, -1];
    this.#view.unmark();
    if (this.#field.value) await this.#more();
    else this.#next = null;
    if (this.#matches.length) this.#show(0);
    this.#tell();
  }

  /** Look on where the last look ended. An older question's answer is dropped. */
  async #more() {
    const wish = this.#wish;
    while (this.#next !== null) {
      const { phase, level } = this.#view.filter;
      const after = this.#next;
      const query = new URLSearchParams({ q: this.#field.value, phase, level, after: String(after) });
      const answer = await fetch(`/log/${this.#subject}/search?${query}`).catch(() => null);
      if (wish !== this.#wish) return;
      if (!answer?.ok) {
        this.#next = null;
        this.#said.textContent = "Search failed, try again";
        return;
      }
      /** @type {Found} */
      const found = await answer.json();
      if (wish !== this.#wish) return;
      this.#count = this.#matches.length + found.count;
      this.#matches.push(...found.entries.map((entry) => entry.seq));
      this.#next = found.next;
      if (found.entries.length) return;
    }
  }

  /** @param {1 | -1} step */
  async #go(step) {
    if (this.#at + step >= this.#matches.length) await this.#more();
    if (!this.#matches.length) return;
    const count = this.#matches.length;
    this.#show((this.#at + step + count) % count);
    this.#tell();
  }

  /** @param {number} index */
  #show(index) {
    this.#at = index;
    this.#view.jump(this.#matches[index] ?? 0);
  }

  #tell() {
    const none = !this.#matches.length;
    for (const button of this.#buttons) /** @type {HTMLButtonElement} */ (button).disabled = none;
    // More may follow: a look is bounded, and lines keep coming.
    const more = this.#next !== null && this.#count <= this.#matches.length ? "+" : "";
    if (!this.#field.value) this.#said.textContent = "";
    else this.#said.textContent = none ? "no match" : `${this.#at + 1} of ${this.#count}${more}`;
  }
}
