/**
 * Bilinear in integers, the same bytes as kseg.imaging.resize: docs/numerics.md states
 * the steps. Nothing is smoothed before shrinking.
 */

import { roundHalfEven } from "./numbers.js";

const BITS = 11;
const ONE = 1 << BITS;

/**
 * @param {import('./types.js').Image} image Of 8 bits.
 * @param {number} height Of the result, at least 1.
 * @param {number} width
 * @returns {import('./types.js').Image}
 */
export function resize(image, height, width) {
  const { data, channels } = image;
  const rows = taps(image.height, height);
  const columns = taps(image.width, width);
  const lineLength = image.width * channels;
  const line = new Int32Array(lineLength);
  const out = new Uint8Array(height * width * channels);
  let to = 0;
  for (let y = 0; y < height; y++) {
    const upper = rows.first[y] * lineLength;
    const lower = rows.second[y] * lineLength;
    const low = rows.weight[y];
    for (let x = 0; x < lineLength; x++) {
      line[x] = data[upper + x] * (ONE - low) + data[lower + x] * low;
    }
    for (let x = 0; x < width; x++) {
      const right = columns.weight[x];
      const first = columns.first[x] * channels;
      const second = columns.second[x] * channels;
      for (let c = 0; c < channels; c++) {
        const sum = line[first + c] * (ONE - right) + line[second + c] * right;
        out[to++] = (sum + (1 << (2 * BITS - 1))) >> (2 * BITS);
      }
    }
  }
  return { data: out, width, height, channels };
}

/**
 * What part of a tile has become, where the tile was magnified, or shrunk.
 *
 * @param {[number, number]} shown (h, w) of the part, in pixels.
 * @param {[number, number]} own (h, w) of the tile.
 * @param {[number, number]} size (H, W) of what it has become.
 * @returns {[number, number]} Each 1 at least.
 */
export function magnifiedSize(shown, own, size) {
  return shown.map((length, k) =>
    Math.max(1, roundHalfEven((length * size[k]) / own[k])),
  );
}

/** For each of m outputs: both source indices of n, and the second's weight in 1/2048. */
function taps(n, m) {
  const [first, second, weight] = [0, 1, 2].map(() => new Int32Array(m));
  for (let i = 0; i < m; i++) {
    const above = Math.max((2 * i + 1) * n - m, 0);
    const position = Math.min(
      Math.floor((above * ONE + m) / (2 * m)),
      (n - 1) * ONE,
    );
    first[i] = position >> BITS;
    second[i] = Math.min(first[i] + 1, n - 1);
    weight[i] = position & (ONE - 1);
  }
  return { first, second, weight };
}
