import assert from "node:assert/strict";
import test from "node:test";

import { connectedComponents } from "../../src/kseg/components.js";
import { fillHoles } from "../../src/kseg/holes.js";
import { objectClasses, separate } from "../../src/kseg/labels.js";
import { measure } from "../../src/kseg/measure.js";
import { distanceTransform, watershed } from "../../src/kseg/watershed.js";
import { cases } from "./helpers.js";

/** A map drawn as text: digits are ids, a dot is 0. */
const drawn = (...lines) => ({
  map: Uint8Array.from(lines.join("").replaceAll(".", "0"), Number),
  height: lines.length,
  width: lines[0].length,
});

for (const [n, expected] of cases("label_maps").entries()) {
  const { labels, rule } = expected;
  test(`objects as in Python: ${rule.method} of ${labels.shape}, ${n}`, () => {
    const [height, width] = labels.shape;
    const { count, ids } = separate(labels.data, height, width, rule);
    assert.deepEqual(ids, expected.ids.data);
    const objects = measure(
      ids,
      count,
      labels.data,
      width,
      objectClasses(rule),
    );
    assert.deepEqual(
      objects.map(({ box }) => box),
      expected.boxes,
    );
    assert.deepEqual(
      objects.map(({ area }) => area),
      expected.areas,
    );
    assert.deepEqual(
      objects.map((object) => object.class),
      expected.classes,
    );
  });
}

test("golden label maps have objects", () => {
  const counts = cases("label_maps").map(({ boxes }) => boxes.length);
  assert.ok(Math.max(...counts) > 10 && counts.includes(0));
});

test("touching interiors part at the neck, and the rim goes to its own", () => {
  const { map, height, width } = drawn(
    ".22222222222.",
    "2111122211112",
    "2111122211112",
    ".22222222222.",
  );
  const rule = { method: "watershed", interior: 1, border: 2, min_area: 4 };
  const { count, ids } = separate(map, height, width, rule);
  assert.equal(count, 2);
  for (let y = 1; y < 3; y++) {
    for (let x = 0; x < width; x++) {
      if (x !== 6) assert.equal(ids[y * width + x], x < 6 ? 1 : 2);
    }
  }
});

test("what is too small is given to the object that it touches, or dropped", () => {
  const { map, height, width } = drawn(
    "1111222",
    "1111212",
    "1111222",
    ".......",
    "1......",
  );
  const rule = { method: "watershed", interior: 1, border: 2, min_area: 5 };
  const { count, ids } = separate(map, height, width, rule);
  assert.equal(count, 1);
  assert.deepEqual(
    ids,
    Int32Array.from(map, (label, i) => (label && i < 28 ? 1 : 0)),
  );
});

test("a map of several blocks has objects over their seams once", () => {
  const [height, width] = [3, 2100];
  const rule = { method: "watershed", interior: 1, border: 2, min_area: 1 };
  const labels = new Uint8Array(height * width).fill(2);
  labels.fill(1, width + 1000, width + 1050);
  labels.fill(1, width + 2000, width + 2090);
  const { count, ids } = separate(labels, height, width, rule);
  assert.equal(count, 2);
  assert.ok(ids.every((id) => id > 0));
  assert.equal(new Set(ids.subarray(width, width + 1051)).size, 1);
});

test("pieces are numbered in the order of their blocks", () => {
  const { map, height, width } = drawn(".1..1", "1...1", "..1..");
  const eight = connectedComponents(map, height, width, 8);
  assert.equal(eight.count, 4);
  assert.deepEqual(
    eight.ids,
    Int32Array.from([0, 1, 0, 0, 2, 1, 0, 0, 0, 2, 0, 0, 3, 0, 0]),
  );
  const four = connectedComponents(map, height, width, 4);
  assert.equal(four.count, 5);
  assert.deepEqual(
    four.ids,
    Int32Array.from([0, 1, 0, 0, 2, 3, 0, 0, 0, 2, 0, 0, 4, 0, 0]),
  );
});

test("a comb, whose teeth meet only at the end, is one piece", () => {
  const { map, height, width } = drawn("1.1.1.1", "1.1.1.1", "1111111");
  for (const connectivity of [4, 8]) {
    assert.equal(
      connectedComponents(map, height, width, connectivity).count,
      2,
    );
  }
});

test("holes of one object are filled, ground between several and at the edge is not", () => {
  const { map, height, width } = drawn(
    ".111222",
    ".1.1.22",
    ".111222",
    ".......",
  );
  const ids = Int32Array.from(map);
  fillHoles(ids, 3, height, width);
  assert.equal(ids[width + 2], 1);
  assert.equal(ids[width + 4], 0);
  assert.equal(ids[0], 0);
});

test("distances are of straight and diagonal steps", () => {
  const mask = new Uint8Array(20).fill(1);
  mask[0] = 0;
  const [straight, diagonal] = [Math.fround(0.955), Math.fround(1.3693)];
  const found = distanceTransform(mask, 4, 5);
  assert.equal(found[0], 0);
  assert.equal(found[1], straight);
  assert.equal(found[6], diagonal);
  assert.ok(Math.abs(found[19] - (3 * diagonal + straight)) < 1e-6);
});

test("a plateau between two markers is shared", () => {
  const markers = Int32Array.from([1, 0, 0, 0, 0, 2]);
  const found = watershed(
    new Float32Array(6),
    markers,
    new Uint8Array(6).fill(1),
    1,
    6,
  );
  assert.deepEqual(found, Int32Array.from([1, 1, 1, 2, 2, 2]));
});

test("what the mask cuts off stays without a marker", () => {
  const mask = Uint8Array.from([1, 1, 0, 1, 1]);
  const found = watershed(
    new Float32Array(5),
    Int32Array.from([3, 0, 0, 0, 0]),
    mask,
    1,
    5,
  );
  assert.deepEqual(found, Int32Array.from([3, 3, 0, 0, 0]));
});
