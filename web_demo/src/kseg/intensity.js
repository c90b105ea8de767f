/**
 * From what a file holds to the 8-bit pixels and the channels that a network takes:
 * kseg.imaging.Intensity and to_channels. A bundle carries the rule of its training.
 */

import { ImageError } from "./errors.js";
import { roundHalfEven } from "./numbers.js";

/**
 * Bring an image to the type and the channels of a network, as reading its file does in
 * Python: drop alpha, choose channels, map values, then repeat gray or make RGB gray. One
 * that is `ready` has been read so: only its channels may differ.
 *
 * @param {import('./types.js').Image} image
 * @param {import('./types.js').Metadata} metadata
 * @returns {import('./types.js').Image & {channels: number}} 8 bits.
 * @throws {ImageError}
 */
export function prepare(image, metadata) {
  const { intensity, channels } = metadata.input;
  if (image.ready) return toChannels(image, channels);
  const planes = choose(image, intensity.channels);
  if (intensity.rule !== "none")
    return toChannels(apply(planes, intensity), channels);
  if (image.data.BYTES_PER_ELEMENT !== 1) {
    throw new ImageError(
      "Expected an image of 8 bits: this network has no rule for deeper ones. Received: 16 " +
        "bits. Save it with 8, or train with an intensity rule.",
    );
  }
  return toChannels(planes, channels);
}

/** Without alpha, and of these channels, in this order; null is all. */
function choose(image, wanted) {
  const { data, width, height, channels: stored = 4 } = image;
  const pixels = width * height;
  if (!(pixels > 0) || data.length !== pixels * stored || stored > 4) {
    throw new ImageError(
      "Expected an image with pixels, of 1 to 4 channels. Received: " +
        `${width} x ${height}, ${data.length} values, ${stored} channels. Choose another file.`,
    );
  }
  const coloured = stored >= 3 ? 3 : 1;
  const taken = wanted ?? [...Array(coloured).keys()];
  if (Math.max(...taken) >= coloured) {
    throw new ImageError(
      `Expected an image that has the channels ${taken.join(", ")}, counted from 0. ` +
        `Received: ${coloured}. Use kseg predict, which reads TIFF files, too.`,
    );
  }
  const channels = taken.length;
  const out = new data.constructor(pixels * channels);
  taken.forEach((from, to) => {
    for (let i = 0; i < pixels; i++)
      out[i * channels + to] = data[i * stored + from];
  });
  return { data: out, width, height, channels };
}

/** round(255 * (value - low) / (high - low)) of each channel, by a table. */
function apply({ data, width, height, channels }, rule) {
  const out = new Uint8Array(data.length);
  for (let c = 0; c < channels; c++) {
    const [low, high] =
      rule.rule === "range"
        ? [rule.low, rule.high]
        : percentiles(data, c, channels, rule);
    const table = scaled(2 ** (8 * data.BYTES_PER_ELEMENT), low, high);
    for (let i = c; i < data.length; i += channels) out[i] = table[data[i]];
  }
  return { data: out, width, height, channels };
}

/** Each value mapped, in float32, halves to even; 0 where low and high are one. */
function scaled(count, low, high) {
  const table = new Uint8Array(count);
  if (!(low < high)) return table;
  const first = Math.fround(low);
  const factor = Math.fround(255 / (high - low));
  for (let value = 0; value < count; value++) {
    const mapped = Math.fround(Math.fround(value - first) * factor);
    table[value] = roundHalfEven(Math.min(Math.max(mapped, 0), 255));
  }
  return table;
}

/** Linear between ranks, from a histogram. */
function percentiles(data, channel, channels, { low, high }) {
  const counts = new Float64Array(2 ** (8 * data.BYTES_PER_ELEMENT));
  for (let i = channel; i < data.length; i += channels) counts[data[i]]++;
  const total = data.length / channels;
  const atRank = (rank) => {
    let value = 0;
    for (let before = counts[0]; before <= rank; before += counts[value])
      value++;
    return value;
  };
  return [low, high].map((percent) => {
    const rank = (percent / 100) * (total - 1);
    const below = atRank(Math.floor(rank));
    return (
      below + (atRank(Math.ceil(rank)) - below) * (rank - Math.floor(rank))
    );
  });
}

function toChannels(image, channels) {
  const { data, width, height, channels: found } = image;
  if (found === channels) return image;
  const pixels = width * height;
  const out = new Uint8Array(pixels * channels);
  if (found === 1) {
    for (let i = 0; i < out.length; i++)
      out[i] = data[Math.floor(i / channels)];
  } else if (found === 3 && channels === 1) {
    for (let i = 0; i < pixels; i++) {
      out[i] =
        (77 * data[3 * i] +
          150 * data[3 * i + 1] +
          29 * data[3 * i + 2] +
          128) >>
        8;
    }
  } else {
    throw new ImageError(
      `Expected an image of ${channels} channels. Received: ${found}. Browsers give gray and ` +
        "RGB only: use kseg predict, which reads TIFF files, too.",
    );
  }
  return { data: out, width, height, channels };
}
