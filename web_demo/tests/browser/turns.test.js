/** One thing after another: what comes while the page is at work, and what stops it. */

import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { CASES, Demo, launch, serve } from "./harness.js";
import { paint } from "./in_page.js";

let browser, server;

before(async () => {
  server = await serve();
  browser = await launch();
});

after(async () => {
  await browser?.close();
  server?.close();
});

test("a picture that comes while a bundle is opened waits for it", async () => {
  const demo = await Demo.open(browser, server.url);
  await demo.after(async (page) => {
    await page.selectOption("#bundle", { label: "mask-rcnn-nuclei-int8" });
    await page.selectOption("#bundle", { label: "unet-nuclei-int8" });
    await page.selectOption("#bundle", { label: "mask-rcnn-nuclei-int8" });
    await page.setInputFiles("#image-file", join(CASES, "small.png"));
  });
  assert.match(await demo.text("#status"), /^Found/);
  assert.match(await demo.text("#golden"), /objects of the golden image/);
  const { info, annotations } = await demo.json();
  assert.equal(info.network, "mask-rcnn-nuclei");
  assert.ok(annotations.every(({ score }) => score > 0));
  assert.deepEqual(demo.errors, []);
  await demo.close();
});

test("a picture that is still read when a bundle is asked for is segmented with that", async () => {
  const demo = await Demo.open(browser, server.url);
  const { page } = demo;
  await page.evaluate(() => {
    const decode = createImageBitmap;
    const gate = new Promise((resolve) => (window.release = resolve));
    window.createImageBitmap = (...asked) => gate.then(() => decode(...asked));
  });
  await demo.after(async () => {
    await page.setInputFiles("#image-file", join(CASES, "mosaic.png"));
    await page.selectOption("#bundle", { label: "mask-rcnn-nuclei-int8" });
    await page.waitForSelector("#golden[data-state=good]");
    await page.evaluate(() => window.release());
  });
  const { info, images } = await demo.json();
  assert.equal(info.network, "mask-rcnn-nuclei");
  assert.equal(images[0].file_name, "mosaic.png");
  await demo.close();
});

test("a bad picture while a bundle is opened leaves the one before to it", async () => {
  const demo = await Demo.open(browser, server.url);
  await demo.give("small.png");
  await demo.after(async (page) => {
    await page.selectOption("#bundle", { label: "mask-rcnn-nuclei-int8" });
    await page.setInputFiles("#image-file", join(CASES, "text.png"));
  });
  assert.match(await demo.error(), /text\.png, which it cannot decode/);
  const { info, images } = await demo.json();
  assert.equal(info.network, "mask-rcnn-nuclei");
  assert.equal(images[0].file_name, "small.png");
  assert.deepEqual(demo.errors, []);
  await demo.close();
});

test("a long run says how far it is, and stops", async () => {
  const demo = await Demo.open(browser, server.url);
  const { page } = demo;
  await page.evaluate(paint, [1600, 1600]);
  await page.waitForFunction(
    () => document.querySelector("#progress").value > 0,
  );
  assert.equal(await page.isVisible("#stop"), true);
  await page.focus("#stop");
  await page.keyboard.press("Enter");
  await page.waitForFunction(
    () => document.querySelector("#result").ariaBusy === "false",
  );
  assert.equal(await demo.text("#status"), "Stopped.");
  assert.equal(await page.isDisabled("#save-json"), true);
  const focused = await page.evaluate(() => document.activeElement.id);
  assert.equal(focused, "result", "the focus does not go with the button");
  await demo.give("small.png");
  assert.match(await demo.text("#status"), /^Found/);
  await demo.close();
});

test("what an interrupted run still says is not shown", async () => {
  const demo = await Demo.open(browser, server.url);
  const { page } = demo;
  await page.evaluate(paint, [1600, 1600]);
  await page.waitForFunction(
    () => document.querySelector("#progress").value > 0,
  );
  await demo.after(() =>
    page.setInputFiles("#bundle-file", join(CASES, "notes.tflite")),
  );
  // The run goes on where it was interrupted in vain, and the sentence stays.
  assert.match(await demo.text("#status"), /^Found|no objects/);
  assert.match(await demo.error(), /not a kseg bundle/);
  assert.equal(await page.isVisible("#progress"), false);
  await demo.close();
});

test("stop ends what waits, too, and nothing that comes later", async () => {
  const demo = await Demo.open(browser, server.url);
  const ended = await demo.page.evaluate(async () => {
    const { Engine } = await import("/src/page/engine.js");
    const engine = new Engine(false);
    const url = "/bundles/unet-nuclei-int8.tflite";
    await engine.open(await (await fetch(url)).blob(), "it", "wasm");
    const find = (side) => engine.predict(() => new ImageData(side, side), () => {});
    const waiting = [find(900), find(900)];
    engine.stop();
    const found = await Promise.allSettled([...waiting, find(64)]);
    engine.close();
    return found.map(({ reason, value }) => reason?.name ?? value.task);
  });
  assert.deepEqual(ended, ["AbortError", "AbortError", "semantic"]);
  await demo.close();
});

test("a network whose worker has ended is said to be gone, and is had again", async () => {
  const demo = await Demo.open(browser, server.url);
  const { page } = demo;
  const [worker] = page.workers();
  const broken = () =>
    void setTimeout(() => {
      throw new Error("broken");
    });
  await Promise.all([worker.waitForEvent("close"), worker.evaluate(broken)]);
  await demo.give("small.png");
  assert.match(await demo.error(), /has ended the network/);
  assert.equal(await demo.text("#golden"), "No network is loaded.");
  await demo.after(() =>
    page.selectOption("#bundle", { label: "unet-nuclei-int8" }),
  );
  assert.equal(await demo.error(), "");
  await demo.give("small.png");
  assert.match(await demo.text("#status"), /^Found/);
  await demo.close();
});
