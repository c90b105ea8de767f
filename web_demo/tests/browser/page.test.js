/** The page by hand: files, camera, saving, sizes. */

import assert from "node:assert/strict";
import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { BUILD, CASES, Demo, launch, serve } from "./harness.js";
import { hand } from "./in_page.js";

const MOST_BYTES = 100_000;
const MASK_RCNN = "mask-rcnn-nuclei-int8.tflite";
let browser, server;

before(async () => {
  server = await serve();
  browser = await launch(
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
  );
});

after(async () => {
  await browser?.close();
  server?.close();
});

test("everything comes from the one server, the page in less than 100 kB", async (t) => {
  const sizes = new Map();
  const demo = await Demo.open(browser, server.url, {}, async (page) => {
    page.on("response", async (response) => {
      const length = Number(response.headers()["content-length"] ?? 0);
      sizes.set(new URL(response.url()).pathname, length);
    });
  });
  const own = new URL(server.url).origin;
  for (const url of demo.requests)
    assert.ok(url.startsWith(own) || url.startsWith("blob:"), url);
  const page = [...sizes].filter(
    ([path]) => !/^\/(vendor|bundles)\//.test(path),
  );
  const bytes = page.reduce((sum, [, length]) => sum + length, 0);
  assert.ok(page.length > 20, "the page's modules are among the responses");
  t.diagnostic(`${bytes} bytes as sent`);
  assert.ok(bytes > 10_000 && bytes < MOST_BYTES, `${bytes} bytes`);
  await demo.close();
});

test("a picture is chosen, dropped and pasted; a bundle is dropped", async () => {
  const demo = await Demo.open(browser, server.url);
  await demo.give("small.png");
  assert.match(await demo.text("#status"), /^Found/);
  const data = readFileSync(join(CASES, "small.png")).toString("base64");
  for (const kind of ["drop", "paste"]) {
    await demo.after((page) => page.evaluate(hand, [kind, "small.png", data]));
    assert.match(await demo.text("#status"), /^Found/, kind);
  }
  const bundle = readFileSync(join(CASES, "disagrees.tflite")).toString(
    "base64",
  );
  await demo.after((page) =>
    page.evaluate(hand, ["drop", "without_ending", bundle]),
  );
  assert.match(await demo.text("#golden"), /does not agree/);
  assert.equal(
    await demo.page.$eval("#bundle", (list) => list.selectedOptions[0].text),
    "without_ending",
  );
  assert.deepEqual(demo.errors, []);
  await demo.close();
});

test("a folder, or a file that was changed since, gets a sentence", async () => {
  const demo = await Demo.open(browser, server.url);
  const { page } = demo;
  await demo.after(() =>
    page.evaluate(() => {
      const fails = () => Promise.reject(new DOMException("", "NotFoundError"));
      const slice = () => ({ text: fails, arrayBuffer: fails });
      const event = new Event("drop", { bubbles: true });
      event.dataTransfer = { files: [{ name: "pictures", slice }] };
      document.body.dispatchEvent(event);
    }),
  );
  assert.match(await demo.error(), /^pictures cannot be read: it is a folder/);
  const path = join(BUILD, "changing.tflite");
  copyFileSync(join(CASES, "disagrees.tflite"), path);
  await demo.after(() => page.setInputFiles("#bundle-file", path));
  await demo.choose(MASK_RCNN);
  writeFileSync(path, "another file");
  await demo.after(() => page.selectOption("#bundle", { label: "changing" }));
  assert.match(await demo.error(), /^changing\.tflite cannot be read/);
  await demo.give("small.png");
  assert.match(await demo.text("#status"), /^Found/);
  assert.deepEqual(demo.errors, []);
  await demo.close();
});

test("a photograph lies as its EXIF says, as kseg reads it", async () => {
  const demo = await Demo.open(browser, server.url);
  await demo.give("turned.jpg");
  // Stored as 140 x 97.
  assert.deepEqual((await demo.json()).images, [
    { id: 1, file_name: "turned.jpg", width: 97, height: 140 },
  ]);
  await demo.close();
});

test("PNG and JSON are saved", async () => {
  const demo = await Demo.open(browser, server.url);
  await demo.choose(MASK_RCNN);
  await demo.give("small.png");
  const png = await demo.save("#save-png");
  assert.equal(png.name, "small_overlay.png");
  const bytes = readFileSync(png.path);
  // 140 x 97 is enlarged eightfold, to 1024 or more.
  assert.deepEqual(
    [bytes.readUInt32BE(16), bytes.readUInt32BE(20)],
    [1120, 776],
  );
  copyFileSync(png.path, join(BUILD, "saved_overlay.png"));
  const json = await demo.json();
  assert.deepEqual(json.images, [
    { id: 1, file_name: "small.png", width: 140, height: 97 },
  ]);
  assert.deepEqual(json.categories, [{ id: 1, name: "nucleus" }]);
  assert.ok(
    json.annotations.every(({ score }) => score >= json.info.score_threshold),
  );
  await demo.close();
});

test("the camera's picture is segmented; a denied camera gets a sentence", async () => {
  const demo = await Demo.open(browser, server.url);
  const { page } = demo;
  await page.evaluate(() => {
    const { mediaDevices } = navigator;
    window.streams = [];
    const ask = mediaDevices.getUserMedia.bind(mediaDevices);
    mediaDevices.getUserMedia = async (wanted) => {
      const stream = await ask(wanted);
      window.streams.push(stream);
      return stream;
    };
    // Twice at once, and once more later: it is one camera.
    document.querySelector("#camera").click();
    document.querySelector("#camera").click();
  });
  await page.waitForFunction(() => document.activeElement.id === "shoot");
  await demo.after(() => page.keyboard.press("Enter"));
  assert.match(await demo.text("#status"), /^Found|no objects/);
  await page.click("#camera");
  await page.waitForFunction(() => document.activeElement.id === "shoot");
  await page.click("#camera-off");
  assert.equal(await page.$eval("#video", (video) => video.srcObject), null);
  const tracks = await page.evaluate(() =>
    window.streams.flatMap((stream) =>
      stream.getTracks().map((track) => track.readyState),
    ),
  );
  assert.deepEqual(tracks, ["ended"]);
  await page.evaluate(() => {
    const denied = () =>
      Promise.reject(new DOMException("", "NotAllowedError"));
    navigator.mediaDevices.getUserMedia = denied;
  });
  await page.click("#camera");
  await page.waitForSelector("#error:not([hidden])");
  assert.match(await demo.error(), /camera was denied/);
  await demo.close();
});
