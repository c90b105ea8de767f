/** Label maps of whole images, from those of their tiles. */

import { BundleError } from "./errors.js";
import { objectClasses, separate } from "./labels.js";
import { measure } from "./measure.js";
import { cutTile, planTiles } from "./tiles.js";

/**
 * The label map that a network gave for one tile.
 *
 * @param {import('./types.js').Outputs} outputs
 * @param {import('./types.js').Metadata} metadata
 * @returns {ArrayLike<number>} Of the output's size; of logits the largest that has a
 *     name, of equal ones the first.
 * @throws {BundleError} Another size, or a class without a name.
 */
export function labelsOf(outputs, { output, classes }) {
  const found = outputs[output.name] ?? [];
  const pixels = output.size[0] * output.size[1];
  const each = output.kind === "logits" ? found.length / pixels : 1;
  const labels =
    output.kind === "logits"
      ? argMax(found, pixels, each, classes.length)
      : found;
  const known = labels.length === pixels && Number.isInteger(each) && each >= 1;
  if (!known || labels.some((label) => label >= classes.length)) {
    throw new BundleError(
      `Expected ${pixels} labels below ${classes.length} from the network. Received: ` +
        `${found.length} values, or higher ones. Export the network again.`,
    );
  }
  return labels;
}

/**
 * The label map of an image, tile by tile.
 *
 * @param {import('./types.js').Image} image Prepared.
 * @param {import('./types.js').Metadata} metadata
 * @param {(pixels: Uint8Array) => Promise<import('./types.js').Outputs>} run
 * @returns {Promise<Uint8Array>}
 */
export async function predictLabels(image, metadata, run) {
  const { width, height } = image;
  const { input, output } = metadata;
  const labels = new Uint8Array(width * height);
  for (const { row, column } of planTiles(height, width, metadata)) {
    const outputs = await run(() =>
      cutTile(image, row.start, column.start, input.size),
    );
    const found = labelsOf(outputs, metadata);
    const left = column.from - column.start - output.offset[1];
    for (let y = row.from; y < row.to; y++) {
      const from = (y - row.start - output.offset[0]) * output.size[1] + left;
      labels.set(
        found.subarray(from, from + column.to - column.from),
        y * width + column.from,
      );
    }
  }
  return labels;
}

/**
 * A label map with its objects, as the page takes it.
 *
 * @param {Uint8Array} labels
 * @param {number} height
 * @param {number} width
 * @param {import('./types.js').Metadata} metadata
 * @returns {import('./types.js').SemanticResult}
 */
export function semanticResult(labels, height, width, { instances: rule }) {
  const result = {
    task: "semantic",
    width,
    height,
    labels,
    ids: null,
    objects: null,
  };
  if (rule === null) return result;
  const { count, ids } = separate(labels, height, width, rule);
  const objects = measure(ids, count, labels, width, objectClasses(rule));
  return { ...result, ids, objects };
}

function argMax(logits, pixels, each, classes) {
  const labels = new Uint8Array(pixels);
  for (let i = 0, at = 0; i < pixels; i++, at += each) {
    for (let k = 1, best = logits[at]; k < classes; k++) {
      if (logits[at + k] > best) [best, labels[i]] = [logits[at + k], k];
    }
  }
  return labels;
}
