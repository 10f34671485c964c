// The log of a page, put together. A short log is streamed from its first line and its hash checked
// on the way; of a long one we begin at the end, and fetch what somebody looks at.
import { ask, passes } from "./asks.js";
import { Badge } from "./badge.js";
import { startChoices } from "./choices.js";
import { startCopying } from "./copy.js";
import { LogFilter } from "./filter.js";
import { startLinks } from "./links.js";
import { Lines } from "./lines.js";
import { LogSearch } from "./search.js";
import { LogSource } from "./source.js";
import { Speaker } from "./speaker.js";
import { LogView } from "./view.js";
import { counted, filled, said } from "../words.js";

/** @typedef {import("./source.js").Page} Page */

const WHOLE = 10_000; // lines: as many are streamed from the first one on
const TAIL = 200;
const AGAIN_MS = 2_000;

/** @param {HTMLElement} root the section with the log's parts; `data-log` is its subject
 * @param {(phase: string, finished: boolean) => void} onPhase the newest phase has changed */
export async function startLog(root, onPhase) {
  const subject = root.dataset.log ?? "";
  /** @param {string} id */
  const part = (id) => /** @type {HTMLElement} */ (root.querySelector(`#${id}`));
  const box = part("log-lines");
  const lines = new Lines(subject, () => view.draw());
  const view = new LogView(box, lines);
  const badge = new Badge(root, subject);
  const filter = new LogFilter(root, subject, view);
  const search = new LogSearch(root, subject, view, () => filter.total);
  const speaker = new Speaker(part("log-spoken"));
  let phase = "";
  let live = false;

  filter.onChange = () => search.again();
  startChoices(part("log-wrap"), part("log-times"), view);
  startCopying(box, /** @type {HTMLButtonElement} */ (part("log-copy")), view, lines);
  startKeys(root, box, view, search);
  startResume(part("log-resume"), part("log-count"), box, view, filter);
  startLinks(box, view);

  const source = new LogSource(
    subject,
    (page) => {
      lines.put(page.entries);
      const first = source.lastSeq === page.entries.length && page.entries[0];
      if (first) view.look.began = Date.parse(first.at);
      const shown = filter.add(page.entries);
      if (!view.following) view.unseen += shown;
      else if (live) speaker.add(page.entries.filter((entry) => passes(entry, view.filter)));
      search.add(page.entries);
      badge.page(page, source.lastSeq, live);
      live = source.lastSeq >= (page.last_seq ?? source.lastSeq);
      view.draw();
      const newest = page.entries.findLast((entry) => entry.phase)?.phase ?? phase;
      if (newest !== phase || page.finished) onPhase((phase = newest), page.finished);
    },
    (state) => {
      if (state === "reconnecting" || state === "offline") live = false;
      badge.state(state);
    },
  );
  source.start(await begin(subject, lines, view, badge, filter));
}

/** Look how long the log is; the last line that need not come live.
 * @param {string} subject @param {Lines} lines @param {LogView} view @param {Badge} badge
 * @param {LogFilter} filter */
async function begin(subject, lines, view, badge, filter) {
  for (;;) {
    try {
      const asked = Date.now();
      const clock = await ask(subject, "counts", { until: 1 });
      badge.clock(asked, clock.now);
      if (clock.began) view.look.began = Date.parse(clock.began);
      if (clock.last_seq <= WHOLE) return 0;
      const end = await ask(subject, "page", { tail: TAIL });
      lines.put(end.entries);
      badge.startAfter(end.last_seq, end.chain);
      void filter.start(end.last_seq);
      view.draw();
      return end.last_seq;
    } catch (error) {
      // Whoever may not read it is told so by the stream.
      if (/: 40[134]$/.test(String(error))) return 0;
      badge.state(navigator.onLine ? "reconnecting" : "offline");
      await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
    }
  }
}

/** Only while the log has the focus: single letters elsewhere belong to others (WCAG 2.1.4).
 * @param {HTMLElement} root @param {HTMLElement} box @param {LogView} view @param {LogSearch} search */
function startKeys(root, box, view, search) {
  /** @type {Record<string, () => void>} */
  const keys = {
    "/": () => search.focus(),
    n: () => search.go(1),
    N: () => search.go(-1),
    End: () => view.follow(),
    Home: () => view.toStart(),
  };
  box.addEventListener("keydown", (event) => {
    const act = keys[event.key];
    if (!act || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    act();
  });
  root.querySelector("#log-search")?.addEventListener("keydown", (event) => {
    if (/** @type {KeyboardEvent} */ (event).key !== "Escape") return;
    event.preventDefault(); // browsers would empty the field, and `n` had nothing to go to
    box.focus({ preventScroll: true });
  });
}

/** @param {HTMLElement} resume @param {HTMLElement} told @param {HTMLElement} box
 * @param {LogView} view @param {LogFilter} filter */
function startResume(resume, told, box, view, filter) {
  resume.addEventListener("click", () => {
    view.follow();
    box.focus({ preventScroll: true });
  });
  view.onDrawn = () => {
    resume.hidden = view.following;
    const fresh = counted("1 new line", "{count} new lines", view.unseen);
    const label = resume.querySelector("span");
    if (label) label.textContent = view.unseen ? fresh : said("Resume");
    const [shown, total] = [view.rows.count, filter.total];
    const all = shown === total;
    const words = all ? counted("1 line", "{count} lines", total) : filled("{shown} of {total} lines", { shown, total });
    told.textContent = filter.failed ? `${words} (${said("the filter failed, choose again")})` : words;
  };
}
