// The progress page: the live log, and a tab whose title and icon show how the run stands.
import { startLog } from "./log/start.js";
import { Notifier } from "./notify.js";

/** Title and icon of the tab say what the overview says. */
function showState() {
  const overview = document.getElementById("overview");
  if (!overview) return;
  document.title = overview.dataset.title ?? document.title;
  const icon = document.getElementById("favicon");
  if (icon instanceof HTMLLinkElement && overview.dataset.favicon) icon.href = overview.dataset.favicon;
}

const notifier = new Notifier(document.getElementById("notify"), document.getElementById("notify-words"));
document.body.addEventListener("htmx:afterSwap", () => {
  showState();
  const overview = document.getElementById("overview");
  if (overview) notifier.see(overview.dataset.news ?? "", overview.dataset.title ?? "");
});
const root = document.querySelector("[data-log]");
if (root instanceof HTMLElement) {
  void startLog(root, () => document.body.dispatchEvent(new CustomEvent("phase-changed")));
}
