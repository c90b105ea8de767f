/** Background that one object alone encloses is part of that object. */

import { connectedComponents } from "./components.js";

/**
 * @param {Int32Array} ids Of objects, 0 background; changed in place.
 * @param {number} count One more than the largest id.
 * @param {number} height
 * @param {number} width
 */
export function fillHoles(ids, count, height, width) {
  const ground = new Uint8Array(ids.length);
  for (let i = 0; i < ids.length; i++) ground[i] = Number(ids[i] === 0);
  const holes = connectedComponents(ground, height, width, 4);
  const owner = owners(ids, holes, count, width);
  // What reaches the edge of the map is not enclosed.
  const open = (i) => (owner[holes.ids[i]] = 0);
  for (let x = 0; x < width; x++) [x, ids.length - width + x].forEach(open);
  for (let y = 0; y < height; y++)
    [y * width, (y + 1) * width - 1].forEach(open);
  for (let i = 0; i < ids.length; i++) ids[i] += owner[holes.ids[i]];
}

/** Of each hole the only object at its rim, or 0 where there are several or none. */
function owners(ids, holes, count, width) {
  const lowest = new Int32Array(holes.count).fill(count);
  const highest = new Int32Array(holes.count);
  const meet = (hole, id) => {
    if (!hole || !id) return;
    if (id < lowest[hole]) lowest[hole] = id;
    if (id > highest[hole]) highest[hole] = id;
  };
  for (let i = 0, x = 0; i < ids.length; i++, x = x + 1 === width ? 0 : x + 1) {
    if (x) {
      meet(holes.ids[i], ids[i - 1]);
      meet(holes.ids[i - 1], ids[i]);
    }
    if (i >= width) {
      meet(holes.ids[i], ids[i - width]);
      meet(holes.ids[i - width], ids[i]);
    }
  }
  return lowest.map((id, hole) => (hole && id === highest[hole] ? id : 0));
}
