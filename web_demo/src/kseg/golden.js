/** What a bundle's network gives here, beside what it gave where it was made. */

import { readOutputs } from "./detections.js";
import { RULES } from "./rules_file.js";
import { labelsOf } from "./semantic.js";

const { same_labels: SAME_LABELS, same_box: SAME_BOX } = RULES.golden;

/**
 * Run the golden image and compare with what the bundle gave where it was made.
 *
 * @param {import('./types.js').Run} run
 * @param {import('./types.js').Bundle} bundle
 * @returns {Promise<{agrees: boolean, sentence: string}>} The sentence says how far it
 *     agrees, or what differs.
 * @throws {import('./errors.js').BundleError} Outputs that no sound network gives.
 */
export async function runGolden(run, { metadata, golden }) {
  const outputs = await run(golden.image.data);
  if (metadata.task === "semantic") {
    return checkGolden({ labels: labelsOf(outputs, metadata) }, golden);
  }
  return checkGolden({ objects: readOutputs(outputs, metadata) }, golden);
}

/**
 * The same several times, until it disagrees: on an accelerator right answers may be
 * followed by wrong ones.
 *
 * @param {import('./types.js').Run} run
 * @param {import('./types.js').Bundle} bundle
 * @param {number} times At least 1.
 * @returns {ReturnType<typeof runGolden>} What was said last.
 */
export async function runGoldenTimes(run, bundle, times) {
  const check = await runGolden(run, bundle);
  return times > 1 && check.agrees
    ? runGoldenTimes(run, bundle, times - 1)
    : check;
}

/**
 * Label maps agree where 99 % of the pixels do; objects where count and classes are the
 * same and boxes lie within 0.5 pixels, each beside the nearest of its class: kernels
 * differ between processors in the last bit, so objects of nearly one score may change
 * places.
 *
 * @param {{labels?: Uint8Array, objects?: {boxes: ArrayLike<number>,
 *     classes: ArrayLike<number>, count: number}}} found Boxes four by four.
 * @param {import('./types.js').Golden} golden
 * @returns {{agrees: boolean, sentence: string}}
 */
export function checkGolden(found, golden) {
  return found.labels
    ? checkLabels(found.labels, golden.labels)
    : checkObjects(found.objects, golden.objects);
}

function checkLabels(found, golden) {
  if (found.length !== golden.length) {
    return differs(`${golden.length} labels, as the golden ones`, found.length);
  }
  let same = 0;
  for (let i = 0; i < golden.length; i++)
    same += Number(found[i] === golden[i]);
  const share = same / golden.length;
  // Rounded down: what does not agree must not look as if it did.
  const percent = (Math.floor(share * 1e4) / 100).toFixed(2);
  return share >= SAME_LABELS
    ? agrees(`${percent} % of the golden label map's pixels are the same`)
    : differs("at least 99 % of the golden label map's pixels", `${percent} %`);
}

function checkObjects(found, golden) {
  const [here, there] = [
    list(found, (i) => [0, 1, 2, 3].map((k) => found.boxes[4 * i + k])),
    list(golden, (i) => golden.boxes[i]),
  ];
  const classes = (objects) =>
    objects.map((object) => object.class).sort((a, b) => a - b);
  const counted = (objects) =>
    `${objects.length} of the classes ${tally(classes(objects))}`;
  if (classes(here).join() !== classes(there).join()) {
    return differs(
      `the golden image's objects, ${counted(there)}`,
      counted(here),
    );
  }
  const apart = farthest(here, there);
  return apart <= SAME_BOX
    ? agrees(
        `all ${there.length} objects of the golden image, boxes within ${apart.toFixed(2)} pixels`,
      )
    : differs(
        `boxes within ${SAME_BOX} pixels of the golden image's`,
        `${apart.toFixed(2)} pixels`,
      );
}

function list({ classes, count }, boxOf) {
  return Array.from({ length: count }, (_, i) => ({
    class: classes[i],
    box: boxOf(i),
  }));
}

/** "1 (30), 2 (5)" */
function tally(classes) {
  const counts = new Map();
  for (const id of classes) counts.set(id, (counts.get(id) ?? 0) + 1);
  return (
    [...counts].map(([id, count]) => `${id} (${count})`).join(", ") || "none"
  );
}

/** The largest distance of an edge, each box beside the nearest that is left. */
function farthest(here, there) {
  const left = new Set(there);
  let most = 0;
  for (const object of here) {
    let [nearest, distance] = [null, Infinity];
    for (const other of left) {
      if (other.class !== object.class) continue;
      const apart = Math.max(
        ...object.box.map((edge, k) => Math.abs(edge - other.box[k])),
      );
      if (apart < distance) [nearest, distance] = [other, apart];
    }
    left.delete(nearest);
    most = Math.max(most, distance);
  }
  return most;
}

function agrees(what) {
  return { agrees: true, sentence: `This device agrees: ${what}.` };
}

function differs(expected, received) {
  return {
    agrees: false,
    sentence:
      `This device does not agree. Expected ${expected}. Received: ${received}. ` +
      "It computes the network wrongly.",
  };
}
