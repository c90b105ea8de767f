/**
 * The overlap-tile strategy of networks that give label maps: kseg/predict/labels/tiling.py says
 * why. Tiles start at multiples of the stride from one another; outside of the image its
 * mirror continues it, the edge pixel not repeated.
 */

import { ImageError } from "./errors.js";

/**
 * Where the tiles of one axis start, and which pixels each of them decides.
 *
 * @param {number} size Pixels of the image along this axis, at least 1.
 * @param {number} tile Input pixels of the network.
 * @param {number} output Its output pixels.
 * @param {number} offset Of the output inside the tile.
 * @param {number} margin Pixels next to a tile's edge that are not trusted.
 * @param {number} stride Of the network.
 * @returns {{start: number, from: number, to: number}[]} The tile covers
 *     [start, start + tile); the kept ranges [from, to) cover [0, size) once.
 * @throws {ImageError} The margin leaves no whole stride of a tile to keep.
 */
export function plan(size, tile, output, offset, margin, stride) {
  const lead =
    offset + Math.ceil(Math.max(0, margin - offset) / stride) * stride;
  const usable = Math.min(offset + output, tile - margin) - lead;
  const fits = size <= usable;
  if (!fits && usable < stride) {
    throw new ImageError(
      `Expected an image of at most ${output} pixels a side: this network's tiles are too small ` +
        `for the margin of ${margin} pixels that its metadata asks of larger ones. Received: ` +
        `${size}. Export the network with larger tiles.`,
    );
  }
  const count = fits
    ? 1
    : Math.ceil(size / (Math.floor(usable / stride) * stride));
  const step = Math.ceil(size / (count * stride)) * stride;
  const spare = Math.floor(Math.max(0, usable - Math.min(step, size)) / 2);
  const first = lead + Math.floor(spare / stride) * stride;
  const tiles = [];
  for (let from = 0; from < size; from += step) {
    tiles.push({ start: from - first, from, to: Math.min(from + step, size) });
  }
  return tiles;
}

/**
 * Indices in [0, size) of the positions [start, stop) of a mirrored axis.
 *
 * @param {number} start
 * @param {number} stop
 * @param {number} size At least 1.
 * @returns {Int32Array}
 */
export function reflect(start, stop, size) {
  const period = Math.max(1, 2 * size - 2);
  return Int32Array.from({ length: stop - start }, (_, i) => {
    const position = (((start + i) % period) + period) % period;
    return Math.min(position, period - position);
  });
}

/**
 * The tiles of an image, row by row.
 *
 * @param {number} height
 * @param {number} width
 * @param {import('./types.js').Metadata} metadata Of a network that gives label maps.
 * @returns {{row: ReturnType<typeof plan>[0], column: ReturnType<typeof plan>[0]}[]}
 */
export function planTiles(height, width, { input, output, tiling }) {
  const [rows, columns] = [height, width].map((size, axis) => {
    const own = output.size[axis];
    // An image that fits is run once, as right at its edges as elsewhere.
    const margin = size > own ? tiling.margin : 0;
    return plan(
      size,
      input.size[axis],
      own,
      output.offset[axis],
      margin,
      tiling.stride,
    );
  });
  return rows.flatMap((row) => columns.map((column) => ({ row, column })));
}

/**
 * The mirrored pixels of one tile.
 *
 * @param {import('./types.js').Image} image Of the network's channels.
 * @param {number} top Of the tile; may lie outside of the image.
 * @param {number} left
 * @param {[number, number]} size Of the tile.
 * @returns {Uint8Array}
 */
export function cutTile(
  { data, width, height, channels },
  top,
  left,
  [tall, wide],
) {
  const rows = reflect(top, top + tall, height);
  const columns = reflect(left, left + wide, width);
  const out = new Uint8Array(tall * wide * channels);
  let to = 0;
  for (const row of rows) {
    for (const column of columns) {
      const from = (row * width + column) * channels;
      for (let c = 0; c < channels; c++) out[to++] = data[from + c];
    }
  }
  return out;
}
