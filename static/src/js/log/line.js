// One line as elements. Text goes in as text nodes only: what a program printed is never markup.
import { rank } from "./asks.js";

/** @typedef {import("./chain.js").Entry} Entry */
/** @typedef {{began: number, relative: boolean, needle: string}} Look
 *   `began`: Unix milliseconds of the log's first line; `needle`: what is looked for, lower case */

/** @param {number} seq */
export function emptyLine(seq) {
  const line = document.createElement("div");
  line.className = "line pending";
  line.id = `L${seq}`;
  line.dataset.seq = String(seq);
  const number = document.createElement("a");
  number.href = `#L${seq}`;
  number.textContent = String(seq);
  number.tabIndex = -1; // one stop for the whole log, not one a line
  line.append(number, document.createElement("time"), document.createElement("b"), document.createElement("span"));
  return line;
}

/** @param {HTMLElement} line @param {Entry} entry @param {Look} look */
export function fillLine(line, entry, look) {
  const [, time, phase, text] = /** @type {HTMLElement[]} */ ([...line.children]);
  if (!time || !phase || !text) return;
  line.className = `line ${rank(entry.level) ? entry.level : "info"}`;
  /** @type {HTMLTimeElement} */ (time).dateTime = entry.at;
  time.title = entry.at;
  time.textContent = look.relative ? sinceBegan(entry.at, look.began) : entry.at.slice(11, 23);
  phase.textContent = entry.phase;
  text.replaceChildren(...marked(entry.text, look.needle));
}

/** `+03:41.204`: how long after the log's first line.
 * @param {string} at @param {number} began */
function sinceBegan(at, began) {
  const all = Math.max(0, Date.parse(at) - began);
  if (Number.isNaN(all)) return "";
  /** @param {number} number @param {number} digits */
  const pad = (number, digits) => String(Math.floor(number)).padStart(digits, "0");
  const hours = all >= 3_600_000 ? `${Math.floor(all / 3_600_000)}:` : "";
  return `+${hours}${pad((all / 60_000) % 60, 2)}:${pad((all / 1000) % 60, 2)}.${pad(all % 1000, 3)}`;
}

/** @param {string} text @param {string} needle */
function marked(text, needle) {
  const low = needle ? text.toLowerCase() : "";
  // Where lower case has another length (`İ`), places would be wrong: leave such a line alone.
  if (!needle || low.length !== text.length) return [text];
  const parts = [];
  let from = 0;
  for (let at = low.indexOf(needle); at >= 0; at = low.indexOf(needle, from)) {
    const mark = document.createElement("mark");
    mark.textContent = text.slice(at, at + needle.length);
    parts.push(text.slice(from, at), mark);
    from = at + needle.length;
  }
  return [...parts, text.slice(from)];
}
