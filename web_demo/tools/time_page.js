/**
 * Times the page in Chromium, for benchmarks/web.py: one JSON line on stdout per round.
 *
 *     node tools/time_page.js URL IMAGE ROUNDS BUNDLE...
 *
 * A line "go" on stdin starts the next round, so that the caller measures Python's
 * runtime in turn with it.
 */
import { createInterface } from "node:readline";
import { Demo, launch } from "../tests/browser/harness.js";

const [url, image, rounds, ...bundles] = process.argv.slice(2);
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const browser = await launch();

/** Page load to the golden check, and to the first result, of a browser without cache. */
async function load() {
  const demo = await Demo.open(browser, url);
  const checked = await mark(demo, "golden");
  const before = await demo.page.evaluate(() => performance.now());
  await demo.after((page) => page.setInputFiles("#image-file", image));
  const result = checked + (await mark(demo, "result")) - before;
  await demo.close();
  return { checked, result };
}

async function predict(demo, bundle) {
  await demo.choose(bundle);
  await demo.after((page) => page.setInputFiles("#image-file", image));
  const times = (await demo.json()).info.milliseconds;
  const [tiles] = (await demo.text("#times")).match(/(?<=Network, )\d+/);
  return { ...times, tiles: Number(tiles) };
}

function mark({ page }, name) {
  return page.evaluate(
    (name) => performance.getEntriesByName(name).at(-1).startTime,
    name,
  );
}

const plain = await Demo.open(browser, url);
const threaded = await Demo.open(browser, `${url}?threads`);
for (const demo of [plain, threaded])
  for (const name of bundles) await predict(demo, name);
for (let round = 0; round < Number(rounds); round++) {
  console.log("ready");
  await lines.next();
  const found = { load: await load(), plain: {}, threaded: {} };
  for (const name of bundles) {
    found.plain[name] = await predict(plain, name);
    found.threaded[name] = await predict(threaded, name);
  }
  console.log(JSON.stringify(found));
}
await browser.close();
