/**
 * The bundle: a .tflite file with an uncompressed zip behind it that says what the
 * network's numbers mean (kseg/bundle/reading.py, docs/bundle_format.md).
 */

import { BundleError } from "./errors.js";
import { describe } from "./flatbuffer.js";
import { readGolden } from "./golden_files.js";
import { parseJson } from "./json.js";
import { checkMetadata, refusing } from "./metadata.js";
import { applies, applyRules, evaluate } from "./rules.js";
import { RULES } from "./rules_file.js";
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
  const { content, member } = openArchive(bytes, name);
  const metadata = checkMetadata(readMetadata(content, name), name);
  const read = checkedBySums(metadata, content, member, name);
  const flatbuffer = bytes.subarray(0, metadata.flatbuffer_bytes);
  if (sha256(flatbuffer) !== metadata.sha256)
    throw new BundleError(altered(name, "network", "metadata"));
  const network = checkNetwork(flatbuffer, metadata, name);
  const golden = await readGolden(read, metadata, network, name);
  return { flatbuffer, metadata, golden };
}

/** What metadata.json holds, and a function that gives other members. */
function openArchive(bytes, name) {
  try {
    const entries = readDirectory(bytes);
    const limit = RULES.limits.text_bytes;
    const content = readMember(bytes, entries, METADATA, limit);
    return { content, member: (...which) => needed(bytes, entries, name, which) };
  } catch (error) {
    if (!(error instanceof ArchiveError)) throw error;
    throw new BundleError(noMetadata(bytes, name, error));
  }
}

function needed(bytes, entries, name, which) {
  try {
    return readMember(bytes, entries, ...which);
  } catch (error) {
    if (!(error instanceof ArchiveError)) throw error;
    throw new BundleError(
      `${name}: ${error.message}. A bundle holds a golden image and what it gave at home, ` +
        "to check this device by. Copy the file again, or export the network again.",
    );
  }
}

function readMetadata(content, name) {
  try {
    return parseJson(content);
  } catch (error) {
    throw new BundleError(
      `${name}: metadata.json is not JSON (${error.message}). Export the network again.`,
    );
  }
}

/** The function that gives other members, each of its checksum. */
function checkedBySums(metadata, content, member, name) {
  if (metadata.format_version < 2) return member;
  const lines = new TextDecoder().decode(
    member(SUMS, RULES.limits.text_bytes),
  );
  const sums = lines.split("\n");
  const check = (what, bytes) => {
    if (sums.includes(`${sha256(bytes)}  ${what}`)) return bytes;
    throw new BundleError(altered(name, what, SUMS));
  };
  check(METADATA, content);
  return (what, most) => check(what, member(what, most));
}

function altered(name, what, where) {
  return (
    `${name} was altered or damaged: the sha256 of its ${what} is not the one in its ` +
    `${where}. Copy or export the file again.`
  );
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
  const found = tryDescribe(flatbuffer, name);
  if (found.customOps.length)
    throw new BundleError(refusedOps(found.customOps, name));
  const { signatures, inputs } = found;
  const network = { signatures, inputs: inputs.size };
  const values = { ...metadata, network };
  for (const rule of RULES.tensors) {
    if (applies(rule, values)) compare(rule, found, values, name);
  }
  applyRules(RULES.network, values, refusing(name));
  return network;
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

/** One tensor; a side that has a letter is whatever it is where it comes first. */
function compare({ side, name: key, type, shape }, found, values, name) {
  const called = evaluate(key, values);
  const own = found[side].get(called);
  const wanted = shape.map((length, place) => {
    if (typeof length !== "string" || length.includes("."))
      return evaluate(length, values);
    values.network[length] ??= Math.max(1, own?.shape[place] ?? 1);
    return values.network[length];
  });
  if (own?.dtype === type && own.shape.join() === wanted.join()) return;
  const passes = !own || BROWSER_TYPES.includes(own.dtype);
  throw new BundleError(
    `${name}: expected an ${side.slice(0, -1)} '${called}' of ${type}, shape ` +
      `${wanted.join("x")}, as its metadata says. Received: ` +
      `${own ? `${own.dtype}, shape ${own.shape.join("x")}` : "none of that name"}. ` +
      (passes ? "" : `Browsers pass ${BROWSER_TYPES.join(", ")} only. `) +
      "Export the network with kseg export, which takes and gives such numbers.",
  );
}
