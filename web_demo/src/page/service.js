/**
 * What the worker does: it owns the runtime, the bundle and its network.
 *
 * Requests are `{ id, kind, ... }`, answers `{ id, value }` or `{ id, error }`; between
 * them come `{ id, progress }`. One request is worked on at a time, but "stop" at once:
 * it is for every picture that came before it, those that still wait too.
 */

import { BundleError, ImageError } from "../kseg/errors.js";
import { readBundle } from "../kseg/bundle.js";
import { ownTile } from "../kseg/cover.js";
import { runGolden, runGoldenTimes } from "../kseg/golden.js";
import { predict } from "../kseg/predictor.js";
import { resize } from "../kseg/resize.js";
import { RULES } from "../kseg/rules_file.js";
import { Network, loadRuntime } from "./runtime.js";

const { accelerator_checks, accelerator_images } = RULES.golden;
let current = null; // { bundle, network, unchecked }: pictures until the next check
let stopping = new AbortController();
let turn = Promise.resolve();

/**
 * Take a request, and answer with postMessage.
 *
 * @param {{ id: number, kind: "open" | "predict" | "stop" }} request
 * @returns {Promise<void>}
 */
export function receive(request) {
  if (request.kind === "stop") {
    stopping.abort();
    stopping = new AbortController();
    return turn;
  }
  const work = request.kind === "open" ? open : find;
  const { signal } = stopping;
  turn = turn.then(() => answer(request.id, work, { ...request, signal }));
  return turn;
}

async function answer(id, work, request) {
  try {
    const [value, transfer] = await work(request);
    self.postMessage({ id, value }, transfer);
  } catch (error) {
    self.postMessage({ id, error: describe(error) });
  }
}

/** What the page needs to know of an error; only sentences are shown as they are. */
function describe(error) {
  const sentence = error instanceof BundleError || error instanceof ImageError;
  // Messages of Emscripten are pointers, or stacks of several lines.
  const message = String(error?.message ?? error).split("\n")[0];
  return { name: error?.name ?? "Error", message, sentence };
}

/** Open a bundle; the one before stays until the new one runs. */
async function open({ buffer, name, accelerator, threads }) {
  const times = {};
  const bundle = await timed(times, "read", () => readBundle(buffer, name));
  await timed(times, "runtime", () => loadRuntime(threads));
  const network = await timed(times, "compile", () =>
    Network.compile(bundle, accelerator),
  );
  const checks = accelerator === "wasm" ? 1 : accelerator_checks;
  let golden;
  try {
    golden = await timed(times, "golden", () =>
      runGoldenTimes(network.run, bundle, checks),
    );
  } catch (error) {
    network.delete();
    // Numbers that make no sense are a GPU's fault before they are the file's.
    throw accelerator === "wasm" ? error : new Error(error.message);
  }
  current?.network.delete();
  const unchecked = accelerator === "wasm" ? Infinity : accelerator_images;
  current = { bundle, network, unchecked };
  const value = {
    metadata: bundle.metadata,
    golden,
    accelerator,
    times,
    sample: sampleOf(bundle),
  };
  return [value, []];
}

/** The golden image as it was before it was enlarged for the network. */
function sampleOf({ golden, metadata }) {
  const image =
    metadata.input.magnification === 1
      ? golden.image
      : resize(golden.image, ...ownTile(metadata));
  return { ...image, ready: true };
}

/** Predict an image; everything that scores above 0 is kept, the page leaves out. */
async function find({ id, image, signal }) {
  const { bundle, network } = current;
  const run = async (pixels) => {
    await breathe();
    return network.run(pixels);
  };
  const result = await predict(run, bundle, image, {
    scoreThreshold: 0,
    signal,
    onTile: (done, total) =>
      self.postMessage({ id, progress: { done, total } }),
  });
  if (--current.unchecked === 0) await checkAgain(current);
  const maps = [result.labels, result.ids].filter(Boolean);
  return [result, maps.map(({ buffer }) => buffer)];
}

/** Once more on an accelerator, where right answers may be followed by wrong ones. */
async function checkAgain(opened) {
  const wrong = (sentence) => {
    opened.unchecked = 1; // and no picture more
    return Object.assign(new Error(sentence), { name: "Disagreement" });
  };
  let golden;
  try {
    golden = await runGolden(opened.network.run, opened.bundle);
  } catch (error) {
    throw wrong(error.message);
  }
  if (!golden.agrees) throw wrong(golden.sentence);
}

async function timed(times, name, work) {
  const start = performance.now();
  const value = await work();
  times[name] = performance.now() - start;
  return value;
}

/** Let messages in: a promise alone would keep "stop" out until the end. */
function breathe() {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}
