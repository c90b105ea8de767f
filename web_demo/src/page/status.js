/** What the page says: its status, its check against Python, its errors. */

import { Sentence, Stopped } from "./engine.js";

const $ = (id) => document.getElementById(id);

/** @param {string} sentence Read out by screen readers, too. */
export function say(sentence) {
  $("status").textContent = sentence;
}

/**
 * @param {"wait" | "good" | "bad"} state
 * @param {string} sentence
 */
export function check(state, sentence) {
  $("golden").dataset.state = state;
  $("golden").textContent = sentence;
}

/** @param {number} done Tiles. @param {number} total */
export function showProgress(done, total) {
  $("progress").hidden = total < 2;
  $("progress").value = done / total;
}

/** @param {unknown} error Shown as a sentence, whatever it was. */
export function report(error) {
  if (error instanceof Stopped) {
    say("Stopped.");
    return;
  }
  const known = error instanceof Sentence;
  if (!known) console.error(error);
  $("error").textContent = known
    ? error.message
    : `This page failed: ${error?.message ?? error}. Reload it.`;
  $("error").hidden = false;
  say("Ready for another file.");
}
