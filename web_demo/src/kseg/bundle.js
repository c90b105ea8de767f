/**
 * The bundle: a .tflite file with an uncompressed zip behind it that says what the
 * network's numbers mean (kseg/bundle/file.py, docs/export.md).
 */

import { BundleError } from "./errors.js";
import { describe } from "./flatbuffer.js";
import { readGolden } from "./golden_files.js";
import { checkMetadata } from "./metadata.js";
import { sha256 } from "./sha256.js";
import { ArchiveError, readDirectory, readMember } from "./zip.js";

const METADATA = "metadata.json";
// The checksums of the other members, since format version 2.
const SUMS = "sha256.txt";
// What the browser's runtime passes in and out.
const BROWSER_TYPES = ["float32", "int32", "uint8"];

/**
 * Read a bundle and check that it is whole, sound, and of a kind that this page can run.
 *
 * @param {ArrayBuffer} buffer The file.
 * @param {string} [name] What messages call it.
 * @returns {Promise<import('./types.js').Bundle>} Views into the buffer, not copies.
 * @throws {BundleError} With a sentence: not a bundle, a plain .tflite, cut short,
 *     altered, of a newer format, an operator or a number type that the browser's runtime
 *     lacks, metadata or golden files that make no sense.
 */
export async function readBundle(buffer, name = "This file") {
  const bytes = new Uint8Array(buffer);
  const members = readMembers(bytes, name);
  const metadata = checkMetadata(members.metadata, name);
  const read = members.checked(metadata.format_version);
  const flatbuffer = bytes.subarray(0, metadata.flatbuffer_bytes);
  if (sha256(flatbuffer) !== metadata.sha256) {
    throw new BundleError(
      `${name} was altered or damaged: the sha256 of its network is not the one in its ` +
        "metadata. Copy or export the file again.",
    );
  }
  checkNetwork(flatbuffer, metadata, name);
  const golden = await readGolden(read, metadata, name);
  return { flatbuffer, metadata, golden };
}

/**
 * The parsed metadata.json; and what checks it, by the format version, and gives the
 * function that reads other members.
 */
function readMembers(bytes, name) {
  let entries;
  let json;
  try {
    entries = readDirectory(bytes);
    json = readMember(bytes, entries, METADATA);
  } catch (error) {
    if (error instanceof ArchiveError)
      throw new BundleError(noMetadata(bytes, name, error));
    throw error;
  }
  const read = (member) => {
    try {
      return readMember(bytes, entries, member);
    } catch (error) {
      if (!(error instanceof ArchiveError)) throw error;
      throw new BundleError(
        `${name}: ${error.message}. A bundle holds a golden image and what it gave at home, ` +
          "to check this device by. Copy the file again, or export the network again.",
      );
    }
  };
  const checked = (version) => {
    if (version < 2) return read;
    const sums = new TextDecoder().decode(read(SUMS)).split("\n");
    const readChecked = (member) => {
      const content = read(member);
      if (sums.includes(`${sha256(content)}  ${member}`)) return content;
      throw new BundleError(
        `${name} was altered or damaged: the sha256 of its ${member} is not the one in ` +
          `its ${SUMS}. Copy or export the file again.`,
      );
    };
    readChecked(METADATA);
    return readChecked;
  };
  try {
    return {
      metadata: JSON.parse(
        new TextDecoder("utf-8", { fatal: true }).decode(json),
      ),
      checked,
    };
  } catch (error) {
    throw new BundleError(
      `${name}: metadata.json is not JSON (${error.message}). Export the network again.`,
    );
  }
}

/** Why there is no metadata: what the file looks like instead. */
function noMetadata(bytes, name, error) {
  const text = (from, to) => String.fromCharCode(...bytes.subarray(from, to));
  if (text(4, 8) !== "TFL3") {
    return (
      `${name} is not a kseg bundle: expected a .tflite file that kseg exported. Received: ` +
      `${bytes.length} bytes of something else. Choose a file of a run's export folder.`
    );
  }
  if (wasCutShort(bytes)) {
    return `${name} was cut short: its end is missing after ${bytes.length} bytes. Copy it again.`;
  }
  const { customOps } = tryDescribe(bytes, name);
  if (customOps.length) return refusedOps(customOps, name);
  return (
    `${name} is a .tflite file without readable kseg metadata (${error.message}), which says ` +
    "what its numbers mean: either kseg did not write it, or it was cut short. Export the " +
    "network with kseg export, or copy the file again."
  );
}

/** Whether an archive begins in the file, or the flatbuffer itself does not end in it. */
function wasCutShort(bytes) {
  try {
    describe(bytes);
  } catch (error) {
    if (error instanceof RangeError) return true;
    throw error;
  }
  const start = [0x50, 0x4b, 3, 4];
  const name = Array.from("metadata.json", (letter) => letter.charCodeAt(0));
  for (
    let at = bytes.indexOf(start[0]);
    at >= 0;
    at = bytes.indexOf(start[0], at + 1)
  ) {
    const found = (wanted, from) =>
      wanted.every((byte, i) => bytes[from + i] === byte);
    if (found(start, at) && found(name, at + 30)) return true;
  }
  return false;
}

function tryDescribe(flatbuffer, name) {
  try {
    return describe(flatbuffer);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new BundleError(
      `${name}: its network cannot be read, a table leaves the file. Export the network again.`,
    );
  }
}

/** Operators, and the types and shapes of what goes in and comes out. */
function checkNetwork(flatbuffer, metadata, name) {
  const { customOps, inputs, outputs } = tryDescribe(flatbuffer, name);
  if (customOps.length) throw new BundleError(refusedOps(customOps, name));
  const { input } = metadata;
  const shape = [1, ...input.size, input.channels];
  const expected = [tensor(input.name, "uint8", shape)];
  compare(inputs, expected, "an input", name);
  compare(outputs, expectedOutputs(metadata, outputs), "an output", name);
}

function refusedOps(customOps, name) {
  const flex = customOps.some((op) => op.startsWith("Flex"));
  const list = [...new Set(customOps)].slice(0, 5).join(", ");
  return (
    `${name} needs operators that no browser has: expected builtin ones only. Received: ` +
    `${list}${flex ? ' (TensorFlow, "Flex")' : " (custom)"}. Export the network with kseg export, ` +
    "which uses builtin operators."
  );
}

/**
 * What the metadata says comes out; the file itself says how many objects at most. A
 * list, so that one name that is given to two outputs is compared with both.
 */
function expectedOutputs({ task, output, classes }, outputs) {
  if (task === "semantic") {
    const label = output.kind === "label_map";
    const channels = outputs.get(output.name)?.shape[3] ?? 0;
    const shape = [
      1,
      ...output.size,
      ...(label ? [] : [Math.max(classes.length, channels)]),
    ];
    return [tensor(output.name, label ? "uint8" : "float32", shape)];
  }
  const [most = 1, side = 1] = outputs.get(output.masks)?.shape.slice(1) ?? [];
  return [
    tensor(output.boxes, "float32", [1, most, 4]),
    tensor(output.scores, "float32", [1, most]),
    tensor(output.classes, "int32", [1, most]),
    tensor(output.masks, "float32", [1, most, side, side]),
    tensor(output.count, "int32", [1]),
  ];
}

function tensor(key, dtype, shape) {
  return { key, dtype, shape };
}

function compare(found, expected, what, name) {
  for (const { key, dtype, shape } of expected) {
    const own = found.get(key);
    const wanted = `${what} '${key}' of ${dtype}, shape ${shape.join("x")}`;
    const received = own
      ? `${own.dtype}, shape ${own.shape.join("x")}`
      : "none of that name";
    if (
      own?.dtype !== dtype ||
      own.shape.join() !== shape.join() ||
      shape.some((n) => n < 1)
    ) {
      const passes = !own || BROWSER_TYPES.includes(own.dtype);
      throw new BundleError(
        `${name}: expected ${wanted}, as its metadata says. Received: ${received}. ` +
          (passes ? "" : `Browsers pass ${BROWSER_TYPES.join(", ")} only. `) +
          "Export the network with kseg export, which takes and gives such numbers.",
      );
    }
  }
}
