// Small helps of forms: a suggestion fills its field, and a button that must act once acts once.

/** @param {HTMLElement} button */
function fill(button) {
  const field = document.getElementById(button.dataset.fill ?? "");
  if (!(field instanceof HTMLInputElement)) return;
  field.value = button.dataset.value ?? "";
  field.focus();
  field.dispatchEvent(new Event("input", { bubbles: true }));
}

/**
 * Save what stands in a field as a file. A blob's address holds nothing of it, unlike `data:`.
 * @param {HTMLElement} button
 */
function save(button) {
  const field = document.getElementById(button.dataset.save ?? "");
  if (!(field instanceof HTMLTextAreaElement)) return;
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([field.value], { type: "application/x-pem-file" }));
  link.download = button.dataset.file ?? "";
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

export function startForms() {
  document.addEventListener("click", (event) => {
    const button = event.target instanceof Element && event.target.closest("[data-fill]");
    if (!(button instanceof HTMLElement)) return;
    event.preventDefault(); // without a script it sends the form
    fill(button);
  });
  document.addEventListener("click", (event) => {
    const button = event.target instanceof Element && event.target.closest("[data-save]");
    if (button instanceof HTMLElement) save(button);
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
