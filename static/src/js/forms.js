// Small helps of forms: a suggestion fills its field, and a button that must act once acts once.

/** @param {HTMLElement} button */
function fill(button) {
  const field = document.getElementById(button.dataset.fill ?? "");
  if (!(field instanceof HTMLInputElement)) return;
  field.value = button.dataset.value ?? "";
  field.focus();
  field.dispatchEvent(new Event("input", { bubbles: true }));
}

export function startForms() {
  document.addEventListener("click", (event) => {
    const button = event.target instanceof Element && event.target.closest("[data-fill]");
    if (button instanceof HTMLElement) fill(button);
  });
  document.addEventListener("submit", (event) => {
    const { submitter } = event;
    if (!(submitter instanceof HTMLElement) || !submitter.dataset.once) return;
    if (submitter.getAttribute("aria-disabled") === "true") {
      event.preventDefault();
      return;
    }
    submitter.setAttribute("aria-disabled", "true");
    submitter.textContent = submitter.dataset.once;
  });
  // A page taken back from the browser's memory has its buttons alive again.
  addEventListener("pageshow", (event) => {
    if (event.persisted) location.reload();
  });
}
