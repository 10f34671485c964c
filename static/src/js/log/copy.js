// Lines as text: what is selected without numbers, times and phases; or the marked lines by a button.
import { counted, filled, said } from "../words.js";

/** @typedef {import("./view.js").LogView} LogView */
/** @typedef {import("./lines.js").Lines} Lines */

const MOST = 10_000; // lines
const SAID_MS = 2_000;

/** The selected part of each line's text.
 * @param {HTMLElement} box @param {Range} range */
export function selectedText(box, range) {
  const parts = [];
  for (const text of box.querySelectorAll(".line > span")) {
    if (!range.intersectsNode(text)) continue;
    const part = document.createRange();
    part.selectNodeContents(text);
    if (range.compareBoundaryPoints(Range.START_TO_START, part) > 0) {
      part.setStart(range.startContainer, range.startOffset);
    }
    if (range.compareBoundaryPoints(Range.END_TO_END, part) < 0) {
      part.setEnd(range.endContainer, range.endOffset);
    }
    parts.push(part.toString());
  }
  return parts.join("\n");
}

/** @param {HTMLElement} box @param {HTMLButtonElement} button @param {LogView} view @param {Lines} lines */
export function startCopying(box, button, view, lines) {
  box.addEventListener("copy", (event) => {
    const selection = getSelection();
    if (!selection || selection.isCollapsed || !event.clipboardData) return;
    event.preventDefault();
    event.clipboardData.setData("text/plain", selectedText(box, selection.getRangeAt(0)));
  });
  const words = button.textContent;
  /** @param {string} told */
  const say = (told) => {
    button.textContent = told;
    setTimeout(() => (button.textContent = words), SAID_MS);
  };
  button.addEventListener("click", async () => {
    try {
      const text = await marked(view, lines);
      await navigator.clipboard.writeText(text);
      const count = text.split("\n").length;
      say(counted("Copied 1 line", "Copied {count} lines", count));
    } catch (error) {
      say(error instanceof RangeError ? error.message : said("Not copied: select the lines and press Ctrl+C"));
    }
  });
}

/** The marked lines that are shown, else those in sight; throws RangeError when they are too many.
 * @param {LogView} view @param {Lines} lines */
async function marked(view, lines) {
  const { first, last } = view.marks;
  let { first: from, last: to } = view.inSight;
  if (last >= first && first > 0) {
    from = view.rows.rowOf(first);
    to = view.rows.rowOf(last + 1) - 1;
  }
  if (to - from >= MOST) throw new RangeError(filled("More than {most} lines: download them", { most: MOST }));
  if (to < from) throw new RangeError(said("No line to copy"));
  const entries = await lines.between(view.rows, view.filter, from, to);
  return entries.map((entry) => entry.text).join("\n");
}
