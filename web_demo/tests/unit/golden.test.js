import assert from "node:assert/strict";
import test from "node:test";

import { BundleError } from "../../src/kseg/errors.js";
import { checkGolden, runGolden, runGoldenTimes } from "../../src/kseg/golden.js";
import { readBundle } from "../../src/kseg/bundle.js";
import { labelsOf } from "../../src/kseg/semantic.js";
import { bundleFile } from "./helpers.js";

const LABELS = new Uint8Array(1000).fill(1);
const BOXES = [
  [0, 0, 10, 10],
  [20, 20, 40, 40],
  [20, 21, 40, 40],
];
const GOLDEN = {
  boxes: BOXES,
  scores: [0.9, 0.8, 0.7],
  classes: [1, 2, 2],
  count: 3,
  mask_sums: [1, 2, 3],
};
const found = (boxes, classes) => ({
  objects: { boxes: boxes.flat(), classes, count: classes.length },
});
const check = (objects) => checkGolden(objects, { objects: GOLDEN });

test("label maps agree from 99 % of the pixels on", () => {
  const other = (pixels) => LABELS.map((label, i) => (i < pixels ? 0 : label));
  const told = (pixels) =>
    checkGolden({ labels: other(pixels) }, { labels: LABELS });
  assert.deepEqual(told(0), {
    agrees: true,
    sentence:
      "This device agrees: 100.00 % of the golden label map's pixels are the same.",
  });
  assert.equal(told(10).agrees, true);
  const { agrees, sentence } = told(11);
  assert.equal(agrees, false);
  assert.match(sentence, /Expected at least 99 %.*Received: 98.90 %\./);
});

test("objects agree in any order, within half a pixel", () => {
  const near = BOXES.map((box) => box.map((edge) => edge + 0.25));
  const told = check(found([near[2], near[0], near[1]], [2, 1, 2]));
  assert.equal(told.agrees, true);
  assert.match(told.sentence, /all 3 objects.*within 0.25 pixels/);
});

test("a box that is off, another class and another count do not agree", () => {
  const off = [BOXES[0], BOXES[1], [20, 21, 40, 40.75]];
  assert.match(
    check(found(off, [1, 2, 2])).sentence,
    /within 0.5 pixels.*Received: 0.75 pixels/,
  );
  const other = check(found(BOXES, [1, 1, 2]));
  assert.match(
    other.sentence,
    /3 of the classes 1 \(1\), 2 \(2\)\. Received: 3 of the classes 1 \(2\), 2 \(1\)/,
  );
  assert.equal(other.agrees, false);
  assert.match(
    check(found([], [])).sentence,
    /Received: 0 of the classes none/,
  );
});

test("two boxes at one place are not both beside the same golden one", () => {
  assert.equal(
    check(found([BOXES[0], BOXES[1], BOXES[1]], [1, 2, 2])).agrees,
    false,
  );
});

test("an empty golden image agrees with nothing found", () => {
  const none = { boxes: [], scores: [], classes: [], count: 0, mask_sums: [] };
  const told = checkGolden(found([], []), { objects: none });
  assert.deepEqual(
    [told.agrees, /all 0 objects/.test(told.sentence)],
    [true, true],
  );
});

test("runs the golden image through the network", async () => {
  const bundle = await readBundle(bundleFile("labels").buffer);
  const run = async (pixels) => {
    assert.equal(pixels, bundle.golden.image.data);
    return { labels: bundle.golden.labels };
  };
  assert.equal((await runGolden(run, bundle)).agrees, true);
  const other = async () => ({
    labels: bundle.golden.labels.map((label) => 1 - label),
  });
  assert.equal((await runGolden(other, bundle)).agrees, false);
});

const OUTPUTS = {
  boxes: Float32Array.from([0, 1, 2, 3, 4, 5, 6, 7, 0, 0, 0, 0, 0, 0, 0, 0]),
  scores: Float32Array.of(0.9, 0.7, 0, 0),
  classes: Int32Array.of(1, 1, 0, 0),
  masks: new Float32Array(16),
  count: Int32Array.of(2),
};

test("runs the golden objects through the network", async () => {
  const bundle = await readBundle(bundleFile("objects").buffer);
  assert.match(
    (await runGolden(() => OUTPUTS, bundle)).sentence,
    /all 2 objects/,
  );
});

const BROKEN = [
  [
    "a box that is no number",
    { boxes: OUTPUTS.boxes.map(() => NaN) },
    /finite boxes.*NaN/,
  ],
  [
    "a score that is no number",
    { scores: OUTPUTS.scores.map(() => Infinity) },
    /finite boxes and scores/,
  ],
  [
    "more objects than it has",
    { count: Int32Array.of(5) },
    /count of 0 to 4.*Received: 5/,
  ],
  ["fewer than none", { count: Int32Array.of(-1) }, /count of 0 to 4/],
  [
    "a class without a name",
    { classes: Int32Array.of(1, 2, 0, 0) },
    /classes of 1 to 1.*Received: 2/,
  ],
  ["masks of another size", { masks: new Float32Array(9) }, /square masks/],
  ["no boxes", { boxes: undefined }, /boxes, scores and classes of one length/],
];
for (const [what, broken, sentence] of BROKEN) {
  test(`a network that gives ${what} gets a sentence`, async () => {
    const bundle = await readBundle(bundleFile("objects").buffer);
    await assert.rejects(
      runGolden(() => ({ ...OUTPUTS, ...broken }), bundle),
      (error) => {
        assert.ok(error instanceof BundleError);
        assert.match(error.message, sentence);
        return true;
      },
    );
  });
}

test("label maps of another size, or with classes without names, get a sentence", async () => {
  const bundle = await readBundle(bundleFile("labels").buffer);
  for (const labels of [
    new Uint8Array(11),
    new Uint8Array(12).fill(2),
    undefined,
  ]) {
    await assert.rejects(
      runGolden(() => ({ labels }), bundle),
      /12 labels below 2/,
    );
  }
});

test("a logit that has no class is never the largest", () => {
  const output = { name: "out", kind: "logits", size: [1, 2] };
  const out = Float32Array.of(1, 2, 9, 2, 1, 9);
  const found = labelsOf({ out }, { output, classes: ["ground", "cell"] });
  assert.deepEqual(found, Uint8Array.of(1, 0));
});

test("the golden check is run again until it disagrees", async () => {
  const bundle = await readBundle(bundleFile("labels").buffer);
  const { labels } = bundle.golden;
  let runs = 0;
  const right = (times) => () => ({
    labels: ++runs > times ? labels.map(() => 0) : labels,
  });
  assert.equal((await runGoldenTimes(right(9), bundle, 3)).agrees, true);
  assert.equal(runs, 3);
  assert.equal((await runGoldenTimes(right(4), bundle, 3)).agrees, false);
  assert.equal(runs, 5);
});

test("label maps of another size do not agree", () => {
  const told = checkGolden({ labels: LABELS.slice(1) }, { labels: LABELS });
  assert.equal(told.agrees, false);
  assert.match(told.sentence, /1000 labels.*Received: 999/);
});
