/**
 * PNG (RFC 2083), as far as bundles and microscopes use it: what a browser's own decoder
 * cannot be asked for in a worker, or cuts to 8 bits.
 */

import { crc32 } from "./crc32.js";
import { ImageError } from "./errors.js";

const SIGNATURE = [137, 80, 78, 71, 13, 10, 26, 10];
// By colour type: gray, RGB, gray and alpha, RGBA.
const CHANNELS = new Map([
  [0, 1],
  [2, 3],
  [4, 2],
  [6, 4],
]);
const HEADER_BYTES = 13;
// No deflate stream packs better: what claims more pixels is not worth the memory.
const BEST_RATIO = 1032;

const DOES_NOT_UNPACK =
  "This PNG is damaged: its pixels do not unpack. Copy it again.";

/**
 * Whether a file is a PNG of 16 bits, which a browser would cut to 8 by itself. Such a
 * file goes through `decodePng`, everything else through createImageBitmap (with
 * colorSpaceConversion and premultiplyAlpha "none": the pixels as they are stored).
 *
 * @param {Uint8Array} bytes
 * @returns {boolean}
 */
export function isDeepPng(bytes) {
  return isPng(bytes) && bytes[24] === 16;
}

/**
 * Decode a PNG of 8 or 16 bits: gray, RGB, each with or without alpha, not interlaced.
 *
 * @param {Uint8Array} bytes The file.
 * @param {number} [mostValues] Refuse more values: pixels times channels.
 * @returns {Promise<import('./types.js').Image>} data is Uint8Array or Uint16Array.
 * @throws {ImageError}
 */
export async function decodePng(bytes, mostValues = 2 ** 29) {
  if (!isPng(bytes))
    throw new ImageError("Expected a PNG. Received: another file.");
  const { header, packed } = readChunks(bytes);
  const { width, height, depth, channels } = readHeader(header);
  const values = width * height * channels;
  if (values > mostValues) {
    throw new ImageError(
      `Expected at most ${mostValues} values. Received: ${width} x ${height} pixels with ` +
        `${channels} channels. Make the image smaller.`,
    );
  }
  const pixelBytes = (channels * depth) / 8;
  const lines = await inflate(packed, height * (1 + width * pixelBytes));
  const plain = unfilter(lines, height, width * pixelBytes, pixelBytes);
  const data = depth === 8 ? plain : bigEndian16(plain);
  return { data, width, height, channels };
}

function isPng(bytes) {
  return SIGNATURE.every((byte, i) => bytes[i] === byte);
}

function readChunks(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const packed = [];
  let header = null;
  let at = SIGNATURE.length;
  while (at + 12 <= bytes.length) {
    const length = view.getUint32(at);
    const type = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    const end = at + 8 + length;
    if (end + 4 > bytes.length) break;
    if (crc32(bytes.subarray(at + 4, end)) !== view.getUint32(end)) {
      throw new ImageError(
        `This PNG is damaged: its part ${type} was altered. Copy it again.`,
      );
    }
    const content = bytes.subarray(at + 8, end);
    if (type === "IHDR") header ??= content;
    if (type === "IDAT") packed.push(content);
    if (type === "IEND" && header?.length === HEADER_BYTES)
      return { header, packed };
    at = end + 4;
  }
  throw new ImageError(
    `This PNG was cut short: its end is missing after ${bytes.length} bytes. Copy it again.`,
  );
}

function readHeader(header) {
  const view = new DataView(header.buffer, header.byteOffset, header.length);
  const [width, height] = [view.getUint32(0), view.getUint32(4)];
  const [depth, colour, , , interlaced] = header.subarray(8);
  const channels = CHANNELS.get(colour);
  if (
    !width ||
    !height ||
    ![8, 16].includes(depth) ||
    !channels ||
    interlaced
  ) {
    throw new ImageError(
      "Expected a PNG of 8 or 16 bits, gray or RGB, not interlaced. Received: " +
        `${width} x ${height} pixels, ${depth} bits, colour type ${colour}` +
        `${interlaced ? ", interlaced" : ""}. Save it again without such options.`,
    );
  }
  return { width, height, depth, channels };
}

/** What the parts unpack to: exactly so many bytes, and never more are kept. */
async function inflate(parts, length) {
  const packed = parts.reduce((sum, part) => sum + part.length, 0);
  if (packed * BEST_RATIO < length) throw new ImageError(DOES_NOT_UNPACK);
  const out = new Uint8Array(length);
  let filled = 0;
  const stream = new Blob(parts)
    .stream()
    .pipeThrough(new DecompressionStream("deflate"));
  const reader = stream.getReader();
  try {
    for (
      let { done, value } = await reader.read();
      !done;
      { done, value } = await reader.read()
    ) {
      if (filled + value.length > length) throw new RangeError("too long");
      out.set(value, filled);
      filled += value.length;
    }
  } catch {
    // Browsers throw a TypeError, node errors of zlib's.
    await reader.cancel().catch(() => {});
    filled = -1;
  }
  if (filled !== length || !endsWithSum(parts, out))
    throw new ImageError(DOES_NOT_UNPACK);
  return out;
}

/** Whether the last bytes are the Adler-32 of all lines: some browsers ignore what follows. */
function endsWithSum(parts, lines) {
  let [low, high] = [1, 0];
  for (let at = 0; at < lines.length; at += 3800) {
    const end = Math.min(at + 3800, lines.length);
    for (let i = at; i < end; i++) high += low += lines[i];
    low %= 65521;
    high %= 65521;
  }
  const last = parts.flatMap((part) => [...part.subarray(-4)]).slice(-4);
  const sum = [high >> 8, high & 255, low >> 8, low & 255];
  return sum.every((byte, i) => byte === last[i]);
}

/** Undo the prediction of each line (section 6 of the RFC). */
function unfilter(lines, height, lineBytes, pixelBytes) {
  const out = new Uint8Array(height * lineBytes);
  for (let y = 0; y < height; y++) {
    const filter = lines[y * (lineBytes + 1)];
    const from = y * (lineBytes + 1) + 1;
    const to = y * lineBytes;
    if (filter > 4)
      throw new ImageError(
        "This PNG is damaged: an unknown filter. Copy it again.",
      );
    for (let x = 0; x < lineBytes; x++) {
      const left = x >= pixelBytes ? out[to + x - pixelBytes] : 0;
      const up = y ? out[to + x - lineBytes] : 0;
      const corner =
        y && x >= pixelBytes ? out[to + x - lineBytes - pixelBytes] : 0;
      out[to + x] = lines[from + x] + guess(filter, left, up, corner);
    }
  }
  return out;
}

function guess(filter, left, up, corner) {
  if (filter === 0) return 0;
  if (filter === 1) return left;
  if (filter === 2) return up;
  if (filter === 3) return (left + up) >> 1;
  const [a, b, c] = [
    Math.abs(up - corner),
    Math.abs(left - corner),
    Math.abs(left + up - 2 * corner),
  ];
  if (a <= b && a <= c) return left;
  return b <= c ? up : corner;
}

function bigEndian16(bytes) {
  const out = new Uint16Array(bytes.length / 2);
  for (let i = 0; i < out.length; i++)
    out[i] = (bytes[2 * i] << 8) | bytes[2 * i + 1];
  return out;
}
