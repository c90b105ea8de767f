/** A result as files: a picture, and JSON that COCO's tools open. */

import { encodeRle } from "../kseg/rle.js";

/**
 * A result as JSON-ready data, in COCO's format: an annotation for each object, or for
 * each class of a label map whose network has no rule for objects. Label maps stand in
 * `label_map` too, an entry for each class.
 *
 * @param {import("../kseg/types.js").Result} result
 * @param {import("../kseg/types.js").FoundObject[]} objects Those that are to be seen.
 * @param {import("../kseg/types.js").Metadata} metadata
 * @param {string} fileName Of the image.
 * @param {object} facts What else is to be told: accelerator, times, threshold.
 * @returns {object}
 */
export function toJson(result, objects, metadata, fileName, facts) {
  const { width, height } = result;
  const { classes, name, quantization } = metadata;
  const areas = result.task === "semantic" ? classAreas(result, classes) : [];
  const entries = result.objects
    ? objects.map((object, index) => entryOf(result, object, index + 1))
    : areas.map((area) => ({
        ...area,
        bbox: [0, 0, width, height],
        iscrowd: 0,
      }));
  const categories = classes.map((name, id) => ({ id, name }));
  return {
    info: {
      description: "Found by kseg in a browser",
      network: name,
      quantization,
      ...facts,
    },
    images: [{ id: 1, file_name: fileName, width, height }],
    // Objects are never background; label maps have all classes.
    categories: result.task === "instances" ? categories.slice(1) : categories,
    annotations: entries.map((entry, index) => ({
      id: index + 1,
      image_id: 1,
      ...entry,
    })),
    ...(result.task === "semantic" && { label_map: areas }),
  };
}

/**
 * Save bytes as a file of the user's.
 *
 * @param {Blob} blob
 * @param {string} name
 */
export function save(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  // The browser has taken it by then.
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

function entryOf(result, object, id) {
  const { width, height } = result;
  const frame = object.frame ?? object.box.map(Math.round);
  const mask = object.mask ?? maskOf(result.ids, id, frame, width);
  const [y1, x1, y2, x2] = object.box;
  const score = object.score === undefined ? {} : { score: object.score };
  return {
    category_id: object.class,
    bbox: [x1, y1, x2 - x1, y2 - y1],
    area: object.area,
    iscrowd: 0,
    ...score,
    segmentation: encodeRle(mask, frame, height, width),
  };
}

/** The pixels of an object's frame in a map of ids. */
function maskOf(ids, id, [y1, x1, y2, x2], width) {
  const mask = new Uint8Array((y2 - y1) * (x2 - x1));
  let k = 0;
  for (let y = y1; y < y2; y++) {
    for (let x = x1; x < x2; x++) mask[k++] = ids[y * width + x] === id;
  }
  return mask;
}

/** Where each class is, of those that there are. */
function classAreas({ labels, width, height }, classes) {
  const entries = classes.map((_, id) => {
    const mask = labels.map((label) => label === id);
    const area = mask.reduce((sum, value) => sum + value, 0);
    const segmentation = encodeRle(mask, [0, 0, height, width], height, width);
    return { category_id: id, area, segmentation };
  });
  return entries.filter(({ area }) => area > 0);
}
