import assert from "node:assert/strict";
import test from "node:test";

import { colourTable, objectColour } from "../../src/page/colours.js";

// python -c "import numpy; from kseg.show.colours import object_colours;
// print(object_colours(numpy.arange(6)))"
const PYTHON = [
  [54, 114, 255],
  [174, 255, 54],
  [255, 54, 234],
  [54, 255, 215],
  [255, 161, 54],
  [101, 54, 255],
];

test("objects have the colours of Python's pictures, to OpenCV's rounding", () => {
  for (const [n, colour] of PYTHON.entries()) {
    const found = objectColour(n + 1);
    const apart = found.map((part, k) => Math.abs(part - colour[k]));
    assert.ok(Math.max(...apart) <= 1, `${n + 1}: ${found}`);
  }
  assert.deepEqual(objectColour(234), objectColour(1));
});

test("no object, black and what has no class leave the picture bare", () => {
  const objects = colourTable(true, []);
  assert.deepEqual([objects(0), objects(234)], [0, objects(1)]);
  assert.notEqual(objects(1), 0);
  const classes = colourTable(false, [
    [0, 0, 0],
    [1, 2, 3],
  ]);
  const bytes = Uint8Array.of(1, 2, 3, 255);
  const [shade] = new Uint32Array(bytes.buffer);
  assert.deepEqual([0, 1, 255].map(classes), [0, shade, 0]);
});
