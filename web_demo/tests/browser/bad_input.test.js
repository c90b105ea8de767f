/** Files that the page cannot use: a sentence for each, and the page goes on. */

import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { BUILD, Demo, launch, serve } from "./harness.js";

const BAD = {
  "notes.tflite": /notes\.tflite is not a kseg bundle/,
  "plain.tflite": /plain\.tflite is a \.tflite file without .*metadata/,
  "cut.tflite": /cut\.tflite .*cut short/,
  "altered.tflite": /altered\.tflite was altered or damaged/,
  "newer.tflite": /newer\.tflite has format_version 99/,
  "part.tflite": /Expected a whole network\. Received: part\.tflite/,
  "flex.tflite": /flex\.tflite.*FlexArgMax/,
  "int8.tflite": /int8\.tflite: expected .*uint8.*Received: .*int8.*/i,
  "empty.png": /empty\.png is empty/,
  "text.png": /Received: text\.png, which it cannot decode/,
  "cut.png": /cut\.png/,
  "scan.tif": /Received: scan\.tif, which it cannot decode.*TIFF/,
  "deep.png": /Expected an image of 8 bits.*Received: 16 bits/,
  "huge.png":
    /at most 36 million pixels\. Received: huge\.png, 10000 x 10000, 100 million/,
  "huge.jpg":
    /at most 36 million pixels\. Received: huge\.jpg, 20000 x 10000, 200 million/,
  "long.png":
    /fits this browser's canvas\. Received: long\.png, 70000 x 4\..*`kseg predict`/,
};
let browser, server;

before(async () => {
  server = await serve();
  browser = await launch();
});

after(async () => {
  await browser?.close();
  server?.close();
});

test("each gets its sentence, and what was open stays in use", async (t) => {
  const demo = await Demo.open(browser, server.url);
  const golden = await demo.text("#golden");
  const lines = [];
  for (const [file, sentence] of Object.entries(BAD)) {
    await demo.give(file);
    const shown = await demo.error();
    lines.push(`${file}: ${shown}`);
    t.diagnostic(lines.at(-1));
    assert.match(shown, sentence);
    assert.doesNotMatch(shown, /undefined|\[object|NaN|Reload/);
    assert.equal(await demo.text("#golden"), golden);
    assert.equal(await demo.page.isDisabled("#open-image"), false);
    const listed = await demo.page.$eval("#bundle", (list) => list.length);
    assert.equal(listed, 2, "a file that cannot be used is not listed");
  }
  writeFileSync(join(BUILD, "bad_input.txt"), `${lines.join("\n")}\n`);
  await demo.give("small.png");
  assert.equal(await demo.error(), "");
  assert.match(await demo.text("#status"), /^Found/);
  assert.deepEqual(demo.errors, []);
  await demo.close();
});

test("a bundle that disagrees with Python is used, and says so", async () => {
  const demo = await Demo.open(browser, server.url);
  await demo.give("disagrees.tflite");
  assert.equal(await demo.page.getAttribute("#golden", "data-state"), "bad");
  assert.match(
    await demo.text("#golden"),
    /does not agree\. Expected at least 99 %/,
  );
  await demo.give("small.png");
  assert.match(await demo.text("#status"), /^Found/);
  await demo.close();
});

test("without a bundle on the server the page asks for one", async () => {
  const empty = await serve("--bundles", join(BUILD, "none"));
  const page = await (await browser.newContext()).newPage();
  await page.goto(empty.url);
  await page.waitForFunction(() =>
    /Open a bundle/.test(document.querySelector("#status").textContent),
  );
  assert.equal(await page.isDisabled("#open-image"), true);
  await page.context().close();
  empty.close();
});
