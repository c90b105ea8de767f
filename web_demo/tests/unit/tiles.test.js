import assert from "node:assert/strict";
import test from "node:test";

import { cover, cutCover, tileStarts } from "../../src/kseg/cover.js";
import { cutTile, plan, reflect } from "../../src/kseg/tiles.js";

test("kept ranges cover the axis once, away from the edges of their tiles", () => {
  for (const [tile, output, offset, margin, stride] of [
    [32, 32, 0, 6, 4],
    [36, 20, 8, 0, 2],
    [36, 20, 8, 11, 2],
    [16, 16, 0, 0, 16],
  ]) {
    for (let size = 1; size < 150; size++) {
      const tiles = plan(size, tile, output, offset, margin, stride);
      let next = 0;
      for (const { start, from, to } of tiles) {
        assert.equal(from, next);
        assert.ok(from - start >= Math.max(offset, margin));
        assert.ok(to - start <= Math.min(offset + output, tile - margin));
        assert.equal(
          (((start - tiles[0].start) % stride) + stride) % stride,
          0,
        );
        next = to;
      }
      assert.equal(next, size);
    }
  }
});

test("an image that fits is one tile, in the middle of it", () => {
  assert.deepEqual(plan(10, 32, 32, 0, 0, 4), [{ start: -8, from: 0, to: 10 }]);
});

test("an axis is mirrored about its edge pixels, again and again", () => {
  assert.deepEqual([...reflect(-3, 7, 3)], [1, 2, 1, 0, 1, 2, 1, 0, 1, 2]);
  assert.deepEqual([...reflect(-2, 3, 1)], [0, 0, 0, 0, 0]);
  assert.deepEqual([...reflect(-2, 3, 2)], [0, 1, 0, 1, 0]);
});

test("a tile takes its pixels, all channels, and the mirror outside", () => {
  const image = {
    data: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8),
    height: 2,
    width: 2,
    channels: 2,
  };
  assert.deepEqual(
    cutTile(image, 0, -1, [1, 3]),
    Uint8Array.of(3, 4, 1, 2, 3, 4),
  );
});

test("tiles that find objects share what they must, and lie inside", () => {
  assert.deepEqual(tileStarts(20, 10, 4), [0, 5, 10]);
  assert.deepEqual(tileStarts(10, 10, 4), [0]);
  for (let size = 11; size < 90; size++) {
    const starts = tileStarts(size, 10, 4);
    assert.equal(starts.at(-1), size - 10);
    starts
      .slice(1)
      .forEach((start, i) => assert.ok(starts[i] + 10 - start >= 4));
  }
  assert.deepEqual(cover([4, 25], [10, 20], 2), [
    [0, 0, 4, 20],
    [0, 5, 4, 25],
  ]);
});

test("a tile smaller than its network stands at the corner, magnified", () => {
  const image = {
    data: Uint8Array.of(9, 7, 5),
    height: 1,
    width: 3,
    channels: 1,
  };
  const { pixels, place } = cutCover(image, [0, 1, 1, 3], [2, 2], [4, 4]);
  assert.deepEqual(place, [0, 0, 2, 4]);
  assert.deepEqual(
    [...pixels],
    [7, 7, 6, 5, 7, 7, 6, 5, 0, 0, 0, 0, 0, 0, 0, 0],
  );
  const { pixels: plain } = cutCover(image, [0, 0, 1, 3], [2, 3], [2, 3]);
  assert.deepEqual([...plain], [9, 7, 5, 0, 0, 0]);
});
