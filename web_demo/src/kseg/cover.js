/** Tiles that cover an image, inside of it, of networks that give objects. */

import { magnifiedSize, resize } from "./resize.js";

/**
 * (h, w) of a tile in pixels of the image.
 *
 * @param {import('./types.js').Metadata} metadata
 * @returns {[number, number]}
 */
export function ownTile({ input }) {
  return input.size.map((side) =>
    Math.max(1, Math.trunc(side / input.magnification)),
  );
}

/**
 * The tiles that cover an image; where it is smaller than a tile, only as far as it goes.
 *
 * @param {[number, number]} shape (H, W) of the image.
 * @param {[number, number]} size (h, w) of a tile.
 * @param {number} margin Neighbours share twice as many pixels, or more.
 * @returns {[number, number, number, number][]} (y1, x1, y2, x2) of each, row by row.
 */
export function cover(shape, size, margin) {
  const [rows, columns] = shape.map((n, axis) =>
    tileStarts(n, size[axis], 2 * margin).map((start) => [
      start,
      Math.min(start + size[axis], n),
    ]),
  );
  return rows.flatMap(([y1, y2]) =>
    columns.map(([x1, x2]) => [y1, x1, y2, x2]),
  );
}

/**
 * Where the tiles of one axis start: as few as cover it, spread evenly.
 *
 * @param {number} size Pixels of the image.
 * @param {number} tile Pixels of a tile.
 * @param {number} overlap Pixels that neighbours share at least; 0 to tile - 1.
 * @returns {number[]}
 */
export function tileStarts(size, tile, overlap) {
  if (size <= tile) return [0];
  const steps = Math.ceil((size - tile) / (tile - overlap));
  return Array.from({ length: steps + 1 }, (_, i) =>
    Math.floor(((size - tile) * i) / steps),
  );
}

/**
 * A tile of an image as a network sees it; 0 below and right of a smaller one.
 *
 * @param {import('./types.js').Image} image
 * @param {[number, number, number, number]} tile One of `cover`.
 * @param {[number, number]} own (h, w) of a tile in pixels of the image.
 * @param {[number, number]} size (H', W') to which that is magnified.
 * @returns {{pixels: Uint8Array, place: [number, number, number, number]}} place is
 *     (0, 0, height, width) of the part that shows the image.
 */
export function cutCover(image, [y1, x1, y2, x2], own, size) {
  const { channels } = image;
  const [tall, wide] = [y2 - y1, x2 - x1];
  const part = new Uint8Array(tall * wide * channels);
  for (let y = 0; y < tall; y++) {
    const from = ((y1 + y) * image.width + x1) * channels;
    part.set(
      image.data.subarray(from, from + wide * channels),
      y * wide * channels,
    );
  }
  let shown = { data: part, height: tall, width: wide, channels };
  const inner = magnifiedSize([tall, wide], own, size);
  if (inner[0] !== tall || inner[1] !== wide) shown = resize(shown, ...inner);
  const pixels = new Uint8Array(size[0] * size[1] * channels);
  for (let y = 0; y < inner[0]; y++) {
    const row = shown.data.subarray(
      y * inner[1] * channels,
      (y + 1) * inner[1] * channels,
    );
    pixels.set(row, y * size[1] * channels);
  }
  return { pixels, place: [0, 0, ...inner] };
}
