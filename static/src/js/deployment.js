// The progress page: the live log, and a tab whose title and icon show how the run stands.
import { Chain } from "./log/chain.js";
import { LogSearch } from "./log/search.js";
import { LogSource } from "./log/source.js";
import { LogView } from "./log/view.js";
import { Notifier } from "./notify.js";
import { said as inWords } from "./words.js";

/** @type {Record<import("./log/source.js").State, string>} */
const WORDS = {
  live: "live",
  reconnecting: "reconnecting",
  finished: "finished",
  refused: "you may no longer read this log",
};

/** @param {HTMLElement} root */
function startLog(root) {
  const view = new LogView(root);
  new LogSearch(root, root.dataset.log ?? "", view);
  const chain = new Chain();
  const said = /** @type {HTMLElement} */ (root.querySelector("#log-state"));
  let words = inWords("connecting");
  let proof = "";
  let phase = "";

  const tell = () => {
    said.textContent = [words, proof].filter(Boolean).join(" · ");
  };
  const source = new LogSource(
    root.dataset.log ?? "",
    (page) => {
      chain.add(page.entries);
      const first = source.lastSeq === page.entries.length;
      view.append(page.entries);
      if (first) view.showLinked();
      const newest = page.entries.findLast((entry) => entry.phase)?.phase ?? phase;
      if (newest !== phase || page.finished) {
        phase = newest;
        document.body.dispatchEvent(new CustomEvent("phase-changed"));
      }
      if (page.chain !== undefined && source.lastSeq === page.last_seq) void prove(page.chain);
    },
    (state) => {
      words = inWords(WORDS[state]);
      root.dataset.state = state;
      tell();
    },
  );

  /** @param {string} expected */
  async function prove(expected) {
    const checked = chain.possible ? ((await chain.matches(expected)) ? inWords(", hash ok") : inWords(", HASH DIFFERS")) : "";
    proof = `${inWords("complete")}${checked}`;
    tell();
  }

  source.start();
}

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
if (root instanceof HTMLElement) startLog(root);
