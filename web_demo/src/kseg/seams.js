/**
 * Objects of overlapping tiles made one again, by the rules of kseg/predict/objects/seams.py:
 *
 * 1. What is cut by its tile and lies within the margin of that edge is the neighbour's
 *    to see: drop.
 * 2. Of whole ones with an IoU of SAME or more, the highest score stays.
 * 3. A cut one of whose pixels a share of SAME lies in a whole one is dropped, unless the
 *    whole one has under half of its score.
 * 4. Cut ones are joined where in the strip that both tiles see they share SAME of the
 *    smaller one's pixels; rivals, two guesses of one tile about one place, never are.
 *
 * Only objects of one class are compared, for 1 to 3 of different tiles.
 */

import { above } from "./detections.js";
import { meeting, pixelsIn, sharedPixels, sharedWindow } from "./overlaps.js";

const SAME = 0.5;
// Pixels: masks end a little before the edge that cuts them.
const NEAR = 2;

/**
 * @param {import('./types.js').FoundObject[][]} parts Of each tile, in the whole image.
 * @param {[number, number, number, number][]} tiles (y1, x1, y2, x2) of each.
 * @param {[number, number]} shape (H, W) of the image.
 * @param {number} margin Pixels: neighbours share twice as many or more.
 * @returns {import('./types.js').FoundObject[]} The highest score first.
 */
export function mergeTiles(parts, tiles, shape, margin) {
  if (parts.length === 1) return above(parts[0], -Infinity);
  const found = parts.flatMap((objects, tile) =>
    objects
      .map((object) => ({ object, tile: tiles[tile], owner: tile }))
      .map((entry) => ({
        ...entry,
        ...atEdges(entry.object.box, entry.tile, shape, margin),
      }))
      .filter(({ near }) => !near),
  );
  const beside = neighbours(found);
  const whole = bestWholes(found, beside);
  const pieces = notCovered(found, beside, whole);
  const groups = joinedPieces(found, beside, pieces);
  const objects = (indices) => indices.map((i) => found[i].object);
  const alone = groups.filter((group) => group.length === 1).flat();
  const unions = groups
    .filter((group) => group.length > 1)
    .map((group) => union(objects(group.sort((a, b) => a - b))));
  const wholes = [...whole].sort((a, b) => a - b);
  return above([...objects(wholes), ...objects(alone), ...unions], -Infinity);
}

/** Whether an object is cut by its tile, and whether it then lies within its margin. */
function atEdges(box, tile, shape, margin) {
  let [cut, near] = [false, false];
  for (const axis of [0, 1]) {
    const [low, high] = [box[axis], box[axis + 2]];
    const [first, last] = [tile[axis], tile[axis + 2]];
    const atFirst = first > 0 && low < first + NEAR;
    const atLast = last < shape[axis] && high > last - NEAR;
    cut ||= atFirst || atLast;
    near ||=
      (atFirst && high <= first + margin) || (atLast && low >= last - margin);
  }
  return { cut, near };
}

/** Of each object those of its class that its frame meets: of other tiles, of its own. */
function neighbours(found) {
  const beside = found.map(() => ({ others: [], own: [] }));
  for (const [i, k] of meeting(found.map(({ object }) => object.frame))) {
    if (found[i].object.class !== found[k].object.class) continue;
    const list = found[i].owner === found[k].owner ? "own" : "others";
    beside[i][list].push(k);
    beside[k][list].push(i);
  }
  return beside;
}

/** Indices, the highest score first; of equal ones the first. */
function ranked(found, chosen) {
  return chosen.sort((a, b) => found[b].object.score - found[a].object.score);
}

function bestWholes(found, beside) {
  const kept = new Set();
  const wholes = found.flatMap(({ cut }, i) => (cut ? [] : [i]));
  const same = (a, b) => {
    const both = sharedPixels(a, b);
    return both > 0 && both >= SAME * (a.area + b.area - both);
  };
  for (const i of ranked(found, wholes)) {
    const twin = (k) => kept.has(k) && same(found[i].object, found[k].object);
    if (!beside[i].others.some(twin)) kept.add(i);
  }
  return kept;
}

function notCovered(found, beside, whole) {
  return found.flatMap(({ cut, object }, i) => {
    const covers = (k) =>
      whole.has(k) &&
      2 * found[k].object.score >= object.score &&
      sharedPixels(object, found[k].object) >= SAME * object.area;
    return cut && !beside[i].others.some(covers) ? [i] : [];
  });
}

/** Lists of the indices that are one object. */
function joinedPieces(found, beside, pieces) {
  // Of each piece its group: the members, and the rivals of all of them.
  const groups = new Map();
  for (const i of ranked(found, pieces)) {
    const own = { members: [i], rivals: rivals(found, i, beside[i].own) };
    groups.set(i, own);
    for (const k of ranked(
      found,
      beside[i].others.filter((k) => groups.has(k)),
    )) {
      const other = groups.get(k);
      if (
        other === own ||
        other.members.some((member) => own.rivals.has(member))
      )
        continue;
      if (!agree(found[i], found[k])) continue;
      own.members.push(...other.members);
      other.rivals.forEach((rival) => own.rivals.add(rival));
      other.members.forEach((member) => groups.set(member, own));
    }
  }
  return [...new Set(groups.values())].map(({ members }) => members);
}

/** Those of the same tile that lie half on it, or it half on them. */
function rivals(found, i, others) {
  const { object } = found[i];
  const isRival = (k) => {
    const other = found[k].object;
    return (
      sharedPixels(object, other) >= SAME * Math.min(object.area, other.area)
    );
  };
  return new Set(others.filter(isRival));
}

/** Whether two pieces are of one object, by what both tiles see. */
function agree(one, other) {
  const strip = sharedWindow(one.tile, other.tile);
  const seen = [one, other].map(({ object }) => pixelsIn(object, strip));
  const both = sharedPixels(one.object, other.object);
  return both > 0 && both >= SAME * Math.min(...seen);
}

/** One object of all pixels of some, in the order of their indices. */
function union(objects) {
  const best = objects.reduce((a, b) => (b.score > a.score ? b : a));
  const around = (key) =>
    [Math.min, Math.min, Math.max, Math.max].map((most, k) =>
      most(...objects.map((o) => o[key][k])),
    );
  const frame = around("frame");
  const [top, left, bottom, right] = frame;
  const mask = new Uint8Array((bottom - top) * (right - left));
  for (const object of objects) {
    const [y1, x1, y2, x2] = object.frame;
    for (let y = y1, i = 0; y < y2; y++) {
      const to = (y - top) * (right - left) - left;
      for (let x = x1; x < x2; x++, i++) mask[to + x] |= object.mask[i];
    }
  }
  const area = mask.reduce((sum, pixel) => sum + pixel, 0);
  return { ...best, box: around("box"), frame, mask, area };
}
