/** From a file, a camera or a bundle to pixels, and to a canvas that can be drawn. */

import { decodePng, isDeepPng } from "../kseg/png.js";
import { Sentence, bytesOf } from "./engine.js";

// The maps of more fill the memory.
const MOST_PIXELS = 36e6;
const HEAD = 2 ** 18; // bytes; JPEG's size stands behind its thumbnail and profile

/**
 * @typedef {object} Picture
 * @property {string} name Of the file, or of where it came from.
 * @property {HTMLCanvasElement} canvas What is drawn beneath the result.
 * @property {() => import("../kseg/types.js").Image} image Its pixels, a copy each time.
 * @property {number} reading Milliseconds that it took to decode.
 */

/**
 * Decode an image file.
 *
 * @param {File} file
 * @returns {Promise<Picture>}
 * @throws {Sentence} It is no image, or a larger one than this page takes.
 */
export async function readPicture(file) {
  const start = performance.now();
  const head = new Uint8Array(await bytesOf(file.slice(0, HEAD), file.name));
  if (head.length === 0)
    throw new Sentence(`${file.name} is empty. Choose another file.`);
  const size = sizeOf(head);
  if (size) checkSize(file.name, ...size);
  if (isDeepPng(head)) {
    const bytes = new Uint8Array(await bytesOf(file, file.name));
    const image = await sentences(file.name, () => decodePng(bytes));
    return fromPixels(file.name, image, start);
  }
  const bitmap = await sentences(file.name, () =>
    createImageBitmap(file, {
      colorSpaceConversion: "none",
      premultiplyAlpha: "none",
    }),
  );
  try {
    const { width, height } = bitmap;
    checkSize(file.name, width, height);
    return fromDrawable(file.name, bitmap, width, height, start);
  } finally {
    bitmap.close();
  }
}

/**
 * A picture from what a canvas can draw: a bitmap, a frame of a video.
 *
 * @param {string} name
 * @param {CanvasImageSource} source
 * @param {number} width
 * @param {number} height
 * @param {number} start When its reading began.
 * @returns {Picture}
 */
export function fromDrawable(
  name,
  source,
  width,
  height,
  start = performance.now(),
) {
  const context = contextOf(name, width, height);
  context.drawImage(source, 0, 0);
  const reading = performance.now() - start;
  return {
    name,
    canvas: context.canvas,
    image: () => context.getImageData(0, 0, width, height),
    reading,
  };
}

/**
 * A picture from pixels, such as a bundle's golden image.
 *
 * @param {string} name
 * @param {import("../kseg/types.js").Image} image Of 8 or 16 bits.
 * @param {number} start When its reading began.
 * @returns {Picture}
 */
export function fromPixels(name, image, start = performance.now()) {
  const { width, height } = image;
  const context = contextOf(name, width, height);
  context.putImageData(shown(image), 0, 0);
  const copy = () => ({ ...image, data: image.data.slice() });
  const reading = performance.now() - start;
  return { name, canvas: context.canvas, image: copy, reading };
}

// A canvas that is larger, or longer, than a browser allows holds nothing, with an error
// or without one: the network would be shown a blank picture.
function contextOf(name, width, height) {
  const often = { willReadFrequently: true };
  const context = newCanvas(width, height).getContext("2d", often);
  if (holdsPixels(context)) return context;
  throw new Sentence(
    `Expected an image that fits this browser's canvas. Received: ${name}, ${width} x ` +
      `${height}. Scale it down or cut it, or use \`kseg predict\` in Python.`,
  );
}

function holdsPixels(context) {
  try {
    context.fillRect(0, 0, 1, 1);
    const [, , , alpha] = context.getImageData(0, 0, 1, 1).data;
    context.clearRect(0, 0, 1, 1);
    return alpha === 255;
  } catch {
    return false;
  }
}

/** @returns {HTMLCanvasElement} */
export function newCanvas(width, height) {
  const canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = height;
  return canvas;
}

/** Any image as a screen shows it: 16 bits from their darkest to their brightest. */
function shown({ data, width, height, channels = 4 }) {
  const pixels = new ImageData(width, height);
  const colours = channels < 3 ? 1 : 3;
  let low = 0;
  let high = 255;
  if (data instanceof Uint16Array) {
    [low, high] = [65535, 0];
    for (const value of data) {
      if (value < low) low = value;
      if (value > high) high = value;
    }
  }
  const scale = 255 / Math.max(1, high - low);
  for (let i = 0; i < width * height; i++) {
    for (let c = 0; c < 3; c++) {
      const value = data[i * channels + (colours === 1 ? 0 : c)];
      pixels.data[i * 4 + c] = (value - low) * scale;
    }
    pixels.data[i * 4 + 3] = 255;
  }
  return pixels;
}

function checkSize(name, width, height) {
  if (width * height <= MOST_PIXELS) return;
  const millions = (n) => Math.round(n / 1e6);
  throw new Sentence(
    `Expected an image of at most ${millions(MOST_PIXELS)} million pixels. Received: ` +
      `${name}, ${width} x ${height}, ${millions(width * height)} million. Scale it down ` +
      "or cut it, or use `kseg predict` in Python, which takes any size.",
  );
}

/** Width and height as the head of a PNG or a JPEG says, before anything is decoded. */
function sizeOf(head) {
  const view = new DataView(head.buffer);
  if (head.length > 24 && view.getUint32(0) === 0x89504e47) {
    return [view.getUint32(16), view.getUint32(20)];
  }
  if (head.length < 4 || view.getUint16(0) !== 0xffd8) return null;
  let at = 2;
  while (at + 9 < head.length && head[at] === 0xff) {
    const marker = head[at + 1];
    // Start of frame: all of C0 to CF but the tables C4, C8 and CC.
    if (
      marker === 0xc0 ||
      (marker > 0xc0 && marker <= 0xcf && marker % 4 !== 0)
    ) {
      return [view.getUint16(at + 7), view.getUint16(at + 5)];
    }
    at += 2 + view.getUint16(at + 2);
  }
  return null;
}

/** What a decoder throws, as a sentence; its own sentences stay. */
async function sentences(name, decode) {
  try {
    return await decode();
  } catch (error) {
    if (error.name === "ImageError") throw new Sentence(error.message);
    throw new Sentence(
      "Expected an image that this browser reads, such as a PNG, a JPEG or a WebP. " +
        `Received: ${name}, which it cannot decode. Choose another file, or save it as ` +
        "PNG; `kseg predict` reads TIFF.",
    );
  }
}
