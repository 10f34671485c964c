// Lines on the page: text nodes only, filters, and a follow mode that never fights the reader.

/** @typedef {import("./chain.js").Entry} Entry */

const RANK = { info: 0, warn: 1, error: 2 };
const NEAR_END_PX = 40;

/** @param {string} level */
const rank = (level) => RANK[/** @type {keyof typeof RANK} */ (level)] ?? 0;

export class LogView {
  #lines;
  #resume;
  #count;
  #following = true;
  #unseen = 0;
  #total = 0;
  #shown = 0;
  /** What is shown: a phase, and this level or worse. */
  filter = { phase: "", level: "info" };
  /** A line to show as soon as it is there. */
  #wanted = 0;

  /** @param {HTMLElement} root the section with the log's parts */
  constructor(root) {
    /** @param {string} id */
    const part = (id) => /** @type {HTMLElement} */ (root.querySelector(`#${id}`));
    this.#lines = part("log-lines");
    this.#resume = part("log-resume");
    this.#count = part("log-count");
    this.#lines.addEventListener("scroll", () => this.#scrolled(), { passive: true });
    this.#resume.addEventListener("click", () => this.#follow());
    for (const [id, name] of [["log-phase", "phase"], ["log-level", "level"]]) {
      part(id).addEventListener("input", (event) => {
        const control = /** @type {HTMLSelectElement} */ (event.target);
        this.filter = { ...this.filter, [name]: control.value };
        this.#refilter();
      });
    }
  }

  /** @param {Entry[]} entries */
  append(entries) {
    if (!entries.length) return;
    const batch = document.createDocumentFragment();
    for (const entry of entries) batch.append(this.#line(entry));
    this.#lines.append(batch);
    this.#total += entries.length;
    if (this.#wanted) this.jump(this.#wanted);
    if (this.#following) this.#toEnd();
    else this.#unseen += entries.length;
    this.#tell();
  }

  /** The line a permalink names, once it is there. */
  showLinked() {
    const target = /^#L\d+$/.test(location.hash) && document.getElementById(location.hash.slice(1));
    if (!target) return;
    this.#following = false;
    target.classList.add("linked");
    target.scrollIntoView({ block: "center" });
    this.#tell();
  }

  /** Show one line and stop following; new lines keep coming in below.
   * @param {number} seq */
  jump(seq) {
    this.unmark();
    this.#following = false;
    const line = document.getElementById(`L${seq}`);
    this.#wanted = line ? 0 : seq;
    line?.classList.add("linked");
    line?.scrollIntoView({ block: "center" });
    this.#tell();
  }

  unmark() {
    this.#wanted = 0;
    this.#lines.querySelector(".linked")?.classList.remove("linked");
  }

  /** @param {Entry} entry */
  #line(entry) {
    const line = document.createElement("div");
    line.className = `line ${rank(entry.level) ? entry.level : "info"}`;
    line.id = `L${entry.seq}`;
    line.dataset.phase = entry.phase;
    line.dataset.level = entry.level;
    const number = document.createElement("a");
    number.href = `#L${entry.seq}`;
    number.textContent = String(entry.seq);
    const time = document.createElement("time");
    time.dateTime = entry.at;
    time.title = entry.at;
    time.textContent = entry.at.slice(11, 23);
    const phase = document.createElement("b");
    phase.textContent = entry.phase;
    const text = document.createElement("span");
    text.textContent = entry.text;
    line.append(number, time, phase, text);
    line.hidden = !this.#passes(line);
    if (!line.hidden) this.#shown += 1;
    return line;
  }

  /** @param {HTMLElement} line */
  #passes(line) {
    const { phase, level } = this.filter;
    if (phase && line.dataset.phase !== phase) return false;
    return rank(line.dataset.level ?? "") >= rank(level);
  }

  #refilter() {
    this.#shown = 0;
    for (const line of /** @type {Iterable<HTMLElement>} */ (this.#lines.children)) {
      line.hidden = !this.#passes(line);
      if (!line.hidden) this.#shown += 1;
    }
    if (this.#following) this.#toEnd();
    this.#tell();
  }

  #scrolled() {
    const { scrollHeight, scrollTop, clientHeight } = this.#lines;
    this.#following = scrollHeight - scrollTop - clientHeight < NEAR_END_PX;
    if (this.#following) this.#unseen = 0;
    this.#tell();
  }

  #follow() {
    this.#wanted = 0;
    this.#following = true;
    this.#unseen = 0;
    this.#toEnd();
    this.#lines.focus({ preventScroll: true });
    this.#tell();
  }

  #toEnd() {
    this.#lines.scrollTop = this.#lines.scrollHeight;
  }

  #tell() {
    this.#resume.hidden = this.#following;
    const label = this.#resume.querySelector("span");
    if (label) label.textContent = this.#unseen ? `Resume, ${this.#unseen} new` : "Resume";
    const all = this.#shown === this.#total;
    this.#count.textContent = all ? `${this.#total} lines` : `${this.#shown} of ${this.#total} lines`;
  }
}
