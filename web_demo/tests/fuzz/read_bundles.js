/** The page's verdicts of bundles: a path a line, answers a line; tests/fuzz/bundles.py. */

import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";

import { readBundle } from "../../src/kseg/bundle.js";
import { BundleError } from "../../src/kseg/errors.js";
import { objectClasses } from "../../src/kseg/labels.js";

const NAMES = ["boxes", "scores", "classes", "masks", "count"];

/** What is used of a bundle, in one line that every reader writes alike. */
function summary({ flatbuffer, metadata, golden }) {
  const { input, output, tiling, instances } = metadata;
  let [sizes, result] = [NAMES.map((name) => output[name]), golden.labels];
  if (golden.labels) {
    sizes = [output.kind, output.name, ...output.size, ...output.offset];
  } else {
    const { boxes, scores, classes, count } = golden.objects;
    const floats = [...boxes.slice(0, count).flat(), ...scores.slice(0, count)];
    result = Buffer.concat([
      Buffer.from(Float32Array.from(floats).buffer),
      Buffer.from(Int32Array.from(classes.slice(0, count)).buffer),
    ]);
  }
  const fields = [
    ...[metadata.task, metadata.name, input.name, ...input.size],
    ...[input.channels, input.resize, bits(input.magnification)],
    ...[intensity(input.intensity), ...sizes, tiling.margin, tiling.stride],
    ...[metadata.classes.length, rule(instances)],
    ...[bits(metadata.score_threshold), bits(metadata.mask_threshold)],
    ...[metadata.quantization, metadata.oldest_runtime],
    ...[flatbuffer, golden.image.data, result].map(digest),
  ];
  return fields.join("|");
}

const bits = (number) => new Uint32Array(Float32Array.of(number).buffer)[0];

function intensity({ rule, low, high, channels }) {
  const limits = low === null ? [] : [bits(low), bits(high)];
  return [rule, ...limits, ...(channels ?? [])].join(" ");
}

function rule(said) {
  if (said === null) return "none";
  return [said.method, ...objectClasses(said), said.min_area].join(" ");
}

function digest(data) {
  return createHash("sha256").update(data).digest("hex").slice(0, 16);
}

async function verdict(path) {
  try {
    const bytes = new Uint8Array(readFileSync(path));
    return `read ${escaped(summary(await readBundle(bytes.buffer, "it.tflite")))}`;
  } catch (error) {
    const { message } = error;
    const sentence = message.includes("it.tflite") && message.endsWith(".");
    if (error instanceof BundleError && sentence) return "refused";
    return `ERROR ${JSON.stringify(error.stack)}`;
  }
}

/** As Python's "unicode_escape" writes it, so that an answer is one line. */
function escaped(text) {
  const short = { "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t" };
  return Array.from(text, (letter) => {
    const code = letter.codePointAt(0);
    if (short[letter]) return short[letter];
    if (code >= 32 && code < 127) return letter;
    const hex = code.toString(16);
    if (code < 256) return `\\x${hex.padStart(2, "0")}`;
    return code < 65536
      ? `\\u${hex.padStart(4, "0")}`
      : `\\U${hex.padStart(8, "0")}`;
  }).join("");
}

for await (const path of createInterface({ input: process.stdin }))
  console.log(await verdict(path));
