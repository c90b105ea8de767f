import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import test from "node:test";

import { readBundle } from "../../src/kseg/bundle.js";
import { crc32 } from "../../src/kseg/crc32.js";
import { BundleError } from "../../src/kseg/errors.js";
import { sha256 } from "../../src/kseg/sha256.js";
import {
  bundleFile,
  changed,
  members,
  refused,
  repositoryFile,
} from "./helpers.js";

const read = (bytes) => readBundle(bytes.buffer, "it.tflite");

test("reads a bundle that kseg trained and exported", async () => {
  const bytes = repositoryFile("tests/golden/tiny-int8.tflite");
  const { flatbuffer, metadata, golden } = await read(bytes);
  assert.equal(flatbuffer.length, 21792);
  assert.deepEqual(metadata.classes, ["background", "nucleus", "border"]);
  assert.deepEqual(metadata.input.size, [128, 128]);
  assert.deepEqual(metadata.tiling, { margin: 8, stride: 4 });
  assert.equal(golden.image.data.length, 128 * 128 * 3);
  assert.equal(golden.labels.length, 128 * 128);
  assert.equal(metadata.quantization, "int8");
});

test("reads the golden pair of each kind, and fills in what may be left out", async () => {
  const labels = await read(bundleFile("labels"));
  const ramp = (length) => Uint8Array.from({ length }, (_, i) => i);
  assert.deepEqual(labels.golden.image.data, ramp(6 * 7 * 3));
  assert.deepEqual(
    labels.golden.labels,
    Uint8Array.from({ length: 12 }, (_, i) => i % 2),
  );
  assert.deepEqual(labels.metadata.palette, [
    [0, 0, 0],
    [255, 255, 255],
  ]);
  assert.equal(labels.metadata.instances, null);
  assert.equal(labels.metadata.input.resize, "tile");
  const five = await read(bundleFile("five_channels"));
  assert.deepEqual(five.golden.image.data, ramp(6 * 7 * 5));
  const objects = await read(bundleFile("objects"));
  assert.equal(objects.golden.objects.count, 2);
  assert.deepEqual(objects.golden.objects.boxes[1], [4, 5, 6, 7]);
  assert.equal(objects.metadata.input.resize, "letterbox");
  assert.equal(objects.metadata.score_threshold, 0.5);
  assert.equal((await read(bundleFile("no_objects"))).golden.objects.count, 0);
});

test("a bundle as its writer in the tests makes it is a bundle", async () => {
  assert.equal(
    (await read(changed("labels", () => {}))).metadata.name,
    "small",
  );
});

test("every place where a bundle is cut gets a sentence", async () => {
  const bytes = bundleFile("labels");
  for (let length = 0; length < bytes.length; length += 13) {
    const what = length < 8 ? /not a kseg bundle/ : /cut short/;
    await refused(bytes.slice(0, length), what);
  }
});

test("every byte of a bundle that is altered gets a sentence or does not matter", async () => {
  const bytes = bundleFile("objects");
  let told = 0;
  for (let at = 0; at < bytes.length; at += 7) {
    const other = bytes.map((byte, i) => (i === at ? byte ^ 0x40 : byte));
    await read(other).catch((error) => {
      assert.ok(error instanceof BundleError, `byte ${at}: ${error.stack}`);
      told++;
    });
  }
  // What is left are dates, versions and labels.txt.
  assert.ok(
    told > 0.75 * Math.ceil(bytes.length / 7),
    `${told} of ${bytes.length / 7}`,
  );
});

test("other files and networks that browsers cannot run get a sentence", async () => {
  const text = new TextEncoder();
  await refused(
    text.encode("just some text, and no network"),
    /not a kseg bundle.*30 bytes/,
  );
  await refused(new Uint8Array(0), /not a kseg bundle.*0 bytes/);
  const plain = (name) => {
    const bytes = bundleFile(name);
    const { flatbuffer_bytes: end } = JSON.parse(
      Buffer.from(members(bytes)["metadata.json"]),
    );
    return bytes.slice(0, end);
  };
  await refused(plain("labels"), /without readable kseg metadata.*kseg export/);
  await refused(plain("flex"), /builtin ones only.*FlexErf \(TensorFlow/);
  await refused(bundleFile("flex"), /builtin ones only.*FlexErf \(TensorFlow/);
  await refused(
    bundleFile("int8_input"),
    /input 'image' of uint8.*Received: int8.*float32, int32, uint8/,
  );
});

test("an altered network or golden image gets a sentence", async () => {
  const bytes = bundleFile("labels");
  await refused(
    bytes.map((byte, i) => (i === 100 ? byte ^ 1 : byte)),
    /altered or damaged.*sha256/,
  );
  const at = Buffer.from(bytes).indexOf("IDAT");
  await refused(
    bytes.map((byte, i) => (i === at + 9 ? byte ^ 1 : byte)),
    /golden.png was altered/,
  );
});

test("sha256 and crc32 are those that everybody computes", () => {
  for (const length of [0, 1, 55, 56, 63, 64, 65, 119, 120, 1000]) {
    const bytes = Uint8Array.from({ length }, (_, i) => i * 7 + length);
    assert.equal(
      sha256(bytes),
      createHash("sha256").update(bytes).digest("hex"),
    );
  }
  assert.equal(crc32(new TextEncoder().encode("123456789")), 0xcbf43926);
});
