/** What the tests share: golden values, written by tools/make_web_golden.py, and zips. */

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { inflateSync } from "node:zlib";

import { readBundle } from "../../src/kseg/bundle.js";
import { crc32 } from "../../src/kseg/crc32.js";
import { BundleError } from "../../src/kseg/errors.js";
import { checkMetadata } from "../../src/kseg/metadata.js";
import { sha256 } from "../../src/kseg/sha256.js";

const GOLDEN = new URL("../golden/", import.meta.url);
const ARRAYS = {
  uint8: Uint8Array,
  uint16: Uint16Array,
  int32: Int32Array,
  float32: Float32Array,
};

/** The cases of a golden file, its arrays unpacked to {data, shape}. */
export function cases(name) {
  const text = readFileSync(new URL(`${name}.json`, GOLDEN), "utf8");
  return JSON.parse(text, (_, value) => (value?.zlib ? unpack(value) : value));
}

function unpack({ dtype, shape, zlib }) {
  const bytes = new Uint8Array(inflateSync(Buffer.from(zlib, "base64")));
  return { data: new ARRAYS[dtype](bytes.buffer), shape };
}

/** An array (height, width, channels) as the modules take images. */
export function asImage({ data, shape: [height, width, channels] }) {
  return { data, height, width, channels };
}

/** A golden bundle, as a fresh ArrayBuffer. */
export function bundleFile(name) {
  return new Uint8Array(
    readFileSync(new URL(`bundles/${name}.tflite`, GOLDEN)),
  );
}

/** A file of the repository's own tests. */
export function repositoryFile(path) {
  return new Uint8Array(
    readFileSync(new URL(`../../../${path}`, import.meta.url)),
  );
}

/** Metadata as `readBundle` gives it, of what a golden case says. */
export function metadataOf(said) {
  const file = { format_version: 1, sha256: "", flatbuffer_bytes: 8 };
  return checkMetadata({ ...file, ...said }, "a test");
}

/** A network that knows the answers to some pixels, and no others. */
export function recordedRun(runs) {
  const calls = [];
  const run = async (pixels) => {
    const key = createHash("sha256").update(pixels).digest("hex");
    calls.push(key);
    if (!(key in runs))
      throw new Error(`call ${calls.length}: pixels that Python did not give`);
    const outputs = Object.entries(runs[key]);
    return Object.fromEntries(outputs.map(([name, { data }]) => [name, data]));
  };
  return Object.assign(run, { calls });
}

/** The members of a bundle by name; each is the last of its name. */
export function members(bytes) {
  const found = {};
  const view = new DataView(bytes.buffer);
  for (let at = 0; at + 30 < bytes.length; at++) {
    if (view.getUint32(at, true) !== 0x04034b50) continue;
    const start =
      at + 30 + view.getUint16(at + 26, true) + view.getUint16(at + 28, true);
    const name = Buffer.from(
      bytes.subarray(at + 30, at + 30 + view.getUint16(at + 26, true)),
    );
    found[name.toString()] = bytes.slice(
      start,
      start + view.getUint32(at + 22, true),
    );
  }
  return found;
}

/** A flatbuffer with an uncompressed zip behind it. */
export function withArchive(flatbuffer, contents) {
  const parts = [flatbuffer];
  const directory = [];
  let at = flatbuffer.length;
  for (const [name, content] of Object.entries(contents)) {
    const fields = [crc32(content), content.length, content.length];
    const local = Buffer.alloc(30);
    local.writeUInt32LE(0x04034b50, 0);
    fields.forEach((value, k) => local.writeUInt32LE(value, 14 + 4 * k));
    local.writeUInt16LE(name.length, 26);
    const entry = Buffer.alloc(46);
    entry.writeUInt32LE(0x02014b50, 0);
    fields.forEach((value, k) => entry.writeUInt32LE(value, 16 + 4 * k));
    entry.writeUInt16LE(name.length, 28);
    entry.writeUInt32LE(at, 42);
    parts.push(local, Buffer.from(name), content);
    directory.push(entry, Buffer.from(name));
    at += 30 + name.length + content.length;
  }
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(Object.keys(contents).length, 10);
  end.writeUInt32LE(
    directory.reduce((sum, part) => sum + part.length, 0),
    12,
  );
  end.writeUInt32LE(at, 16);
  return new Uint8Array(Buffer.concat([...parts, ...directory, end]));
}

/** A golden bundle with its metadata, or what `change` is given besides, changed. */
export function changed(name, change, sum = summed) {
  const bytes = bundleFile(name);
  const contents = members(bytes);
  const metadata = JSON.parse(
    Buffer.from(contents["metadata.json"]).toString(),
  );
  const flatbuffer = bytes.slice(0, metadata.flatbuffer_bytes);
  change(metadata, contents, flatbuffer);
  if (contents["metadata.json"]) {
    contents["metadata.json"] = Buffer.from(JSON.stringify(metadata));
  }
  sum(contents);
  return withArchive(flatbuffer, contents);
}

/** Put the checksums in, as kseg does. */
export function summed(contents) {
  delete contents["sha256.txt"];
  const lines = Object.entries(contents).map(
    ([name, content]) => `${sha256(content)}  ${name}\n`,
  );
  contents["sha256.txt"] = Buffer.from(lines.join(""));
}

/** Whoever opens these bytes gets this sentence. */
export async function refused(bytes, sentence) {
  await assert.rejects(readBundle(bytes.buffer, "it.tflite"), (error) => {
    assert.ok(error instanceof BundleError, error.stack);
    assert.match(error.message, sentence);
    assert.match(error.message, /it\.tflite/);
    assert.match(error.message, /\.$/);
    return true;
  });
}
