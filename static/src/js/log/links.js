// `#L1041` and `#L1041-L1090` in the address: lines that are marked, and that one can send somebody.

/** @typedef {import("./view.js").LogView} LogView */

/** First and last line that an address names; null when it names none.
 * @param {string} hash */
export function linesOf(hash) {
  const found = /^#L(\d{1,15})(?:-L(\d{1,15}))?$/.exec(hash);
  if (!found) return null;
  const [one, other] = [Number(found[1]), Number(found[2] ?? found[1])];
  return { first: Math.max(1, Math.min(one, other)), last: Math.max(one, other) };
}

/** @param {HTMLElement} box @param {LogView} view */
export function startLinks(box, view) {
  const show = () => {
    const wanted = linesOf(location.hash);
    if (!wanted) return;
    view.mark(wanted.first, wanted.last);
    view.jump(wanted.first);
    box.scrollIntoView({ block: "center" }); // the page may be long above the log
  };
  addEventListener("hashchange", show);
  box.addEventListener("click", (event) => {
    const number = event.target instanceof Element ? event.target.closest("a") : null;
    if (!number || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    const seq = Number(number.textContent);
    const { first, last } = view.marks;
    const from = event.shiftKey && last >= first ? Math.min(first, seq) : seq;
    const to = event.shiftKey && last >= first ? Math.max(first, seq) : seq;
    point(view, from, to);
  });
  box.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.target !== box || !view.rows.count) return;
    const { first, last } = view.marks;
    const top = view.rows.seqAt(view.inSight.first);
    if (last >= first && first > 0) point(view, first, last);
    else point(view, top, top);
  });
  show();
}

/** Mark lines and name them in the address. @param {LogView} view
 * @param {number} from @param {number} to */
function point(view, from, to) {
  view.following = false; // who points at a line wants to look at it
  view.mark(from, to);
  history.replaceState(history.state, "", from === to ? `#L${from}` : `#L${from}-L${to}`);
}
