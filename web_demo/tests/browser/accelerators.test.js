/** WebGPU and threads: used where they agree with Python, said where not. */

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Demo, launch, serve } from "./harness.js";

/** A runtime that knows the golden labels, on WebGPU none that there are. */
const BROKEN_ON_GPU = `
export const loadRuntime = async () => {};
export class Network {
  static async compile({ golden, metadata }, accelerator) {
    const labels = golden.labels.slice();
    if (accelerator === "webgpu") labels.fill(255);
    const run = async () => ({ [metadata.output.name]: labels });
    return { run, delete() {} };
  }
}`;

/** One that is right so many times on WebGPU, and wrong ever after. */
const rightOnGpu = (times) => `
export const loadRuntime = async () => {};
export class Network {
  static async compile({ golden, metadata }, accelerator) {
    const [right, wrong] = [golden.labels, golden.labels.map(() => 0)];
    let left = accelerator === "webgpu" ? ${times} : Infinity;
    const run = async () => ({
      [metadata.output.name]: left-- > 0 ? right : wrong,
    });
    return { run, delete() {} };
  }
}`;
const withRuntime = (body) => (page) =>
  page.route("**/src/page/runtime.js", (route) =>
    route.fulfill({ contentType: "text/javascript", body }),
  );
let server;

before(async () => {
  server = await serve();
});

after(() => server?.close());

test("without a GPU the switch goes back to wasm and says why", async () => {
  const browser = await launch();
  const demo = await Demo.open(browser, server.url);
  await demo.after((page) => page.check("#webgpu"));
  assert.match(
    await demo.text("#accelerator"),
    /^WebGPU is not used here, wasm is: /,
  );
  assert.equal(await demo.page.isChecked("#webgpu"), false);
  assert.equal(await demo.page.getAttribute("#golden", "data-state"), "good");
  await demo.give("small.png");
  assert.match(await demo.text("#status"), /^Found/);
  await browser.close();
});

test("a GPU that gives no sense at all is left for wasm, which does", async () => {
  const browser = await launch();
  const broken = withRuntime(BROKEN_ON_GPU);
  const demo = await Demo.open(browser, server.url, {}, broken);
  await demo.after((page) => page.check("#webgpu"));
  assert.match(
    await demo.text("#accelerator"),
    /^WebGPU is not used here, wasm is: .*labels below/,
  );
  assert.equal(await demo.error(), "");
  assert.equal(await demo.page.getAttribute("#golden", "data-state"), "good");
  await browser.close();
});

test("a GPU whose third golden check is wrong is left for wasm", async () => {
  const browser = await launch();
  const demo = await Demo.open(browser, server.url, {}, withRuntime(rightOnGpu(2)));
  await demo.after((page) => page.check("#webgpu"));
  assert.match(
    await demo.text("#accelerator"),
    /^WebGPU is not used here, wasm is: it disagrees with Python/,
  );
  await browser.close();
});

test("a GPU that goes wrong after 20 pictures is left, and the picture is done on wasm", async () => {
  const browser = await launch();
  // Three checks and 20 pictures of a tile are right; the check that follows is not.
  const runtime = withRuntime(rightOnGpu(3 + 20));
  const demo = await Demo.open(browser, server.url, {}, runtime);
  await demo.after((page) => page.check("#webgpu"));
  assert.equal(await demo.page.isChecked("#webgpu"), true);
  for (let n = 1; n <= 20; n++) {
    assert.equal(await demo.text("#accelerator"), "", `before picture ${n}`);
    await demo.give("small.png");
  }
  assert.match(
    await demo.text("#accelerator"),
    /^WebGPU is not used any more, wasm is: .* may be wrong, too\. .*does not agree/,
  );
  assert.equal(await demo.page.isChecked("#webgpu"), false);
  assert.equal(await demo.page.getAttribute("#golden", "data-state"), "good");
  assert.match(await demo.text("#status"), /^Found/);
  assert.equal(await demo.error(), "");
  assert.equal((await demo.json()).info.accelerator, "wasm");
  await browser.close();
});

test("a software GPU is used only where the golden check agrees", async (t) => {
  const browser = await launch(
    "--enable-unsafe-webgpu",
    "--use-webgpu-adapter=swiftshader",
  );
  const demo = await Demo.open(browser, server.url);
  await demo.after((page) => page.check("#webgpu"));
  for (const name of ["unet-nuclei-int8", "mask-rcnn-nuclei-int8"]) {
    await demo.choose(name);
    const used = await demo.page.isChecked("#webgpu");
    const said = await demo.text("#accelerator");
    t.diagnostic(`${name}: ${used ? "WebGPU agrees" : said}`);
    assert.equal(used, said === "");
    // Either way what is used agrees.
    assert.equal(await demo.page.getAttribute("#golden", "data-state"), "good");
  }
  await browser.close();
});

test("threads give the same golden result", async () => {
  const browser = await launch();
  const demo = await Demo.open(browser, `${server.url}?threads`);
  assert.ok(demo.requests.some((url) => url.includes("litert_wasm_threaded")));
  assert.equal(await demo.page.getAttribute("#golden", "data-state"), "good");
  await demo.give("small.png");
  assert.match(await demo.text("#status"), /^Found/);
  await browser.close();
});
