/** The bundles to choose from: those that the server offers, and files of the user's. */

import { Sentence } from "./engine.js";

/** @typedef {{ name: string, get: () => Promise<Blob> }} Bundle */

const bundles = []; // in the order of the list

/**
 * Put a bundle in the list; one of the same name is replaced.
 *
 * @param {Bundle} bundle
 * @returns {number} Its place.
 */
export function addBundle(bundle) {
  const same = bundles.findIndex(({ name }) => name === bundle.name);
  const place = same < 0 ? bundles.length : same;
  bundles[place] = bundle;
  const list = document.getElementById("bundle");
  list.options[place] = new Option(bundle.name.replace(/\.tflite$/, ""), place);
  list.disabled = false;
  return place;
}

/**
 * @param {number} place
 * @returns {Bundle | null} null of a place that there is not, such as -1.
 */
export function bundleAt(place) {
  return bundles[place] ?? null;
}

/** List the bundles that the server offers: none where it says nothing of any. */
export async function addOffered() {
  for (const { name } of await offered()) {
    const get = async () => {
      const response = await fetch(`bundles/${encodeURIComponent(name)}`);
      if (!response.ok) throw new Sentence(`${name} is gone. Reload the page.`);
      return response.blob();
    };
    addBundle({ name, get });
  }
}

async function offered() {
  try {
    const response = await fetch("bundles/index.json");
    return response.ok ? await response.json() : [];
  } catch {
    return [];
  }
}
