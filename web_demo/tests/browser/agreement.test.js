/** The page finds what Python finds: golden images, and three others of each bundle. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { CASES, Demo, decodeRle, launch, serve } from "./harness.js";

const SAME_LABELS = 0.995;
const SAME_BOX = 0.5; // pixels
let browser, demo, server, cases;

before(async () => {
  cases = JSON.parse(readFileSync(join(CASES, "cases.json"), "utf8"));
  server = await serve();
  browser = await launch();
  demo = await Demo.open(browser, server.url);
});

after(async () => {
  await browser?.close();
  server?.close();
});

test("every bundle's golden check agrees and is said at the start", async () => {
  assert.ok(Object.keys(cases).length >= 2);
  for (const name of Object.keys(cases)) {
    await demo.choose(name);
    assert.equal(await demo.page.getAttribute("#golden", "data-state"), "good");
    assert.match(
      await demo.text("#golden"),
      /^Checked against Python\. This device agrees: /,
    );
    assert.equal(await demo.error(), "");
  }
});

test("label maps are Python's, to 99.5 % of the pixels", async (t) => {
  for (const { bundle, image, labels, objects } of all("labels", 3)) {
    const found = await predict(bundle, image);
    const expected = readFileSync(join(CASES, labels));
    const here = new Uint8Array(expected.length).fill(255);
    for (const { category_id, segmentation } of found.label_map) {
      decodeRle(segmentation).forEach(
        (inside, i) => inside && (here[i] = category_id),
      );
    }
    const same =
      here.reduce((sum, label, i) => sum + (label === expected[i]), 0) /
      here.length;
    t.diagnostic(
      `${bundle}, ${image}: ${(100 * same).toFixed(2)} % of the labels`,
    );
    assert.ok(same >= SAME_LABELS, `${image}: ${same}`);
    assert.equal(found.annotations.length, objects, image);
  }
});

test("objects are Python's: count, classes, boxes to half a pixel", async (t) => {
  for (const { bundle, image, boxes, classes } of all("boxes", 3)) {
    const { annotations } = await predict(bundle, image);
    const here = annotations.map(({ bbox: [x, y, w, h] }) => [
      y,
      x,
      y + h,
      x + w,
    ]);
    assert.deepEqual(
      annotations.map((entry) => entry.category_id).sort(),
      [...classes].sort(),
      image,
    );
    // Objects of nearly one score may change places.
    const apart = (a, b) =>
      Math.max(...a.map((edge, k) => Math.abs(edge - b[k])));
    const farthest = here.map((box) =>
      Math.min(...boxes.map((other) => apart(box, other))),
    );
    t.diagnostic(
      `${bundle}, ${image}: ${boxes.length} boxes within ${Math.max(0, ...farthest)}`,
    );
    assert.ok(Math.max(0, ...farthest) <= SAME_BOX, image);
    assert.ok(boxes.length > 0, `${image} must have objects to compare`);
    for (const { segmentation, area } of annotations) {
      assert.equal(
        decodeRle(segmentation).reduce((a, b) => a + b),
        area,
      );
    }
  }
});

/** The cases with such an answer of Python's: so many, or there was nothing to compare. */
function all(key, least) {
  const found = Object.entries(cases).flatMap(([bundle, images]) =>
    images
      .filter((image) => key in image)
      .map((image) => ({ bundle, ...image })),
  );
  assert.ok(found.length >= least, `${found.length} with ${key}`);
  return found;
}

async function predict(bundle, image) {
  await demo.choose(bundle);
  await demo.give(image);
  assert.equal(await demo.error(), "");
  assert.match(await demo.text("#status"), /^Found \d+ object/);
  return demo.json();
}
