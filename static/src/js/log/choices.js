// Wrap or not, times of day or since the beginning: kept in this browser, nothing else is.

/** @typedef {import("./view.js").LogView} LogView */

const KEPT = "log-choices";

/** @returns {{wrap?: boolean, relative?: boolean}} */
function kept() {
  try {
    return JSON.parse(localStorage.getItem(KEPT) ?? "{}") ?? {};
  } catch {
    return {};
  }
}

/** @param {HTMLElement} wrap @param {HTMLElement} times toggle buttons @param {LogView} view */
export function startChoices(wrap, times, view) {
  const { wrap: wraps = true, relative = false } = kept();
  view.setWrap(wraps);
  view.look.relative = relative;
  const tell = () => {
    wrap.setAttribute("aria-pressed", String(view.wrap));
    times.setAttribute("aria-pressed", String(view.look.relative));
    try {
      localStorage.setItem(KEPT, JSON.stringify({ wrap: view.wrap, relative: view.look.relative }));
    } catch {
      // A browser that keeps nothing starts anew each time.
    }
  };
  wrap.addEventListener("click", () => {
    view.setWrap(!view.wrap);
    tell();
  });
  times.addEventListener("click", () => {
    view.look.relative = !view.look.relative;
    view.draw(true);
    tell();
  });
  tell();
}
