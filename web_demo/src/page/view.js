/** What is seen of a result: the canvas, the tables, the controls that change them. */

import { above } from "../kseg/detections.js";
import { areasOf, draw, makeLayers, platesOf } from "./overlay.js";
import { newCanvas } from "./picture.js";
import { countClasses, fillCounts, fillTimes, sentenceOf } from "./summary.js";

const LETTERS = 13; // CSS pixels
const [NARROW, SMALL_LETTERS] = [480, 11]; // of a canvas on a phone
const SAVED_SIDE = 1024; // pixels of the longer side that a saved picture has at least

const $ = (id) => document.getElementById(id);
const percent = (value) => `${Math.round(100 * value)} %`;

/** Shows one picture, and its result once that is there. */
export class View {
  #picture = null;
  #result = null;
  #metadata = null;
  #threshold = 0.5;
  #shown = null; // { objects, layers, plates } of the result as the controls have it

  constructor() {
    $("opacity").addEventListener("input", () => this.#draw());
    $("names").addEventListener("change", () => this.#draw());
    $("by-object").addEventListener("change", () => this.#change());
    $("threshold").addEventListener("input", () => {
      this.#threshold = Number($("threshold").value);
      this.#change();
    });
    // Drawing changes the height of the stage, never its width.
    let wide = 0;
    const resized = new ResizeObserver(() => {
      if (wide === $("stage").clientWidth) return;
      wide = $("stage").clientWidth;
      requestAnimationFrame(() => this.#draw());
    });
    resized.observe($("stage"));
  }

  /** @returns {object[]} The objects that are seen, the highest score first. */
  get objects() {
    return this.#shown?.objects ?? [];
  }

  /** @returns {number | null} The least score that is seen; null without scores. */
  get threshold() {
    return this.#result?.task === "instances" ? this.#threshold : null;
  }

  /**
   * Set the controls for a network; what another one found is no longer shown.
   *
   * @param {import("../kseg/types.js").Metadata} metadata
   */
  setNetwork(metadata) {
    const instances = metadata.task === "instances";
    this.#metadata = metadata;
    this.#result = this.#shown = null;
    $("counts").hidden = $("times").hidden = true;
    this.#threshold = metadata.score_threshold;
    $("threshold").value = this.#threshold;
    $("threshold-row").hidden = $("names-row").hidden = !instances;
    $("colours-row").hidden = !instances && !metadata.instances;
    this.#draw();
  }

  /** @param {import("./picture.js").Picture} picture Shown without a result. */
  setPicture(picture) {
    this.#picture = picture;
    this.#result = this.#shown = null;
    $("counts").hidden = $("times").hidden = true;
    delete $("stage").dataset.empty;
    this.#draw();
    // On a phone it lies below the controls.
    $("result").scrollIntoView({ block: "nearest" });
    const { width, height } = picture.canvas;
    $("canvas").ariaLabel =
      `${picture.name}, ${width} x ${height} pixels, no result yet`;
  }

  /**
   * Show a result of the picture.
   *
   * @param {import("../kseg/types.js").Result} result
   * @param {number} tiles That were run.
   * @param {number} milliseconds From the picture's pixels to the result.
   * @returns {string} A sentence about it.
   */
  setResult(result, tiles, milliseconds) {
    this.#result = result;
    const start = performance.now();
    this.#change();
    const { prepare, network, decode } = result.times;
    fillTimes($("times"), [
      ["Reading the picture", this.#picture.reading],
      ["Preprocessing", prepare],
      [`Network, ${tiles} ${tiles === 1 ? "tile" : "tiles"}`, network],
      [result.objects ? "Objects" : "Label map", decode],
      ["Drawing", performance.now() - start],
    ]);
    return sentenceOf(this.#rows(), result, milliseconds);
  }

  /** @returns {Promise<Blob>} Picture and result as a PNG of the picture's own pixels. */
  toPng() {
    const { width, height } = this.#picture.canvas;
    // Small pictures are enlarged, so that labels can be read.
    const scale = Math.max(1, Math.ceil(SAVED_SIDE / Math.max(width, height)));
    const canvas = newCanvas(width * scale, height * scale);
    const letters = Math.max(
      LETTERS,
      Math.max(canvas.width, canvas.height) / 70,
    );
    draw(canvas, this.#picture.canvas, this.#layers(true), this.#look(letters));
    return new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
  }

  #rows() {
    return countClasses(this.#result, this.objects, this.#metadata.classes);
  }

  /** Another result, threshold or colouring. */
  #change() {
    this.#controls();
    if (this.#result === null) return;
    const { objects, task, width, height } = this.#result;
    const seen =
      task === "instances" ? above(objects, this.#threshold) : (objects ?? []);
    this.#shown = { objects: seen };
    this.#shown.layers = this.#layers(false);
    this.#shown.plates = platesOf(seen, this.#metadata, $("by-object").checked);
    fillCounts(
      $("counts"),
      this.#rows(),
      this.#metadata.palette,
      width * height,
    );
    this.#draw();
    const parts = this.#rows().map((row) =>
      `${row.objects ?? ""} ${row.name}`.trim(),
    );
    $("canvas").ariaLabel =
      `${this.#picture.name}: ${parts.join(", ") || "nothing found"}`;
  }

  #layers(whole) {
    const { width, height } = this.#result;
    const areas = areasOf(this.#result, this.objects, $("by-object").checked);
    return makeLayers(areas, width, height, this.#metadata.palette, whole);
  }

  #look(letters) {
    const plates = $("names").checked ? this.#shown.plates : [];
    return { opacity: Number($("opacity").value), plates, letters };
  }

  /** The numbers beside the sliders. */
  #controls() {
    const opacity = percent(Number($("opacity").value));
    const threshold = this.#threshold.toFixed(2);
    $("opacity-value").value = $("opacity").ariaValueText = opacity;
    $("threshold-value").value = $("threshold").ariaValueText = threshold;
  }

  #draw() {
    this.#controls();
    if (this.#picture === null) return;
    const { width, height } = this.#picture.canvas;
    const wide = $("stage").clientWidth;
    const fit = Math.min(
      wide / width,
      Math.max(240, 0.8 * window.innerHeight) / height,
    );
    const ratio = window.devicePixelRatio;
    const canvas = $("canvas");
    canvas.width = Math.max(1, Math.round(width * fit * ratio));
    canvas.height = Math.max(1, Math.round(height * fit * ratio));
    canvas.style.width = `${width * fit}px`;
    const letters = wide < NARROW ? SMALL_LETTERS : LETTERS;
    const layers = this.#shown?.layers ?? null;
    draw(
      canvas,
      this.#picture.canvas,
      layers,
      layers ? this.#look(letters * ratio) : {},
    );
  }
}
