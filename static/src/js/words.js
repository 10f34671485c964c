// What scripts say, in the page's language. The server writes the translations into the page; what
// is not there is said in English.

/** @type {Record<string, string>} */
const words = JSON.parse(document.getElementById("words")?.textContent || "{}");

/** The language of the page, with Latin digits as the server writes them. */
export const language = `${document.documentElement.lang || "en"}-u-nu-latn`;
export const english = language.startsWith("en");

/** @param {string} text */
export function said(text) {
  return words[text] ?? text;
}
