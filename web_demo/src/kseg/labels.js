/**
 * Objects out of a label map, so that touching ones come apart: the rule is the
 * metadata's `instances`, the steps are those of kseg/predict/labels/separate.py.
 */

import { connectedComponents } from "./components.js";
import { fillHoles } from "./holes.js";
import { distanceTransform, watershed } from "./watershed.js";

// Watershed blocks, in pixels. What lies further than the halo outside of a block does
// not reach into it.
const BLOCK = 1024;
const HALO = 96;

/**
 * @param {Uint8Array} labels Class ids.
 * @param {number} height
 * @param {number} width
 * @param {import('./types.js').InstanceRule} rule
 * @returns {{count: number, ids: Int32Array}} ids: 0 background, 1 to count the objects.
 */
export function separate(labels, height, width, rule) {
  const size = { height, width };
  return rule.method === "watershed"
    ? watershedObjects(labels, size, rule)
    : componentObjects(labels, size, rule);
}

/**
 * The class ids that an object of a rule can have.
 *
 * @param {import('./types.js').InstanceRule} rule
 * @returns {number[]}
 */
export function objectClasses(rule) {
  return rule.method === "watershed" ? [rule.interior] : rule.classes;
}

/** Interiors are markers that flood interior and border; small pieces are given away. */
function watershedObjects(labels, size, { interior, border, min_area: least }) {
  const { height, width } = size;
  const seeds = maskOf(labels, [interior]);
  const foreground = maskOf(labels, [interior, border]);
  addSeeds(seeds, foreground, size);
  let { count, ids } = connectedComponents(seeds, height, width, 8);
  ids = flood(ids, foreground, size);
  const areas = areasOf(ids, count);
  if (areas.subarray(1).some((area) => area < least)) {
    count = renumber(ids, areas, least);
    ids = flood(ids, foreground, size);
  }
  fillHoles(ids, count, height, width);
  return { count: count - 1, ids };
}

/** The connected pieces of each class. */
function componentObjects(
  labels,
  { height, width },
  { classes, min_area: least },
) {
  const ids = new Int32Array(labels.length);
  let total = 1;
  for (const classId of classes) {
    const pieces = connectedComponents(
      maskOf(labels, [classId]),
      height,
      width,
      8,
    );
    const count = renumber(
      pieces.ids,
      areasOf(pieces.ids, pieces.count),
      least,
    );
    for (let i = 0; i < ids.length; i++) {
      if (pieces.ids[i]) ids[i] = pieces.ids[i] + total - 1;
    }
    total += count - 1;
  }
  fillHoles(ids, total, height, width);
  return { count: total - 1, ids };
}

/** 1 where a label is one of some. */
function maskOf(labels, wanted) {
  const table = new Uint8Array(256);
  for (const label of wanted) table[label] = 1;
  const mask = new Uint8Array(labels.length);
  for (let i = 0; i < mask.length; i++) mask[i] = table[labels[i]];
  return mask;
}

/** Pieces of foreground that hold no seed become seeds, in place. */
function addSeeds(seeds, foreground, { height, width }) {
  const { count, ids } = connectedComponents(foreground, height, width, 8);
  const seeded = new Uint8Array(count);
  for (let i = 0; i < ids.length; i++) if (seeds[i]) seeded[ids[i]] = 1;
  for (let i = 0; i < ids.length; i++)
    if (ids[i] && !seeded[ids[i]]) seeds[i] = 1;
}

/**
 * Give each unlabelled foreground pixel the marker that reaches it. Block by block: what
 * a block has flooded is a marker for the next, so seams agree.
 */
function flood(ids, foreground, { height, width }) {
  for (let top = 0; top < height; top += BLOCK) {
    for (let left = 0; left < width; left += BLOCK) {
      const [y1, x1] = [Math.max(0, top - HALO), Math.max(0, left - HALO)];
      const y2 = Math.min(height, top + BLOCK + HALO);
      const x2 = Math.min(width, left + BLOCK + HALO);
      const flooded = floodBlock(
        crop(ids, width, y1, x1, y2, x2),
        crop(foreground, width, y1, x1, y2, x2),
        y2 - y1,
        x2 - x1,
      );
      if (flooded === null) continue;
      const wide = Math.min(left + BLOCK, width) - left;
      for (let y = top; y < Math.min(top + BLOCK, height); y++) {
        const from = (y - y1) * (x2 - x1) + left - x1;
        ids.set(flooded.subarray(from, from + wide), y * width + left);
      }
    }
  }
  return ids;
}

function floodBlock(ids, foreground, height, width) {
  let [labelled, wanting] = [false, false];
  for (let i = 0; i < ids.length; i++) {
    if (ids[i]) labelled = true;
    else if (foreground[i]) wanting = true;
  }
  if (!labelled || !wanting) return null;
  const level = distanceTransform(foreground, height, width);
  // Pixels with labelled neighbours all around have nothing to flood.
  const enclosed = erode(ids, height, width);
  const markers = ids.slice();
  for (let i = 0; i < ids.length; i++) {
    level[i] = -level[i];
    if (enclosed[i]) foreground[i] = markers[i] = 0;
  }
  const flooded = watershed(level, markers, foreground, height, width);
  for (let i = 0; i < ids.length; i++) if (enclosed[i]) flooded[i] = ids[i];
  return flooded;
}

/** 1 where a pixel and its 8 neighbours are labelled; outside of the map all are. */
function erode(ids, height, width) {
  const rows = new Uint8Array(ids.length);
  const labelled = (i, inside) => !inside || ids[i] > 0;
  for (let i = 0, x = 0; i < ids.length; i++, x = x + 1 === width ? 0 : x + 1) {
    rows[i] = Number(
      ids[i] > 0 && labelled(i - 1, x > 0) && labelled(i + 1, x + 1 < width),
    );
  }
  return rows.map(
    (row, i) => row & (rows[i - width] ?? 1) & (rows[i + width] ?? 1),
  );
}

function crop(map, width, y1, x1, y2, x2) {
  const out = new map.constructor((y2 - y1) * (x2 - x1));
  for (let y = y1; y < y2; y++) {
    out.set(map.subarray(y * width + x1, y * width + x2), (y - y1) * (x2 - x1));
  }
  return out;
}

/** Pixels of each id below count. */
function areasOf(ids, count) {
  const areas = new Int32Array(count);
  for (let i = 0; i < ids.length; i++) areas[ids[i]]++;
  return areas;
}

/** Drop what is smaller than least and close the gaps, in place; one more than are left. */
function renumber(ids, areas, least) {
  let count = 1;
  const number = areas.map((area, id) => (id && area >= least ? count++ : 0));
  for (let i = 0; i < ids.length; i++) ids[i] = number[ids[i]];
  return count;
}
