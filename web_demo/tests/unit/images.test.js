import assert from "node:assert/strict";
import test from "node:test";

import { ImageError } from "../../src/kseg/errors.js";
import { prepare } from "../../src/kseg/intensity.js";
import { letterbox } from "../../src/kseg/letterbox.js";
import { roundHalfEven } from "../../src/kseg/numbers.js";
import { magnifiedSize, resize } from "../../src/kseg/resize.js";
import { asImage, cases, metadataOf, repositoryFile } from "./helpers.js";

const RESIZE = JSON.parse(
  Buffer.from(repositoryFile("tests/golden/resize.json")).toString(),
);
const network = (intensity, channels) =>
  metadataOf({
    name: "small",
    task: "semantic",
    input: { name: "image", size: [8, 8], channels, intensity },
    output: { name: "out", kind: "label_map", size: [8, 8], offset: [0, 0] },
    classes: ["background"],
  });

/** Nested lists as an image. */
function nested(rows) {
  const data = Uint8Array.from(rows.flat(2));
  const [height, width] = [rows.length, rows[0].length];
  return { data, height, width, channels: data.length / height / width };
}

for (const { input, size, bilinear } of RESIZE.cases) {
  test(`resizes ${input.length}x${input[0].length} to ${size} as Python's golden values`, () => {
    assert.deepEqual(
      resize(nested(input), ...size).data,
      nested(bilinear).data,
    );
  });
}

test("two pixels to four, by hand", () => {
  const found = resize(
    { data: Uint8Array.of(0, 100), height: 1, width: 2, channels: 1 },
    1,
    4,
  );
  assert.deepEqual(found.data, Uint8Array.of(0, 25, 75, 100));
});

test("a letterbox lies in the middle, 0 around it", () => {
  const image = {
    data: new Uint8Array(8).fill(9),
    height: 2,
    width: 4,
    channels: 1,
  };
  const { pixels, place } = letterbox(image, [5, 4]);
  assert.deepEqual(place, [1, 0, 2, 4]);
  assert.deepEqual(Array.from(pixels), [
    ...Array(4).fill(0),
    ...Array(8).fill(9),
    ...Array(8).fill(0),
  ]);
  assert.deepEqual(
    letterbox({ ...image, height: 4, width: 2 }, [2, 3]).place,
    [0, 1, 2, 1],
  );
});

test("halves are rounded to even, as Python does", () => {
  assert.deepEqual(
    [0.5, 1.5, 2.5, 2.4, 2.6].map(roundHalfEven),
    [0, 2, 2, 2, 3],
  );
  assert.deepEqual(magnifiedSize([5, 1], [10, 100], [5, 3]), [2, 1]);
});

for (const [n, { image, rule, channels, prepared }] of cases(
  "prepared",
).entries()) {
  test(`intensity ${rule.rule ?? "none"} of ${image.shape} as in Python, ${n}`, () => {
    const found = prepare(asImage(image), network(rule, channels));
    assert.deepEqual(found.data, prepared.data);
    assert.equal(found.channels, channels);
  });
}

test("alpha is dropped, and gray as RGBA is gray again", () => {
  const rgba = {
    data: Uint8ClampedArray.of(7, 7, 7, 3, 200, 200, 200, 255),
    width: 2,
    height: 1,
  };
  assert.deepEqual(prepare(rgba, network({}, 1)).data, Uint8Array.of(7, 200));
  assert.deepEqual(
    Array.from(prepare(rgba, network({}, 3)).data),
    [7, 7, 7, 200, 200, 200],
  );
  const grayAlpha = {
    data: Uint8Array.of(5, 1, 6, 2),
    width: 2,
    height: 1,
    channels: 2,
  };
  assert.deepEqual(
    prepare(grayAlpha, network({}, 1)).data,
    Uint8Array.of(5, 6),
  );
});

test("what a network took before goes through no rule again, whatever its channels", () => {
  const ready = (...values) => ({
    data: Uint8Array.from(values),
    width: 1,
    height: 1,
    channels: values.length,
    ready: true,
  });
  const range = { rule: "range", low: 100, high: 5000, channels: [1] };
  const five = prepare(ready(1, 2, 3, 4, 5), network(range, 5));
  assert.deepEqual(five.data, Uint8Array.of(1, 2, 3, 4, 5));
  const two = prepare(ready(7, 9), network({}, 2));
  assert.deepEqual(two.data, Uint8Array.of(7, 9));
  // Of another network it may be: then only the channels are made to fit.
  assert.deepEqual(
    prepare(ready(8), network(range, 3)).data,
    Uint8Array.of(8, 8, 8),
  );
  assert.throws(() => prepare(ready(7, 9), network({}, 3)), /3 channels.*2/);
});

const BAD_IMAGES = [
  [
    "16 bits without a rule",
    { data: new Uint16Array(3), width: 1, height: 1, channels: 3 },
    {},
    3,
    /8 bits.*16/,
  ],
  [
    "more channels",
    { data: new Uint8Array(3), width: 1, height: 1, channels: 3 },
    {},
    5,
    /5 channels.*3/,
  ],
  [
    "a channel too many",
    { data: new Uint8Array(1), width: 1, height: 1, channels: 1 },
    { channels: [1] },
    1,
    /channels 1.*Received: 1/,
  ],
  [
    "no pixels",
    { data: new Uint8Array(0), width: 0, height: 4, channels: 3 },
    {},
    3,
    /with pixels.*0 x 4/,
  ],
  [
    "missing values",
    { data: new Uint8Array(5), width: 2, height: 1, channels: 3 },
    {},
    3,
    /5 values/,
  ],
];
for (const [what, image, rule, channels, sentence] of BAD_IMAGES) {
  test(`an image with ${what} gets a sentence`, () => {
    assert.throws(
      () => prepare(image, network(rule, channels)),
      (error) => {
        assert.ok(error instanceof ImageError);
        assert.match(error.message, sentence);
        return true;
      },
    );
  });
}
