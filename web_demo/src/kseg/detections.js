/** The objects that a network found: kseg.predict.Detections. */

import { BundleError } from "./errors.js";
import { pasteMask } from "./paste.js";

/**
 * What a network gave for one input, in the pixels of the image that it shows.
 *
 * @param {import('./types.js').Outputs} outputs Of one run.
 * @param {import('./types.js').Metadata} metadata
 * @param {number} height Of the image.
 * @param {number} width
 * @param {[number, number, number, number]} place (top, left, height, width) of the image
 *     in the network's input.
 * @returns {import('./types.js').FoundObject[]} In the network's order. Masks are rendered
 *     from the boxes as they were, then boxes are cut to the image; one that lay outside
 *     altogether is dropped.
 * @throws {BundleError} Outputs that do not fit each other.
 */
export function fromOutputs(outputs, metadata, height, width, place) {
  const { boxes, scores, classes, masks, count } = readOutputs(
    outputs,
    metadata,
  );
  const objects = [];
  for (let i = 0; i < count; i++) {
    const box = [0, 1, 2, 3].map((k) => {
      const [origin, inner] = [place[k % 2], place[2 + (k % 2)]];
      return ((boxes[4 * i + k] - origin) * (k % 2 ? width : height)) / inner;
    });
    const cut = box.map((edge, k) => {
      return Math.fround(Math.min(Math.max(edge, 0), k % 2 ? width : height));
    });
    if (cut[2] <= cut[0] || cut[3] <= cut[1]) continue;
    const { frame, mask } = pasteMask(
      masks.at(i),
      masks.cells,
      box,
      height,
      width,
      metadata.mask_threshold,
    );
    const area = mask.reduce((sum, pixel) => sum + pixel, 0);
    objects.push({
      box: cut,
      score: scores[i],
      class: classes[i],
      frame,
      mask,
      area,
    });
  }
  return objects;
}

/**
 * The outputs by kseg's names, as many as there are.
 *
 * @param {import('./types.js').Outputs} outputs
 * @param {import('./types.js').Metadata} metadata
 * @throws {BundleError} Numbers that no sound network gives.
 */
export function readOutputs(outputs, { output, classes: names }) {
  const of = (name) => outputs[output[name]] ?? [];
  const [boxes, scores, classes, masks] = [
    "boxes",
    "scores",
    "classes",
    "masks",
  ].map(of);
  const most = scores.length;
  const count = of("count")[0];
  if (
    !(count >= 0 && count <= most) ||
    boxes.length !== 4 * most ||
    classes.length !== most
  ) {
    throw wrong(
      `a count of 0 to ${most}, and boxes, scores and classes of one length`,
      count,
    );
  }
  const cells = Math.sqrt(masks.length / Math.max(1, most));
  if (!Number.isInteger(cells))
    throw wrong("square masks", `${masks.length} values`);
  for (let i = 0; i < count; i++) {
    const box = Array.from({ length: 4 }, (_, k) => boxes[4 * i + k]);
    if (!box.every(Number.isFinite) || !Number.isFinite(scores[i])) {
      throw wrong("finite boxes and scores", `${box}, score ${scores[i]}`);
    }
    if (!(classes[i] >= 1 && classes[i] < names.length)) {
      throw wrong(`classes of 1 to ${names.length - 1}`, classes[i]);
    }
  }
  const at = (i) => masks.subarray(i * cells * cells, (i + 1) * cells * cells);
  return {
    boxes,
    scores,
    classes,
    masks: { at, cells: [cells, cells] },
    count,
  };
}

/**
 * The objects with at least this score, the highest first; the same objects.
 *
 * @param {import('./types.js').FoundObject[]} objects With scores.
 * @param {number} score 0 to 1; scores are float32, and so it is compared, as in NumPy.
 * @returns {import('./types.js').FoundObject[]}
 */
export function above(objects, score) {
  const least = Math.fround(score);
  return objects
    .filter((object) => object.score >= least)
    .sort((a, b) => b.score - a.score);
}

/**
 * The objects of a part of an image, in the whole of it.
 *
 * @param {import('./types.js').FoundObject[]} objects
 * @param {number} y Of the part's first pixel.
 * @param {number} x
 * @returns {import('./types.js').FoundObject[]}
 */
export function placed(objects, y, x) {
  const move = [y, x, y, x];
  return objects.map((object) => ({
    ...object,
    box: object.box.map((edge, k) => Math.fround(edge + move[k])),
    frame: object.frame.map((edge, k) => edge + move[k]),
  }));
}

/**
 * One id a pixel: the object at index n is n + 1. Where objects overlap the one of the
 * higher score lies on top, of equal ones the first.
 *
 * @param {import('./types.js').FoundObject[]} objects
 * @param {number} height Of the image.
 * @param {number} width
 * @returns {Int32Array} height * width, 0 background.
 */
export function toIds(objects, height, width) {
  const ids = new Int32Array(height * width);
  const order = objects
    .map((_, n) => n)
    .sort((a, b) => objects[b].score - objects[a].score);
  for (const n of order.reverse()) {
    const { frame, mask } = objects[n];
    const [top, left, bottom, right] = frame;
    for (let y = top, i = 0; y < bottom; y++) {
      for (let x = left; x < right; x++, i++)
        if (mask[i]) ids[y * width + x] = n + 1;
    }
  }
  return ids;
}

function wrong(expected, received) {
  return new BundleError(
    `Expected ${expected} from the network. Received: ${received}. This runtime computes it ` +
      "wrongly, or the file is damaged: export the network again.",
  );
}
