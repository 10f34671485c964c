// Questions to the server about one log. One look of the server is bounded; `looks` goes on.

/** @typedef {import("./chain.js").Entry} Entry */
/** @typedef {{phase: string, level: string}} Filter phase or empty for all; this level or worse */

const RANK = { info: 0, warn: 1, error: 2 };

/** @param {string} level */
export const rank = (level) => RANK[/** @type {keyof typeof RANK} */ (level)] ?? 0;

/** @param {Filter} filter */
export const everything = (filter) => !filter.phase && !rank(filter.level);

/** @param {{phase: string, level: string}} entry @param {Filter} filter */
export function passes(entry, filter) {
  return (!filter.phase || entry.phase === filter.phase) && rank(entry.level) >= rank(filter.level);
}

/** A JSON answer; throws when there is none.
 * @param {string} subject @param {string} what
 * @param {Record<string, string | number>} query @param {AbortSignal} [signal]
 * @returns {Promise<any>} */
export async function ask(subject, what, query, signal) {
  const words = Object.entries(query).map(([name, value]) => [name, String(value)]);
  const address = `/log/${subject}/${what}?${new URLSearchParams(words)}`;
  const answer = await fetch(address, signal ? { signal } : {});
  if (!answer.ok) throw new Error(`${what}: ${answer.status}`);
  return answer.json();
}

/** Look after look over lines `after` … `until`, as long as there is something to look at.
 * @param {string} subject @param {string} what
 * @param {Record<string, string | number>} query @param {AbortSignal} signal
 * @returns {AsyncGenerator<any>} */
export async function* looks(subject, what, query, signal) {
  /** @type {number | null} */
  let after = Number(query.after ?? 0);
  while (after !== null && !signal.aborted) {
    const look = await ask(subject, what, { ...query, after }, signal);
    yield look;
    after = look.next ?? null;
  }
}
