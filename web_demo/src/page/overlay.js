/** Draws a result over its picture: areas, their contours, labels with scores. */

import { toIds } from "../kseg/detections.js";
import { colourTable, objectColour } from "./colours.js";
import { newCanvas } from "./picture.js";

const DETAIL = 2048; // pixels of the longer side that layers for the screen have at most

/**
 * What lies on each pixel.
 *
 * @param {import("../kseg/types.js").Result} result
 * @param {import("../kseg/types.js").FoundObject[]} objects Those that are to be seen.
 * @param {boolean} byObject Whether objects, where there are any, have own colours.
 * @returns {{ map: Uint8Array | Int32Array, objects: boolean }}
 */
export function areasOf(result, objects, byObject) {
  const { width, height } = result;
  if (result.task === "instances") {
    const ids = toIds(objects, height, width);
    return byObject
      ? { map: ids, objects: true }
      : { map: classesOf(ids, objects), objects: false };
  }
  if (result.ids && byObject) return { map: result.ids, objects: true };
  return { map: result.labels, objects: false };
}

/**
 * Two canvases to lay on the picture: colours inside, and contours.
 *
 * @param {{ map: Uint8Array | Int32Array, objects: boolean }} areas
 * @param {number} width Of the map.
 * @param {number} height
 * @param {[number, number, number][]} palette By class.
 * @param {boolean} whole One pixel of the layers for each of the map, however large.
 * @returns {{ inside: HTMLCanvasElement, contours: HTMLCanvasElement }}
 */
export function makeLayers(
  { map, objects },
  width,
  height,
  palette,
  whole = false,
) {
  const step = whole ? 1 : Math.ceil(Math.max(width, height) / DETAIL);
  const [w, h] = [Math.ceil(width / step), Math.ceil(height / step)];
  const colour = colourTable(objects, palette);
  const inside = new ImageData(w, h);
  const contours = new ImageData(w, h);
  const fill = new Uint32Array(inside.data.buffer);
  const line = new Uint32Array(contours.data.buffer);
  const half = step >> 1;
  const at = (y, x) =>
    map[
      Math.min(y * step + half, height - 1) * width +
        Math.min(x * step + half, width - 1)
    ];
  for (let y = 0; y < h; y++) {
    for (let x = 0; x < w; x++) {
      const id = at(y, x);
      const shade = colour(id);
      if (shade === 0) continue;
      const edge =
        (y > 0 && at(y - 1, x) !== id) ||
        (y < h - 1 && at(y + 1, x) !== id) ||
        (x > 0 && at(y, x - 1) !== id) ||
        (x < w - 1 && at(y, x + 1) !== id);
      (edge ? line : fill)[y * w + x] = shade;
    }
  }
  return { inside: canvasOf(inside), contours: canvasOf(contours) };
}

/**
 * Draw picture and result.
 *
 * @param {HTMLCanvasElement} canvas Of the size wanted.
 * @param {HTMLCanvasElement} picture
 * @param {{ inside: HTMLCanvasElement, contours: HTMLCanvasElement } | null} layers
 * @param {{ opacity: number, plates: Plate[], letters: number }} view Opacity 0 to 1;
 *     `letters` is the height of letters in pixels of the canvas.
 */
export function draw(canvas, picture, layers, { opacity, plates, letters }) {
  const context = canvas.getContext("2d");
  const { width, height } = canvas;
  // Enlarged pixels stay squares: what the network saw.
  context.imageSmoothingEnabled = width < picture.width;
  context.globalAlpha = 1;
  context.drawImage(picture, 0, 0, width, height);
  if (layers === null) return;
  context.globalAlpha = opacity;
  context.drawImage(layers.inside, 0, 0, width, height);
  context.globalAlpha = 1;
  context.drawImage(layers.contours, 0, 0, width, height);
  write(context, plates, width / picture.width, letters);
}

/**
 * @typedef {{ text: string, box: number[], colour: number[] }} Plate Box in pixels of the
 *     picture.
 */

/**
 * The labels of objects that have a score, the best first.
 *
 * @param {import("../kseg/types.js").FoundObject[]} objects
 * @param {import("../kseg/types.js").Metadata} metadata
 * @param {boolean} byObject Whether objects have own colours.
 * @returns {Plate[]}
 */
export function platesOf(objects, { classes, palette }, byObject) {
  const scored = objects.filter(({ score }) => score !== undefined);
  return scored.map(({ box, score, class: id }, index) => ({
    // Of the only class a name would say what all are, and hide them.
    text:
      classes.length === 2
        ? score.toFixed(2)
        : `${classes[id]} ${score.toFixed(2)}`,
    box,
    colour: byObject ? objectColour(index + 1) : palette[id],
  }));
}

/**
 * Write plates where no other plate stands, and none three times as wide as its
 * object: a crowd is to be seen, not its labels.
 */
function write(context, plates, scale, letters) {
  context.font = `600 ${letters}px system-ui, sans-serif`;
  context.textBaseline = "middle";
  const high = Math.round(letters * 1.3);
  const taken = [];
  for (const { text, box, colour } of plates) {
    const wide = Math.ceil(context.measureText(text).width + letters * 0.5);
    if (wide > 3 * scale * (box[3] - box[1])) continue;
    const place = placesFor(box, scale, wide, high, context.canvas).find(
      ([x, y]) =>
        taken.every(
          ([a, b, w]) => x >= a + w || a >= x + wide || Math.abs(y - b) >= high,
        ),
    );
    if (!place) continue;
    const [x, y] = place;
    taken.push([x, y, wide]);
    context.fillStyle = `rgb(${colour.join(" ")})`;
    context.fillRect(x, y, wide, high);
    // The weights of the eye for red, green and blue.
    const bright =
      colour[0] * 0.299 + colour[1] * 0.587 + colour[2] * 0.114 > 140;
    context.fillStyle = bright ? "#141414" : "#ffffff";
    context.fillText(text, x + letters * 0.25, y + high / 2);
  }
}

/** Where a plate may begin: above its box, inside it, below it; within the canvas. */
function placesFor([y1, x1, y2], scale, wide, high, { width, height }) {
  const x = Math.max(0, Math.min(Math.round(x1 * scale), width - wide));
  const rows = [y1 * scale - high, y1 * scale, y2 * scale];
  return rows.map((y) => [
    x,
    Math.max(0, Math.min(Math.round(y), height - high)),
  ]);
}

function classesOf(ids, objects) {
  const classes = Uint8Array.from([
    0,
    ...objects.map((object) => object.class),
  ]);
  return Uint8Array.from(ids, (id) => classes[id]);
}

function canvasOf(pixels) {
  const canvas = newCanvas(pixels.width, pixels.height);
  canvas.getContext("2d").putImageData(pixels, 0, 0);
  return canvas;
}
