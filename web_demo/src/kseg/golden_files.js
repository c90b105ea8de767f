/** The golden pair of a bundle: an input, and what the network gave for it at home. */

import { BundleError, ImageError } from "./errors.js";
import { decodePng } from "./png.js";

/**
 * @param {(name: string) => Uint8Array} read Gives a member of the bundle.
 * @param {import('./types.js').Metadata} metadata
 * @param {string} file What messages call the bundle.
 * @returns {Promise<import('./types.js').Golden>}
 * @throws {BundleError}
 */
export async function readGolden(read, metadata, file) {
  const [height, width] = metadata.input.size;
  const { channels } = metadata.input;
  const png = await picture(
    read("golden.png"),
    height * width * channels,
    "image",
    file,
  );
  const image = { data: interleaved(png, channels), height, width, channels };
  if (metadata.task === "instances") {
    return { image, objects: readObjects(read("golden_instances.json"), file) };
  }
  const [rows, columns] = metadata.output.size;
  const labels = await picture(
    read("golden_labels.png"),
    rows * columns,
    "label map",
    file,
  );
  return { image, labels: labels.data };
}

/** An 8-bit PNG of so many values, or a sentence. */
async function picture(bytes, values, what, file) {
  let png;
  try {
    png = await decodePng(bytes, values);
  } catch (error) {
    if (!(error instanceof ImageError)) throw error;
    throw new BundleError(`${file}: its golden ${what}: ${error.message}`);
  }
  if (png.data.length !== values || png.data.BYTES_PER_ELEMENT !== 1) {
    throw new BundleError(
      `${file}: its golden ${what} must have ${values} values of 8 bits, as the network's ` +
        `sizes say. Received: a PNG of ${png.width} x ${png.height} pixels with ` +
        `${png.channels} channels. Export the network again.`,
    );
  }
  return png;
}

/** Other than 1 or 3 channels lie one below the other in the PNG. */
function interleaved({ data, channels: stored }, channels) {
  if (stored === channels) return data;
  const pixels = data.length / channels;
  const out = new Uint8Array(data.length);
  for (let c = 0; c < channels; c++) {
    for (let i = 0; i < pixels; i++)
      out[i * channels + c] = data[c * pixels + i];
  }
  return out;
}

function readObjects(bytes, file) {
  let found;
  try {
    found = JSON.parse(new TextDecoder().decode(bytes));
  } catch (error) {
    throw new BundleError(
      `${file}: its golden objects are not JSON (${error.message}). Export the network again.`,
    );
  }
  const numbers = (list) => Array.isArray(list) && list.every(Number.isFinite);
  const lists = [found?.scores, found?.classes, found?.mask_sums];
  const length = lists[0]?.length;
  const sound =
    lists.every((list) => numbers(list) && list.length === length) &&
    Array.isArray(found.boxes) &&
    found.boxes.length === length &&
    found.boxes.every((box) => numbers(box) && box.length === 4) &&
    Number.isInteger(found.count) &&
    found.count >= 0 &&
    found.count <= length;
  if (!sound) {
    throw new BundleError(
      `${file}: its golden objects must be boxes, scores, classes, mask_sums of one length and ` +
        "a count within. Received: something else. Export the network again.",
    );
  }
  return found;
}
