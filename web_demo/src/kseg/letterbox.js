/** An image fitted into another size in its proportions, as kseg.imaging.letterbox. */

import { resize } from "./resize.js";

/**
 * The longer side fills the size; the other is rounded, halves up, to at least 1.
 *
 * @param {import('./types.js').Image} image Of 8 bits.
 * @param {[number, number]} size Height and width of the result.
 * @returns {{pixels: Uint8Array, place: [number, number, number, number]}} 0 around the
 *     image, which lies at (top, left, height, width).
 */
export function letterbox(image, [height, width]) {
  const { height: h, width: w, channels } = image;
  const [inner, across] =
    height * w <= width * h
      ? [height, Math.max(1, Math.floor((2 * w * height + h) / (2 * h)))]
      : [Math.max(1, Math.floor((2 * h * width + w) / (2 * w))), width];
  const top = Math.floor((height - inner) / 2);
  const left = Math.floor((width - across) / 2);
  const shown = resize(image, inner, across);
  const pixels = new Uint8Array(height * width * channels);
  for (let y = 0; y < inner; y++) {
    const row = shown.data.subarray(
      y * across * channels,
      (y + 1) * across * channels,
    );
    pixels.set(row, ((top + y) * width + left) * channels);
  }
  return { pixels, place: [top, left, inner, across] };
}
