// Times that live: <time data-ago> counts from its datetime, <time data-until> down to it,
// <span data-elapsed-from> ticks.

/** The same words as the server's `ago` filter.
 * @param {number} seconds */
export function ago(seconds) {
  if (seconds < 45) return "just now";
  /** @type {[number, string][]} */
  const units = [[86_400, "d"], [3_600, "h"], [60, "min"]];
  for (const [size, name] of units) {
    if (seconds >= size) return `${Math.floor(seconds / size)} ${name} ago`;
  }
  return "1 min ago";
}

/** `221.4` → `3 min 41 s`, the same words as the server's `duration` filter.
 * @param {number} seconds */
export function duration(seconds) {
  const whole = Math.max(0, Math.round(seconds));
  /** @type {[number, string][]} */
  const parts = [[Math.floor(whole / 3600), "h"], [Math.floor(whole / 60) % 60, "min"], [whole % 60, "s"]];
  return parts.filter(([n]) => n).map(([n, unit]) => `${n} ${unit}`).join(" ") || "0 s";
}

/** @param {string | null} stamp */
function secondsSince(stamp) {
  return (Date.now() - Date.parse(stamp ?? "")) / 1000;
}

function tick() {
  for (const time of document.querySelectorAll("time[data-ago]")) {
    time.textContent = ago(secondsSince(time.getAttribute("datetime")));
  }
  for (const time of document.querySelectorAll("time[data-until]")) {
    time.textContent = duration(-secondsSince(time.getAttribute("datetime")));
  }
  for (const span of document.querySelectorAll("[data-elapsed-from]")) {
    span.textContent = duration(secondsSince(span.getAttribute("data-elapsed-from")));
  }
}

export function startClock() {
  setInterval(tick, 1000);
}
