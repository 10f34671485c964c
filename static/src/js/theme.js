// Light, dark or the system's choice. Kept in a cookie, so that the server draws the right theme
// at once and the page never flashes.
const YEAR = 31_536_000;

/** @param {string} theme "catalyst", "catalyst-dark" or "" for the system's choice */
function choose(theme) {
  const root = document.documentElement;
  if (theme) root.dataset.theme = theme;
  else delete root.dataset.theme;
  document.cookie = `theme=${theme}; Path=/; Max-Age=${theme ? YEAR : 0}; SameSite=Lax`;
  mark();
}

function mark() {
  const now = document.documentElement.dataset.theme ?? "";
  for (const button of document.querySelectorAll("[data-set-theme]")) {
    button.setAttribute("aria-pressed", String(button.getAttribute("data-set-theme") === now));
  }
}

export function startTheme() {
  document.addEventListener("click", (event) => {
    const button = event.target instanceof Element && event.target.closest("[data-set-theme]");
    if (button) choose(button.getAttribute("data-set-theme") ?? "");
  });
  mark();
}
