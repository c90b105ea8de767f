/** The page by hand: files, keyboard, camera, stop, saving, sizes, looks. */

import assert from "node:assert/strict";
import { copyFileSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { BUILD, CASES, Demo, launch, serve } from "./harness.js";

const MOST_BYTES = 100_000;
const [UNET, MASK_RCNN] = [
  "unet-nuclei-int8.tflite",
  "mask-rcnn-nuclei-int8.tflite",
];
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

test("all of it by keyboard, every control with a name and a visible focus", async () => {
  const demo = await Demo.open(browser, server.url);
  const { page } = demo;
  const focused = () => page.evaluate(() => document.activeElement.id);
  const names = await page.$$eval(
    "button, select, input:not([type=file])",
    (controls) =>
      controls.map(
        (c) => c.labels?.[0]?.textContent || c.textContent || c.ariaLabel,
      ),
  );
  assert.ok(
    names.every((name) => name.trim()),
    names.join(),
  );
  const seen = [];
  for (let i = 0; i < 8; i++) {
    await page.keyboard.press("Tab");
    seen.push(await focused());
    const outline = await page.$eval(
      ":focus",
      (at) => getComputedStyle(at).outlineStyle,
    );
    assert.notEqual(outline, "none", seen.at(-1));
  }
  assert.deepEqual(seen.slice(1, 3), ["bundle", "open-bundle"]);
  assert.ok(
    seen.includes("open-image") && seen.includes("sample"),
    seen.join(),
  );
  await page.focus("#bundle");
  await demo.after(() => page.keyboard.press("ArrowDown"));
  assert.equal(await page.isVisible("#threshold"), true);
  await page.focus("#sample");
  await demo.after(() => page.keyboard.press("Enter"));
  const found = Number((await demo.text("#status")).match(/^Found (\d+)/)[1]);
  assert.ok(found > 0);
  await page.focus("#opacity");
  await page.keyboard.press("Home");
  assert.equal(await demo.text("#opacity-value"), "0 %");
  await page.focus("#threshold");
  await page.keyboard.press("End");
  assert.equal(await demo.text("#threshold-value"), "1.00");
  const left = await page.$$eval("#counts tbody tr", (rows) => rows.length);
  await page.keyboard.press("Home");
  const counted = await page.$$eval("#counts tbody td:nth-child(2)", ([cell]) =>
    Number(cell.textContent),
  );
  assert.ok(
    counted >= found && left <= 1,
    "the threshold decides what is counted",
  );
  await page.focus("#bundle");
  await demo.after(() => page.keyboard.press("ArrowUp"));
  assert.match(
    await demo.text("#status"),
    /^Found/,
    "the other bundle ran on the same picture",
  );
  assert.equal(
    await page.isVisible("#threshold"),
    false,
    "label maps have no scores",
  );
  await demo.close();
});

test("opacity and labels change what is drawn", async () => {
  const demo = await Demo.open(browser, server.url);
  await demo.choose(MASK_RCNN);
  await demo.after((page) => page.click("#sample"));
  const picture = () =>
    demo.page.$eval("#canvas", (canvas) => canvas.toDataURL());
  const first = await picture();
  await demo.page.fill("#opacity", "0.1");
  const second = await picture();
  await demo.page.uncheck("#names");
  const third = await picture();
  await demo.page.uncheck("#by-object");
  const pictures = [first, second, third, await picture()];
  assert.equal(new Set(pictures).size, 4);
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
    { id: 1, file_name: "small", width: 140, height: 97 },
  ]);
  assert.deepEqual(json.categories, [{ id: 1, name: "nucleus" }]);
  assert.ok(
    json.annotations.every(({ score }) => score >= json.info.score_threshold),
  );
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
  await demo.page.click("#stop");
  await page.waitForFunction(
    () => document.querySelector("#result").ariaBusy === "false",
  );
  assert.equal(await demo.text("#status"), "Stopped.");
  assert.equal(await page.isDisabled("#save-json"), true);
  await demo.give("small.png");
  assert.match(await demo.text("#status"), /^Found/);
  await demo.close();
});

test("the camera's picture is segmented; a denied camera gets a sentence", async () => {
  const demo = await Demo.open(browser, server.url);
  const { page } = demo;
  await page.click("#camera");
  await page.waitForFunction(() => document.activeElement.id === "shoot");
  await demo.after(() => page.keyboard.press("Enter"));
  assert.match(await demo.text("#status"), /^Found|no objects/);
  await page.click("#camera-off");
  assert.equal(await page.$eval("#video", (video) => video.srcObject), null);
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

test("screenshots: light, dark, and a phone's width without a scroll bar", async () => {
  const narrow = {
    viewport: { width: 360, height: 740 },
    isMobile: true,
    hasTouch: true,
  };
  const looks = [
    ["light", MASK_RCNN, "mosaic.png", { colorScheme: "light" }],
    ["dark", UNET, "mosaic.png", { colorScheme: "dark" }],
    [
      "phone",
      MASK_RCNN,
      "tile.png",
      { colorScheme: "dark", deviceScaleFactor: 2, ...narrow },
    ],
    [
      "phone",
      UNET,
      "tile.png",
      { colorScheme: "light", deviceScaleFactor: 2, ...narrow },
    ],
  ];
  const backs = new Set();
  for (const [name, bundle, image, options] of looks) {
    const demo = await Demo.open(browser, server.url, options);
    await demo.choose(bundle);
    await demo.give(image);
    const [wide, window] = await demo.page.evaluate(() => [
      document.documentElement.scrollWidth,
      innerWidth,
    ]);
    assert.ok(wide <= window, `${name}: ${wide} > ${window}`);
    const task = bundle.split("-nuclei")[0];
    const path = join(BUILD, `${name}_${options.colorScheme}_${task}.png`);
    await demo.page.screenshot({ path, fullPage: true });
    assert.ok(statSync(path).size > 10_000);
    backs.add(
      await demo.page.evaluate(
        () => getComputedStyle(document.body).backgroundColor,
      ),
    );
    await demo.close();
  }
  assert.equal(backs.size, 2);
});

/** In the page: a file comes by drag and drop, or from the clipboard. */
function hand([kind, name, base64]) {
  const bytes = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
  const type = name.endsWith(".png") ? "image/png" : "";
  const carried = new DataTransfer();
  carried.items.add(new File([bytes], name, { type }));
  const event =
    kind === "drop"
      ? new DragEvent("drop", {
          dataTransfer: carried,
          bubbles: true,
          cancelable: true,
        })
      : new ClipboardEvent("paste", { clipboardData: carried, bubbles: true });
  document.body.dispatchEvent(event);
}

/** In the page: a large picture is dropped. */
async function paint([width, height]) {
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext("2d");
  for (let i = 0; i < 400; i++) {
    context.fillStyle = `rgb(${i % 255} ${(7 * i) % 255} 90)`;
    context.fillRect((i * 131) % width, (i * 211) % height, 40, 30);
  }
  const carried = new DataTransfer();
  carried.items.add(
    new File([await canvas.convertToBlob()], "large.png", {
      type: "image/png",
    }),
  );
  document.body.dispatchEvent(
    new DragEvent("drop", {
      dataTransfer: carried,
      bubbles: true,
      cancelable: true,
    }),
  );
}
