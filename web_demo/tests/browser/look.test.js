/** How the page is used and seen: keyboard, focus, what is read out, looks, widths. */

import assert from "node:assert/strict";
import { statSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { BUILD, Demo, launch, serve } from "./harness.js";

const [UNET, MASK_RCNN] = [
  "unet-nuclei-int8.tflite",
  "mask-rcnn-nuclei-int8.tflite",
];
let browser, server;

before(async () => {
  server = await serve();
  browser = await launch();
});

after(async () => {
  await browser?.close();
  server?.close();
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

test("what the page says by itself is read out", async () => {
  const demo = await Demo.open(browser, server.url);
  for (const id of ["status", "error", "golden", "accelerator"]) {
    const live = await demo.page.$eval(`#${id}`, (said) =>
      Boolean(said.ariaLive ?? said.role),
    );
    assert.equal(live, true, id);
  }
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
