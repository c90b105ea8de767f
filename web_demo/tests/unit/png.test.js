import assert from "node:assert/strict";
import test from "node:test";
import { deflateSync } from "node:zlib";

import { crc32 } from "../../src/kseg/crc32.js";
import { ImageError } from "../../src/kseg/errors.js";
import { decodePng, isDeepPng } from "../../src/kseg/png.js";
import { asImage, cases } from "./helpers.js";

const PNGS = cases("pngs").map(({ png, image }) => ({
  bytes: new Uint8Array(Buffer.from(png, "base64")),
  image,
}));

const [PNG] = PNGS.map(({ bytes }) => bytes);

for (const [n, { bytes, image }] of PNGS.entries()) {
  test(`decodes a PNG of ${image.dtype} ${image.shape}, ${n}`, async () => {
    const found = await decodePng(bytes);
    assert.deepEqual(found, asImage(image));
    assert.equal(isDeepPng(bytes), image.data instanceof Uint16Array);
  });
}

/** A gray PNG whose lines are all predicted in one way; bytes are given as they differ. */
function filtered(filter, lines) {
  const chunk = (type, content) => {
    const body = Buffer.concat([Buffer.from(type), content]);
    const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)];
    length.writeUInt32BE(content.length);
    check.writeUInt32BE(crc32(body));
    return Buffer.concat([length, body, check]);
  };
  const header = Buffer.from([
    0,
    0,
    0,
    lines[0].length,
    0,
    0,
    0,
    lines.length,
    8,
    0,
    0,
    0,
    0,
  ]);
  const packed = deflateSync(
    Buffer.from(lines.flatMap((line) => [filter, ...line])),
  );
  const file = [
    PNG.subarray(0, 8),
    chunk("IHDR", header),
    chunk("IDAT", packed),
  ];
  return new Uint8Array(
    Buffer.concat([...file, chunk("IEND", Buffer.alloc(0))]),
  );
}

test("each way of predicting a line is undone, by hand", async () => {
  const lines = [
    [10, 20, 5],
    [1, 2, 255],
  ];
  const expected = [
    [10, 20, 5, 1, 2, 255],
    [10, 30, 35, 1, 3, 2],
    [10, 20, 5, 11, 22, 4],
    [10, 25, 17, 6, 17, 16],
    [10, 30, 35, 11, 32, 34],
  ];
  for (const [filter, pixels] of expected.entries()) {
    assert.deepEqual(
      [...(await decodePng(filtered(filter, lines))).data],
      pixels,
    );
  }
  await assert.rejects(decodePng(filtered(5, lines)), /unknown filter/);
});

test("a PNG that unpacks to too little or too much gets a sentence", async () => {
  const good = filtered(0, [
    [1, 2],
    [3, 4],
  ]);
  assert.deepEqual([...(await decodePng(good)).data], [1, 2, 3, 4]);
  for (const height of [1, 3]) {
    const other = good.slice();
    other[23] = height;
    new DataView(other.buffer).setUint32(29, crc32(other.subarray(12, 29)));
    await assert.rejects(decodePng(other), /do not unpack/);
  }
});

test("a small PNG that claims a billion pixels takes no memory", async () => {
  const bomb = filtered(0, [[1, 2]]);
  new DataView(bomb.buffer).setUint32(16, 20000);
  new DataView(bomb.buffer).setUint32(20, 20000);
  new DataView(bomb.buffer).setUint32(29, crc32(bomb.subarray(12, 29)));
  await assert.rejects(decodePng(bomb), /do not unpack/);
});

const altered = (at) => PNG.map((byte, i) => (i === at ? byte ^ 1 : byte));
const BAD_PNGS = [
  ["cut short", PNG.subarray(0, PNG.length - 5), /cut short/],
  ["cut in its header", PNG.subarray(0, 20), /cut short/],
  ["altered", altered(45), /damaged.*IDAT/],
  ["of another depth", altered(24), /damaged.*IHDR/],
  ["something else", Uint8Array.of(1, 2, 3), /Expected a PNG/],
];
for (const [what, bytes, sentence] of BAD_PNGS) {
  test(`a PNG ${what} gets a sentence`, async () => {
    await assert.rejects(decodePng(bytes), (error) => {
      assert.ok(error instanceof ImageError);
      assert.match(error.message, sentence);
      return true;
    });
  });
}

test("a PNG of more values than asked for is not unpacked", async () => {
  await assert.rejects(decodePng(PNG, 10), /at most 10 values.*17 x 13/);
});
