// What scripts say, in the page's language. The server writes the translations into the page; what
// is not there is said in English.

/** @type {Record<string, string>} */
const words = JSON.parse(document.getElementById("script-words")?.textContent || "{}");

/** The language of the page, with Latin digits as the server writes them. */
export const language = `${document.documentElement.lang || "en"}-u-nu-latn`;
export const english = language.startsWith("en");

/** @param {string} text */
export function said(text) {
  return words[text] ?? text;
}

export const number = new Intl.NumberFormat(language);

/** `{count} lines` with its places filled in, numbers as the page's language writes them.
 * @param {string} text @param {Record<string, string | number>} values */
export function filled(text, values) {
  return said(text).replace(/\{(\w+)\}/g, (_, name) => {
    const value = values[name] ?? "";
    return typeof value === "number" ? number.format(value) : value;
  });
}

/** One of it, or many. @param {string} one @param {string} many with `{count}` @param {number} count */
export function counted(one, many, count) {
  return count === 1 ? said(one) : filled(many, { count });
}
