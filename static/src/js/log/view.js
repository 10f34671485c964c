// A window onto any number of lines: only those in sight, and a few around, are elements. A pane as
// high as the box sticks in a tall empty space, and we draw at the row `#top`, `#offset` pixels in.
// So the scroll bar's place may be corrected without anything moving, lines may have any height, and
// there may be more of them than a browser's highest element could hold.
import { emptyLine, fillLine } from "./line.js";
import { Rows } from "./rows.js";

/** @typedef {import("./chain.js").Entry} Entry */
/** @typedef {{element: HTMLElement, entry: Entry | null, drawn: number}} Item */

const AROUND = 20; // rows above and below those in sight
const SELECTED = 200; // rows that stay because somebody selected in them
const HIGHEST_PX = 16_000_000; // Firefox ends at 17.8 million, Chromium at 33.5
const IDLE_MS = 150;

export class LogView {
  rows = new Rows();
  /** @type {import("./asks.js").Filter} */
  filter = { phase: "", level: "info" };
  /** @type {import("./line.js").Look} */
  look = { began: 0, relative: false, needle: "" };
  following = true;
  /** @type {() => void} */
  onDrawn = () => {};
  unseen = 0;
  wrap = true;
  #lines;
  #box;
  #space = document.createElement("div");
  #pane = document.createElement("div");
  #list = document.createElement("div");
  /** @type {Map<number, Item>} by seq */
  #items = new Map();
  #version = 1;
  #first = 0; // row of the first element
  #top = 0; // row at the upper edge
  #offset = 0; // pixels of it above the edge
  #held = 0; // seq that stays in the middle until somebody scrolls
  #marks = [0, -1];
  #at = 0; // where the scroll bar stood when we last looked
  #down = false;
  #high = 0;
  #rowHeight = 20;
  #average = 20;
  #sync = false;
  #frame = 0;
  /** @type {number | undefined} */
  #idle;

  /** @param {HTMLElement} box what scrolls @param {import("./lines.js").Lines} lines */
  constructor(box, lines) {
    this.#box = box;
    this.#lines = lines;
    this.#space.className = "log-space";
    this.#pane.className = "log-pane";
    this.#list.className = "log-list";
    this.#pane.append(this.#list);
    this.#space.append(this.#pane);
    box.replaceChildren(this.#space);
    box.addEventListener("scroll", () => this.draw(), { passive: true });
    new ResizeObserver(() => this.draw()).observe(box);
    document.addEventListener("visibilitychange", () => this.draw());
    document.addEventListener("selectionchange", () => this.draw());
  }

  /** Draw in the next frame. @param {boolean} [anew] lines look different now */
  draw(anew = false) {
    if (anew) this.#version += 1;
    if (!this.#frame) this.#frame = requestAnimationFrame(() => this.#draw());
  }

  /** Other rows: keep the line that was at the top, or the end.
   * @param {Rows} rows */
  show(rows) {
    const seq = this.rows.count ? this.rows.seqAt(Math.min(this.#top, this.rows.count - 1)) : 0;
    this.rows = rows;
    this.#top = Math.min(rows.rowOf(seq), Math.max(0, rows.count - 1));
    this.#offset = 0;
    this.#sync = true;
    this.draw();
  }

  /** Show a line in the middle and stop following. One that is not there yet is shown when it comes.
   * @param {number} seq */
  jump(seq) {
    this.following = false;
    this.#held = seq;
    this.#down = false;
    this.#sync = true;
    this.draw();
  }

  toStart() {
    this.following = false;
    [this.#held, this.#top, this.#offset, this.#down, this.#sync] = [0, 0, 0, false, true];
    this.draw();
  }

  follow() {
    this.following = true;
    this.#held = 0;
    this.draw();
  }

  /** @param {number} first @param {number} last seqs of the lines that are marked */
  mark(first, last) {
    this.#marks = [first, last];
    this.draw();
  }

  get marks() {
    return { first: this.#marks[0] ?? 0, last: this.#marks[1] ?? -1 };
  }

  /** First and last row in sight. */
  get inSight() {
    const height = this.#box.clientHeight;
    const last = this.#top + Math.ceil((height + this.#offset) / this.#rowHeight) - 1;
    return { first: this.#top, last: Math.min(last, this.rows.count - 1) };
  }

  /** @param {boolean} wrap */
  setWrap(wrap) {
    this.wrap = wrap;
    this.#box.classList.toggle("no-wrap", !wrap);
    this.#held ||= this.following || !this.rows.count ? 0 : this.rows.seqAt(this.#top);
    this.#sync = true;
    this.draw();
  }

  get #exact() {
    return !this.wrap && this.rows.count * this.#rowHeight <= HIGHEST_PX;
  }

  #draw() {
    this.#frame = 0;
    const height = this.#box.clientHeight;
    if (!height) return;
    this.#rowHeight = parseFloat(getComputedStyle(this.#list).lineHeight) || 20;
    this.#average = Math.max(this.#average, this.#rowHeight);
    this.#scrolled(height);
    this.#pane.style.blockSize = `${height}px`;
    const missing = this.#fill(height);
    this.#settle(height);
    this.#box.toggleAttribute("data-empty", !this.rows.count);
    if (missing < 0) this.#lines.wantNothing();
    else this.#lines.want(this.rows, this.filter, missing);
    if (this.following) this.unseen = 0;
    this.onDrawn();
  }

  /** Take over what the reader did since the last frame. @param {number} height */
  #scrolled(height) {
    const now = this.#box.scrollTop;
    const delta = now - this.#at;
    if (Math.abs(delta) < 1) return;
    this.#at = now;
    [this.#held, this.#down] = [0, delta > 0];
    const most = this.#high - height;
    const far = Math.abs(delta) > 2 * height;
    const near = 3 * height;
    const rest = (this.rows.count - this.#top) * this.#rowHeight - height;
    this.following = false;
    if (now >= most - 1 && (this.#exact || far || rest < near)) this.following = true;
    else if (this.#exact) this.#goTo(now / this.#rowHeight);
    else if (now <= 0 && (far || this.#top * this.#rowHeight < near)) this.#goTo(0);
    else if (!far) this.#offset += delta;
    else this.#goTo((now / most) * Math.max(0, this.rows.count - height / this.#rowHeight));
    while (this.#offset < 0 && this.#top > 0) this.#offset += this.#heightOf(--this.#top);
    while (this.#offset >= this.#heightOf(this.#top) && this.#top < this.rows.count - 1) {
      this.#offset -= this.#heightOf(this.#top++);
    }
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => {
      this.#sync = true;
      this.draw();
    }, IDLE_MS);
  }

  /** @param {number} place row and a fraction of it */
  #goTo(place) {
    this.#top = Math.floor(place);
    this.#offset = (place - this.#top) * this.#rowHeight;
  }

  /** @param {number} row */
  #heightOf(row) {
    const element = this.wrap ? this.#list.children[row - this.#first] : null;
    return (element instanceof HTMLElement && element.offsetHeight) || this.#rowHeight;
  }

  /** Make the elements; a row that is not here yet, or -1. @param {number} height */
  #fill(height) {
    const count = this.rows.count;
    const fits = Math.ceil(height / this.#rowHeight);
    if (this.#held) {
      this.#top = Math.max(0, Math.min(this.rows.rowOf(this.#held), count - 1));
      this.#offset = (this.#rowHeight - height) / 2;
      this.#sync = true; // rows may have come since: the scroll bar goes along
    }
    if (this.following) [this.#top, this.#offset] = [Math.max(0, count - fits), 0];
    const above = this.#top + Math.min(0, Math.floor(this.#offset / this.#rowHeight)) - AROUND;
    const selected = this.#selected();
    const below = this.#top + fits + AROUND;
    const first = Math.max(0, Math.min(above, Math.max(selected.first, above - SELECTED)));
    const last = Math.min(count - 1, Math.max(below, Math.min(selected.last, below + SELECTED)));
    let missing = -1;
    /** @type {Map<number, Item>} */
    const items = new Map();
    for (let row = first; row <= last; row += 1) {
      const seq = this.rows.seqAt(row);
      const item = this.#items.get(seq) ?? { element: emptyLine(seq), entry: null, drawn: 0 };
      item.entry ??= this.#lines.get(seq) ?? null;
      if (item.entry && item.drawn !== this.#version) {
        fillLine(item.element, item.entry, this.look);
        item.drawn = this.#version;
      }
      const [from = 0, to = -1] = this.#marks;
      item.element.classList.toggle("linked", from <= seq && seq <= to);
      if (!item.entry && (missing < this.#top || missing < 0)) missing = row;
      items.set(seq, item);
    }
    this.#first = first;
    this.#arrange(items);
    return missing;
  }

  /** The elements in order; those that stay are not touched, for the sake of selections.
   * @param {Map<number, Item>} items */
  #arrange(items) {
    for (const [seq, { element }] of this.#items) if (!items.has(seq)) element.remove();
    this.#items = items;
    let at = this.#list.firstElementChild;
    for (const { element } of items.values()) {
      if (element === at) at = at.nextElementSibling;
      else this.#list.insertBefore(element, at);
    }
  }

  /** Rows in which somebody selects; none: first > last. */
  #selected() {
    const none = { first: Infinity, last: -1 };
    const selection = getSelection();
    if (!selection || selection.isCollapsed) return none;
    const rows = [selection.anchorNode, selection.focusNode].map((node) => {
      const line = (node instanceof Element ? node : node?.parentElement)?.closest(".line");
      const seq = line && this.#list.contains(line) ? Number(line.id.slice(1)) : 0;
      return this.rows.has(seq) ? this.rows.rowOf(seq) : -1;
    });
    return rows.some((row) => row < 0) ? none : { first: Math.min(...rows), last: Math.max(...rows) };
  }

  /** Put the elements where they belong, and the scroll bar too. @param {number} height */
  #settle(height) {
    const length = this.#list.childElementCount;
    const total = this.wrap ? this.#list.offsetHeight : length * this.#rowHeight;
    const atEnd = this.#first + length >= this.rows.count;
    let y = -this.#offset - this.#edge(this.#top);
    if (this.#held) y += Math.max(0, this.#heightOf(this.#top) - this.#rowHeight) / -2;
    if (atEnd && (this.following || y + total <= height)) {
      y = height - total;
      this.following ||= this.#down;
    }
    if (this.#first === 0) y = Math.min(0, y);
    let row = this.wrap ? this.#first : this.#first + Math.max(0, Math.floor(-y / this.#rowHeight));
    const end = this.#first + length - 1;
    while (this.wrap && row < end && this.#edge(row + 1) <= -y) row += 1;
    const place = { row: Math.max(0, row), offset: -y - this.#edge(row) };
    if (!this.#held) [this.#top, this.#offset] = [place.row, place.offset];
    this.#list.style.transform = `translateY(${y}px)`;
    if (this.wrap && length && (this.#sync || length === this.rows.count)) this.#average = total / length;
    this.#place(height, place);
  }

  /** Pixels from the first element to this row's. @param {number} row */
  #edge(row) {
    if (!this.wrap) return (row - this.#first) * this.#rowHeight;
    const element = this.#list.children[row - this.#first];
    return element instanceof HTMLElement ? element.offsetTop : 0;
  }

  /** @param {number} height @param {{row: number, offset: number}} edge what is at the upper edge */
  #place(height, { row, offset }) {
    const wish = this.rows.count * (this.wrap ? this.#average : this.#rowHeight);
    this.#high = Math.max(height, Math.min(Math.ceil(wish), HIGHEST_PX));
    this.#space.style.blockSize = `${this.#high}px`;
    if (!this.following && !this.#exact && !this.#sync) return;
    this.#sync = false;
    const most = this.#high - height;
    const rest = Math.max(1, this.rows.count - height / this.#average);
    // Room to scroll on both sides, unless it is the very start.
    let place = row || offset ? Math.min(most - 2, Math.max(1, (row / rest) * most)) : 0;
    if (this.#exact) place = row * this.#rowHeight + offset;
    if (this.following) place = most;
    if (Math.abs(this.#box.scrollTop - place) >= 1) this.#box.scrollTop = place;
    this.#at = this.#box.scrollTop;
  }
}
