import assert from "node:assert/strict";
import test from "node:test";

import { above, fromOutputs, toIds } from "../../src/kseg/detections.js";
import { meeting, sharedPixels } from "../../src/kseg/overlaps.js";
import { pasteMask } from "../../src/kseg/paste.js";
import { encodeRle } from "../../src/kseg/rle.js";
import { mergeTiles } from "../../src/kseg/seams.js";

const METADATA = {
  classes: ["background", "a", "b"],
  output: {
    boxes: "boxes",
    scores: "scores",
    classes: "classes",
    masks: "masks",
    count: "count",
  },
};
const solid = ([y1, x1, y2, x2]) =>
  new Uint8Array((y2 - y1) * (x2 - x1)).fill(1);
/** An object that fills its box. */
const object = (box, score = 0.5, classId = 1) => {
  const mask = solid(box);
  return { box, score, class: classId, frame: box, mask, area: mask.length };
};

test("a full mask fills the pixels whose centres are in its box", () => {
  const { frame, mask } = pasteMask(
    new Float32Array(4).fill(1),
    [2, 2],
    [1.4, 0.6, 3.4, 2.4],
    4,
    5,
    0.5,
  );
  assert.deepEqual(frame, [1, 1, 3, 2]);
  assert.deepEqual(mask, Uint8Array.of(1, 1));
});

test("a mask is interpolated, and 0 beyond itself", () => {
  const { frame, mask } = pasteMask(
    Float32Array.of(1, 0),
    [1, 2],
    [0, 0, 1, 8],
    1,
    8,
    0.5,
  );
  assert.deepEqual(frame, [0, 0, 1, 8]);
  // Centres at 0.5 to 7.5 of 8 see cells at -0.375, -0.125, 0.125, ...: beyond the first
  // cell by 3/8 the value is 5/8; at the middle of both it is under 1/2 from there on.
  assert.deepEqual(mask, Uint8Array.of(1, 1, 1, 1, 0, 0, 0, 0));
});

test("a mask reaches as far as the image, however large its box", () => {
  const { frame, mask } = pasteMask(
    new Float32Array(4).fill(1),
    [2, 2],
    [-90, -90, 90, 90],
    3,
    2,
    0.5,
  );
  assert.deepEqual(frame, [0, 0, 3, 2]);
  assert.deepEqual(mask, solid(frame));
});

test("a box without area, or outside, has no pixel", () => {
  for (const box of [
    [1, 1, 1, 3],
    [3, 3, 1, 1],
    [-5, 0, -1, 4],
    [9, 9, 12, 12],
  ]) {
    assert.equal(
      pasteMask(Float32Array.of(1), [1, 1], box, 4, 4, 0.5).mask.length,
      0,
    );
  }
});

test("boxes go back into the image, are cut to it, and dropped outside", () => {
  const outputs = {
    boxes: Float32Array.of(2, 4, 6, 8, 0, 0, 4, 5, 0, 0, 1, 1),
    scores: Float32Array.of(0.5, 0.75, 0.25),
    classes: Int32Array.of(2, 1, 1),
    masks: new Float32Array(3).fill(1),
    count: Int32Array.of(3),
  };
  const found = fromOutputs(outputs, METADATA, 8, 8, [2, 4, 4, 4]);
  assert.deepEqual(
    found.map(({ box }) => box),
    [
      [0, 0, 8, 8],
      [0, 0, 4, 2],
    ],
  );
  assert.deepEqual(
    found.map(({ frame }) => frame),
    [
      [0, 0, 8, 8],
      [0, 0, 4, 2],
    ],
  );
  assert.deepEqual(
    found.map(({ area, mask }) => mask.filter(Boolean).length - area),
    [0, 0],
  );
  assert.deepEqual(
    above(found, 0.6).map(({ score }) => score),
    [0.75],
  );
  assert.deepEqual(
    above(found, 0).map((o) => o.class),
    [1, 2],
  );
});

test("a threshold is compared in float32, as scores are", () => {
  const score = Math.fround(0.7); // less than 0.7
  assert.equal(above([{ score }], 0.7).length, 1);
  assert.equal(above([{ score }], 0.70001).length, 0);
});

test("the higher score lies on top", () => {
  const ids = toIds(
    [object([0, 0, 1, 3], 0.5), object([0, 1, 1, 4], 0.9)],
    1,
    5,
  );
  assert.deepEqual(ids, Int32Array.of(1, 2, 2, 2, 0));
  const equal = toIds([object([0, 0, 1, 3]), object([0, 1, 1, 4])], 1, 5);
  assert.deepEqual(equal, Int32Array.of(1, 1, 1, 2, 0));
});

test("pairs that meet are those of all pairs", () => {
  let state = 1;
  const random = (below) => (state = (state * 48271) % 2147483647) % below;
  const boxes = Array.from({ length: 60 }, () => {
    const [y, x] = [random(50), random(50)];
    return [y, x, y + random(12), x + random(12)];
  });
  const all = [];
  for (let i = 0; i < boxes.length; i++) {
    for (let k = i + 1; k < boxes.length; k++) {
      const side = (axis) =>
        Math.min(boxes[i][axis + 2], boxes[k][axis + 2]) -
        Math.max(boxes[i][axis], boxes[k][axis]);
      if (side(0) > 0 && side(1) > 0) all.push([i, k]);
    }
  }
  assert.ok(all.length > 20);
  assert.deepEqual(meeting(boxes), all);
  assert.equal(sharedPixels(object([0, 0, 4, 4]), object([2, 3, 9, 9])), 2);
});

const TILES = [
  [0, 0, 10, 20],
  [0, 12, 10, 32],
];
const merge = (...parts) => mergeTiles(parts, TILES, [10, 32], 4);

test("an object that both tiles see in part is one", () => {
  const [one] = merge(
    [object([2, 5, 6, 20], 0.5)],
    [object([2, 12, 6, 25], 0.75)],
  );
  assert.deepEqual(one.box, [2, 5, 6, 25]);
  assert.deepEqual([one.score, one.area], [0.75, 80]);
});

test("an object that both tiles see whole is the one of the higher score", () => {
  const found = merge(
    [object([2, 13, 6, 17], 0.5)],
    [object([2, 14, 6, 18], 0.75)],
  );
  assert.deepEqual(
    found.map(({ score }) => score),
    [0.75],
  );
});

test("of another class, both stay", () => {
  const found = merge(
    [object([2, 14, 6, 17], 0.5, 1)],
    [object([2, 14, 6, 17], 0.75, 2)],
  );
  assert.deepEqual(
    found.map((o) => o.class),
    [2, 1],
  );
});

test("what is cut and near the edge is left to the neighbour", () => {
  assert.deepEqual(merge([object([2, 17, 6, 20])], []), []);
});

test("a cut one inside of a whole one is dropped, unless that scores under half", () => {
  const cut = object([2, 14, 6, 20], 0.8);
  assert.equal(merge([cut], [object([2, 14, 6, 22], 0.4)]).length, 1);
  assert.equal(merge([cut], [object([2, 14, 6, 22], 0.3)]).length, 2);
});

test("two guesses of one tile about one place are never joined", () => {
  const guesses = [object([2, 5, 6, 20], 0.9), object([2, 5, 7, 20], 0.8)];
  assert.equal(merge(guesses, [object([2, 12, 6, 25], 0.7)]).length, 2);
});

test("run lengths go over the foot of a column, and end with the image", () => {
  assert.equal(encodeRle(Uint8Array.of(1), [1, 0, 2, 1], 3, 1).counts, "111");
  const whole = encodeRle(solid([0, 0, 3, 2]), [0, 0, 3, 2], 3, 2);
  assert.deepEqual(whole, { size: [3, 2], counts: "06" });
  assert.equal(encodeRle(new Uint8Array(4), [0, 0, 2, 2], 3, 2).counts, "6");
  assert.equal(encodeRle(new Uint8Array(0), [1, 1, 1, 1], 3, 2).counts, "6");
});
