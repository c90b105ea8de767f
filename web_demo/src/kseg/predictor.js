/** A network with what its numbers mean, for images of any size. */

import { cover, cutCover, ownTile } from "./cover.js";
import { above, fromOutputs, placed } from "./detections.js";
import { prepare } from "./intensity.js";
import { letterbox } from "./letterbox.js";
import { mergeTiles } from "./seams.js";
import { predictLabels, semanticResult } from "./semantic.js";
import { planTiles } from "./tiles.js";

/**
 * Segment an image of any size, or find its objects: what kseg.load(bundle).predict does.
 *
 * @param {import('./types.js').Run} run The network.
 * @param {import('./types.js').Bundle} bundle
 * @param {import('./types.js').Image} image 8 bits (ImageData will do) or 16 (of
 *     `decodePng`).
 * @param {object} [options]
 * @param {number} [options.scoreThreshold] Of instance networks: what scores less is left
 *     out; the metadata's where it is missing. Give 0 and use `above` of detections.js to
 *     move it afterwards: seams are merged before, as in Python.
 * @param {(done: number, total: number) => void} [options.onTile] Called after each tile.
 * @param {AbortSignal} [options.signal] Stops between two tiles: its reason is thrown.
 * @returns {Promise<import('./types.js').Result & {times: {prepare: number,
 *     network: number, decode: number}}>} times in milliseconds.
 * @throws {import('./errors.js').ImageError} An image that the network cannot take.
 * @throws {import('./errors.js').BundleError} Outputs that are not what metadata says.
 */
export async function predict(run, { metadata }, image, options = {}) {
  const { onTile = () => {}, signal } = options;
  const times = { prepare: 0, network: 0, decode: 0 };
  let last = performance.now();
  const spent = (what) => {
    const now = performance.now();
    times[what] += now - last;
    last = now;
  };
  const total = tileCount(metadata, image.height, image.width);
  let done = 0;
  const timed = async (pixelsOf) => {
    spent("decode");
    signal?.throwIfAborted();
    const pixels = pixelsOf();
    spent("prepare");
    const outputs = await run(pixels);
    spent("network");
    onTile(++done, total);
    return outputs;
  };
  const prepared = prepare(image, metadata);
  spent("prepare");
  const result =
    metadata.task === "instances"
      ? await predictObjects(prepared, metadata, timed, options.scoreThreshold)
      : await predictSemantic(prepared, metadata, timed);
  spent("decode");
  return { ...result, times };
}

function tileCount(metadata, height, width) {
  if (metadata.task === "semantic")
    return planTiles(height, width, metadata).length;
  if (metadata.input.resize === "letterbox") return 1;
  return cover([height, width], ownTile(metadata), metadata.tiling.margin)
    .length;
}

async function predictSemantic(image, metadata, run) {
  const labels = await predictLabels(image, metadata, run);
  return semanticResult(labels, image.height, image.width, metadata);
}

async function predictObjects(
  image,
  metadata,
  run,
  threshold = metadata.score_threshold,
) {
  const { width, height } = image;
  const found =
    metadata.input.resize === "letterbox"
      ? await findWhole(image, metadata, run)
      : await findInTiles(image, metadata, run);
  return { task: "instances", width, height, objects: above(found, threshold) };
}

async function findWhole(image, metadata, run) {
  let place;
  const outputs = await run(() => {
    const boxed = letterbox(image, metadata.input.size);
    place = boxed.place;
    return boxed.pixels;
  });
  return fromOutputs(outputs, metadata, image.height, image.width, place);
}

async function findInTiles(image, metadata, run) {
  const shape = [image.height, image.width];
  const own = ownTile(metadata);
  const tiles = cover(shape, own, metadata.tiling.margin);
  const parts = [];
  for (const tile of tiles) {
    const [y1, x1, y2, x2] = tile;
    let place;
    const outputs = await run(() => {
      const part = cutCover(image, tile, own, metadata.input.size);
      place = part.place;
      return part.pixels;
    });
    parts.push(
      placed(fromOutputs(outputs, metadata, y2 - y1, x2 - x1, place), y1, x1),
    );
  }
  return mergeTiles(parts, tiles, shape, metadata.tiling.margin);
}
