/** The page: from a bundle and a picture to a result. */

import { addBundle, addOffered, bundleAt } from "./bundles.js";
import { connectCamera } from "./camera.js";
import { save, toJson } from "./download.js";
import { Engine, Sentence } from "./engine.js";
import { onFiles } from "./files.js";
import { fromPixels, readPicture } from "./picture.js";
import { check, report, say, showProgress } from "./status.js";
import { View } from "./view.js";

const OPEN_FIRST = "Open a bundle first: it finds things.";
const $ = (id) => document.getElementById(id);
const view = new View();
const engine = new Engine(threadsWanted(), (again) => {
  opened = again;
  showNetwork();
});

let opened = null; // what the engine said of the bundle in use
let inUse = -1; // its place in the list
let asked = null; // the bundle that is being opened, or else the one in use
let picture = null;
let due = false; // whether it is still to be segmented with the network in use
let result = null;
let turn = 0; // of the latest request: what comes of an older one is dropped
let opening = 0; // the turn that asked for the latest bundle, until that is opened
let reading = 0; // and for the latest picture, until that is read
let queue = Promise.resolve(); // of bundles to open; never rejects

async function start() {
  connect();
  $("webgpu").disabled = !navigator.gpu;
  if (!navigator.gpu) $("accelerator").textContent = "this browser has none";
  await addOffered();
  if (bundleAt(0)) await useBundle(bundleAt(0));
  else say("Open a bundle: a .tflite file that kseg exported.");
}

/** Open a bundle; the one before stays in use where it cannot be. */
async function useBundle(bundle) {
  const mine = (opening = begin("Loading the network…"));
  asked = bundle;
  $("error").hidden = true;
  check("wait", "Checking this device against Python…");
  // One after the other; what is no longer wanted when its turn comes is left out.
  queue = queue.then(() => opening === mine && open(bundle));
  await queue;
  if (opening !== mine) return;
  opening = 0;
  showNetwork();
  await goOn();
}

async function open(bundle) {
  try {
    const accelerator = $("webgpu").checked ? "webgpu" : "wasm";
    opened = await engine.open(await bundle.get(), bundle.name, accelerator);
    inUse = addBundle(bundle);
    due = true;
    result = null;
    view.setNetwork(opened.metadata);
    performance.mark("golden");
    say("Ready for a picture.");
  } catch (error) {
    if (error.ofRuntime) engine.close();
    forgetLost();
    if (asked === bundle) asked = bundleAt(inUse);
    report(error);
  }
}

/** After an error: a network is gone when its worker is. */
function forgetLost() {
  if (!engine.holdsNetwork) [opened, inUse] = [null, -1];
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
  const mine = (reading = begin("Reading the picture…"));
  $("error").hidden = true;
  try {
    const found = await read();
    if (reading !== mine) return;
    [picture, due] = [found, true];
    if (!opened && !opening) throw new Sentence(OPEN_FIRST);
  } catch (error) {
    if (reading !== mine) return;
    report(error);
  }
  reading = 0;
  await goOn();
}

/** The golden image of the network that is chosen last, once that is opened. */
async function sample() {
  await queue;
  if (!opened) throw new Sentence(OPEN_FIRST);
  return fromPixels("sample", opened.sample);
}

/** Segment what is due, once nothing is opened or read any more: whoever is last. */
async function goOn() {
  if (opening || reading) return;
  if (due && picture && opened) await segment();
  else end();
}

async function segment() {
  const mine = begin("Running the network…");
  result = null;
  let tiles = 1;
  $("stop").hidden = false;
  try {
    view.setPicture(picture);
    const begun = performance.now();
    const found = await engine.predict(picture.image, (done, total) => {
      tiles = total;
      if (mine === turn) showProgress(done, total);
    });
    if (mine !== turn) return;
    result = found;
    say(view.setResult(result, tiles, performance.now() - begun));
    performance.mark("result");
  } catch (error) {
    if (mine !== turn) return;
    forgetLost();
    if (!opened) showNetwork();
    report(error);
  }
  // One that was interrupted by a newer request is still due.
  due = false;
  end();
}

/** A new request: what runs is stopped, and nothing can be saved until it is done. */
function begin(sentence) {
  engine.stop();
  $("result").ariaBusy = "true";
  $("save-png").disabled = $("save-json").disabled = true;
  hideProgress();
  say(sentence);
  $("result").dataset.turn = ++turn;
  return turn;
}

function end() {
  $("result").ariaBusy = "false";
  $("result").dataset.done = turn;
  hideProgress();
  $("save-png").disabled = $("save-json").disabled = !(result && opened);
}

function hideProgress() {
  // A button that is hidden would drop the focus to the start of the page.
  if (document.activeElement === $("stop"))
    $("result").focus({ preventScroll: true });
  $("stop").hidden = $("progress").hidden = true;
}

function savePng() {
  view
    .toPng()
    .then((blob) => save(blob, `${stem()}_overlay.png`), report);
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
  save(blob, `${stem()}_objects.json`);
}

/** The picture's name without the ending of its file. */
function stem() {
  return picture.name.replace(/\.[^.]+$/, "") || "picture";
}

function connect() {
  const on = (id, kind, listener) => $(id).addEventListener(kind, listener);
  on("bundle", "change", () => useBundle(bundleAt($("bundle").value)));
  on("webgpu", "change", () => asked && useBundle(asked));
  on("sample", "click", () => usePicture(sample));
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
