/** The page: from a bundle and a picture to a result. */

import { connectCamera } from "./camera.js";
import { save, toJson } from "./download.js";
import { Engine, Sentence } from "./engine.js";
import { onFiles } from "./files.js";
import { fromPixels, readPicture } from "./picture.js";
import { check, report, say, showProgress } from "./status.js";
import { View } from "./view.js";

const $ = (id) => document.getElementById(id);
const view = new View();
const engine = new Engine((done, total) => {
  tiles = total;
  showProgress(done, total);
}, threadsWanted());

/** @typedef {{ name: string, get: () => Promise<Blob> }} Bundle */

const bundles = []; // in the order of the list
let opened = null; // what the engine said of the bundle in use
let inUse = -1; // its place in the list
let picture = null;
let result = null;
let tiles = 1;
let turn = 0; // of the latest request: what comes of an older one is dropped
let wanted = 0; // the turn of the latest request for a bundle
let ready = Promise.resolve(false); // whether that one was opened; never rejects

async function start() {
  connect();
  $("webgpu").disabled = !navigator.gpu;
  if (!navigator.gpu) $("accelerator").textContent = "this browser has none";
  for (const { name } of await listed()) {
    add({
      name,
      get: async () => {
        const response = await fetch(`bundles/${encodeURIComponent(name)}`);
        if (!response.ok)
          throw new Sentence(`${name} is gone. Reload the page.`);
        return response.blob();
      },
    });
  }
  if (bundles.length) await useBundle(bundles[0]);
  else say("Open a bundle: a .tflite file that kseg exported.");
}

/** The bundles that the server offers. */
async function listed() {
  try {
    const response = await fetch("bundles/index.json");
    return response.ok ? await response.json() : [];
  } catch {
    return [];
  }
}

/** The place of a bundle in the list; one of the same name is replaced. */
function add(bundle) {
  const same = bundles.findIndex(({ name }) => name === bundle.name);
  const place = same < 0 ? bundles.length : same;
  bundles[place] = bundle;
  const shown = bundle.name.replace(/\.tflite$/, "");
  $("bundle").options[place] = new Option(shown, place);
  $("bundle").disabled = false;
  return place;
}

/** Open a bundle; the one before stays in use where it cannot be. */
async function useBundle(bundle) {
  const mine = begin("Loading the network…");
  wanted = mine;
  check("wait", "Checking this device against Python…");
  // One after the other; what is no longer wanted when its turn comes is left out.
  ready = ready.then(() => wanted === mine && open(bundle));
  const done = await ready;
  if (wanted !== mine) return;
  showNetwork();
  // A picture that came in the meantime goes on by itself.
  if (mine !== turn) return;
  end();
  if (picture && done) await segment();
}

async function open(bundle) {
  try {
    const accelerator = $("webgpu").checked ? "webgpu" : "wasm";
    opened = await engine.open(await bundle.get(), bundle.name, accelerator);
    inUse = add(bundle);
    result = null;
    view.setNetwork(opened.metadata);
    performance.mark("golden");
    say("Ready for a picture.");
    return true;
  } catch (error) {
    if (error.ofRuntime) {
      engine.close();
      [opened, inUse] = [null, -1];
    }
    report(error);
    return false;
  }
}

/** What is known of the network in use. */
function showNetwork() {
  $("bundle").value = String(inUse);
  for (const id of ["open-image", "sample", "camera"]) $(id).disabled = !opened;
  if (!opened) {
    check("bad", "No network is loaded.");
    return;
  }
  const { agrees, sentence } = opened.golden;
  check(agrees ? "good" : "bad", `Checked against Python. ${sentence}`);
  if (!navigator.gpu) return;
  $("webgpu").checked = opened.accelerator === "webgpu";
  $("accelerator").textContent = opened.instead ?? "";
}

/** Take a picture and segment it. */
async function usePicture(read) {
  const mine = begin("Reading the picture…");
  try {
    const found = await read();
    await ready;
    if (mine !== turn) return;
    if (!opened) throw new Sentence("Open a bundle first: it finds things.");
    picture = found;
  } catch (error) {
    if (mine !== turn) return;
    report(error);
    end();
    return;
  }
  await segment();
}

async function segment() {
  const mine = begin("Running the network…");
  result = null;
  tiles = 1;
  view.setPicture(picture);
  $("stop").hidden = false;
  try {
    const begun = performance.now();
    const found = await engine.predict(picture.image());
    if (mine !== turn) return;
    result = found;
    say(view.setResult(result, tiles, performance.now() - begun));
    performance.mark("result");
  } catch (error) {
    if (mine !== turn) return;
    report(error);
  }
  end();
}

/** A new request: what runs is stopped, and what was said of the last one goes. */
function begin(sentence) {
  engine.stop();
  $("error").hidden = true;
  $("result").ariaBusy = "true";
  $("save-png").disabled = $("save-json").disabled = true;
  say(sentence);
  $("result").dataset.turn = ++turn;
  return turn;
}

function end() {
  $("result").ariaBusy = "false";
  $("result").dataset.done = turn;
  $("stop").hidden = $("progress").hidden = true;
  $("save-png").disabled = $("save-json").disabled = result === null;
}

function savePng() {
  view
    .toPng()
    .then((blob) => save(blob, `${picture.name}_overlay.png`), report);
}

function saveJson() {
  const { accelerator } = opened;
  const facts = {
    accelerator,
    score_threshold: view.threshold,
    milliseconds: result.times,
  };
  const data = toJson(
    result,
    view.objects,
    opened.metadata,
    picture.name,
    facts,
  );
  const blob = new Blob([JSON.stringify(data)], { type: "application/json" });
  save(blob, `${picture.name}_objects.json`);
}

function connect() {
  const on = (id, kind, listener) => $(id).addEventListener(kind, listener);
  on("bundle", "change", () => useBundle(bundles[$("bundle").value]));
  on("webgpu", "change", () => inUse >= 0 && useBundle(bundles[inUse]));
  on("sample", "click", () =>
    usePicture(async () => fromPixels("sample", opened.sample)),
  );
  connectCamera((take) => usePicture(take), report);
  on("stop", "click", () => engine.stop());
  on("save-png", "click", savePng);
  on("save-json", "click", saveJson);
  onFiles({
    bundle: (file) => useBundle({ name: file.name, get: async () => file }),
    picture: (file) => usePicture(() => readPicture(file)),
  });
  window.addEventListener("unhandledrejection", (event) =>
    report(event.reason),
  );
  window.addEventListener("error", (event) =>
    report(event.error ?? event.message),
  );
}

/** Threads need a page that no other site can reach into, which headers say. */
function threadsWanted() {
  return (
    window.crossOriginIsolated &&
    new URLSearchParams(location.search).has("threads")
  );
}

start().catch(report);
