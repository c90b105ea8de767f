/** The golden pair of a bundle: an input, and what the network gave for it at home. */

import { BundleError, ImageError } from "./errors.js";
import { parseJson } from "./json.js";
import { refusing } from "./metadata.js";
import { decodePng } from "./png.js";
import { applyRules } from "./rules.js";
import { RULES } from "./rules_file.js";

/**
 * @param {(name: string, most: number) => Uint8Array} read Gives a member of the bundle,
 *     of so many bytes at most.
 * @param {import('./types.js').Metadata} metadata
 * @param {object} network What is known of it: values of rules.
 * @param {string} file What messages call the bundle.
 * @returns {Promise<import('./types.js').Golden>}
 * @throws {BundleError}
 */
export async function readGolden(read, metadata, network, file) {
  const [height, width] = metadata.input.size;
  const { channels } = metadata.input;
  const { text_bytes, picture_bytes_a_value } = RULES.limits;
  const most = text_bytes + picture_bytes_a_value * height * width * channels;
  const size = [height, width, channels];
  const data = await picture(read("golden.png", most), size, "golden.png", file);
  const image = { data, height, width, channels };
  if (metadata.task === "instances") {
    const content = read("golden_instances.json", most);
    return { image, objects: readObjects(content, metadata, network, file) };
  }
  const name = "golden_labels.png";
  const labels = await picture(
    read(name, most),
    [...metadata.output.size, 1],
    name,
    file,
  );
  const highest = labels.reduce((a, b) => Math.max(a, b), 0);
  if (highest >= metadata.classes.length) {
    throw new BundleError(
      `${file}: its ${name} must have labels under ${metadata.classes.length}, the number ` +
        `of classes. Received: ${highest}. Export the network again.`,
    );
  }
  return { image, labels };
}

/**
 * The pixels of a picture. Other than 1 or 3 channels lie one below the other in it,
 * gray; by its head it is refused before memory is taken.
 */
async function picture(bytes, [height, width, channels], what, file) {
  const colour = channels === 3;
  const rows = colour ? height : height * channels;
  if (!hasHead(bytes, width, rows, colour)) {
    throw new BundleError(
      `${file}: its ${what} must be a PNG of ${width} x ${rows} pixels, ` +
        `${colour ? "RGB" : "gray"}, 8 bits, not interlaced, as the network's sizes say. ` +
        "Received: another file. Export the network again.",
    );
  }
  try {
    const { data } = await decodePng(bytes, height * width * channels);
    return colour ? data : interleaved(data, channels);
  } catch (error) {
    if (!(error instanceof ImageError)) throw error;
    throw new BundleError(`${file}: its ${what}: ${error.message}`);
  }
}

function hasHead(bytes, width, rows, colour) {
  const head = new Uint8Array(29);
  head.set([137, 80, 78, 71, 13, 10, 26, 10, 0, 0, 0, 13, 73, 72, 68, 82]);
  const view = new DataView(head.buffer);
  view.setUint32(16, width);
  view.setUint32(20, rows);
  head.set([8, colour ? 2 : 0], 24);
  return head.every((byte, i) => bytes[i] === byte);
}

function interleaved(data, channels) {
  const pixels = data.length / channels;
  return Uint8Array.from(data, (_, i) => {
    return data[(i % channels) * pixels + Math.floor(i / channels)];
  });
}

function readObjects(bytes, metadata, network, file) {
  let objects;
  try {
    objects = parseJson(bytes);
  } catch (error) {
    throw new BundleError(
      `${file}: its golden_instances.json is not JSON (${error.message}). Export the ` +
        "network again.",
    );
  }
  const values = { ...metadata, network, golden_objects: objects };
  applyRules(RULES.golden_objects, values, refusing(file));
  // As Python has them: what stands there has more digits than a float32.
  const boxes = objects.boxes.map((box) => box.map(Math.fround));
  return { ...objects, boxes };
}
