// A notification of the browser when the run waits, stopped or came to its end. Asked for by a
// button, never on load; the browser keeps the permission, this tab whether it was asked for.

import { said } from "./words.js";

const KEY = `notify:${location.pathname}`;

export class Notifier {
  /** @type {string} */
  #last;

  /** @param {HTMLElement | null} button
   * @param {HTMLElement | null} words */
  constructor(button, words) {
    this.button = button;
    this.words = words;
    this.#last = document.getElementById("overview")?.dataset.news ?? "";
    if (!button) return;
    if (!("Notification" in window)) {
      button.hidden = true;
      this.#say("This browser has no notifications.");
      return;
    }
    button.addEventListener("click", () => void this.#toggle());
    this.#show();
  }

  get #on() {
    return sessionStorage.getItem(KEY) === "on" && Notification.permission === "granted";
  }

  async #toggle() {
    if (this.#on) {
      sessionStorage.removeItem(KEY);
    } else if ((await Notification.requestPermission()) === "granted") {
      sessionStorage.setItem(KEY, "on");
    }
    this.#show();
  }

  #show() {
    if (!this.button) return;
    this.button.textContent = said(this.#on ? "Stop notifying me here" : "Notify me here");
    if (this.#on) this.#say("You are notified when it waits, stops or is ready, while this tab is open.");
    else if (Notification.permission === "denied")
      this.#say("This browser refuses notifications of this site. Allow them in its settings for this site.");
    else this.#say("While this page is open in a tab, even in the background.");
  }

  /** @param {string} text */
  #say(text) {
    if (this.words) this.words.textContent = said(text);
  }

  /** What the page shows now. `news` is empty while there is nothing to tell.
   * @param {string} news
   * @param {string} title */
  see(news, title) {
    const again = news === this.#last;
    this.#last = news;
    if (!news || again || !this.button || !("Notification" in window) || !this.#on) return;
    const shown = new Notification(title, { tag: KEY });
    shown.addEventListener("click", () => {
      window.focus();
      shown.close();
    });
  }
}
