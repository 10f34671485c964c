import { said as inWords } from "./words.js";

// Buttons with data-copy="text" put the text on the clipboard and say so for a moment.
const SAID_FOR = 1500;

/** @param {HTMLElement} button */
async function copy(button) {
  const label = button.querySelector("[data-copy-label]");
  const before = label?.textContent ?? "";
  let said = inWords("Copied");
  try {
    await navigator.clipboard.writeText(button.dataset.copy ?? "");
  } catch {
    said = inWords("Not allowed to copy");
  }
  if (!label) return;
  label.textContent = said;
  setTimeout(() => {
    label.textContent = before;
  }, SAID_FOR);
}

export function startCopy() {
  document.addEventListener("click", (event) => {
    const button = event.target instanceof Element && event.target.closest("[data-copy]");
    if (button instanceof HTMLElement) void copy(button);
  });
}
