// Times that live: <time data-ago> counts from its datetime, <time data-until> down to it,
// <span data-elapsed-from> ticks.

import { english, language, said } from "./words.js";

/** The same words as the server's `ago` filter.
 * @param {number} seconds */
export function ago(seconds) {
  if (seconds < 45) return said("just now");
  /** @type {[number, string, Intl.RelativeTimeFormatUnit][]} */
  const units = [[86_400, "d", "day"], [3_600, "h", "hour"], [0, "min", "minute"]];
  const [size, short, unit] = units.find(([least]) => seconds >= least) ?? [0, "min", "minute"];
  const count = Math.max(1, Math.floor(seconds / (size || 60)));
  return english ? `${count} ${short} ago` : new Intl.RelativeTimeFormat(language).format(-count, unit);
}

/** `221.4` → `3 min 41 s`, the same words as the server's `duration` filter.
 * @param {number} seconds */
export function duration(seconds) {
  const whole = Math.max(0, Math.round(seconds));
  /** @type {[number, string, string][]} */
  const parts = [
    [Math.floor(whole / 3600), "h", "hour"],
    [Math.floor(whole / 60) % 60, "min", "minute"],
    [whole % 60, "s", "second"],
  ];
  const shown = parts.filter(([n]) => n);
  if (!shown.length) shown.push([0, "s", "second"]);
  if (english) return shown.map(([n, short]) => `${n} ${short}`).join(" ");
  return shown.map(([n, , unit]) => counted(n, unit)).join(" و");
}

/** @param {number} n
 * @param {string} unit */
function counted(n, unit) {
  return new Intl.NumberFormat(language, { style: "unit", unit, unitDisplay: "long" }).format(n);
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
