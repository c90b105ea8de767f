/** Which of many frames meet, and how many pixels their masks share. */

/**
 * The pairs of boxes that share an area. Boxes are sorted by their first row; each is
 * compared with those that begin before it ends, so the time grows with the boxes that
 * lie beside one another.
 *
 * @param {number[][]} boxes [y1, x1, y2, x2].
 * @returns {[number, number][]} Each pair once, the lower index first, in order.
 */
export function meeting(boxes) {
  const order = boxes
    .map((_, n) => n)
    .sort((a, b) => boxes[a][0] - boxes[b][0]);
  const pairs = [];
  for (let i = 0; i < order.length; i++) {
    const [, left, bottom, right] = boxes[order[i]];
    for (let k = i + 1; k < order.length && boxes[order[k]][0] < bottom; k++) {
      const other = boxes[order[k]];
      const across = Math.max(left, other[1]) < Math.min(right, other[3]);
      if (across && other[0] < other[2]) {
        pairs.push([
          Math.min(order[i], order[k]),
          Math.max(order[i], order[k]),
        ]);
      }
    }
  }
  return pairs.sort(([a, b], [c, d]) => a - c || b - d);
}

/**
 * How many pixels two objects have in common.
 *
 * @param {import('./types.js').FoundObject} a
 * @param {import('./types.js').FoundObject} b
 * @returns {number}
 */
export function sharedPixels(a, b) {
  const [top, left, bottom, right] = sharedWindow(a.frame, b.frame);
  const [wideA, wideB] = [a, b].map(({ frame }) => frame[3] - frame[1]);
  let count = 0;
  for (let y = top; y < bottom; y++) {
    const inA = (y - a.frame[0]) * wideA - a.frame[1];
    const inB = (y - b.frame[0]) * wideB - b.frame[1];
    for (let x = left; x < right; x++)
      count += a.mask[inA + x] & b.mask[inB + x];
  }
  return count;
}

/**
 * How many pixels of an object a window shows.
 *
 * @param {import('./types.js').FoundObject} object
 * @param {number[]} window [y1, x1, y2, x2].
 * @returns {number}
 */
export function pixelsIn({ frame, mask }, window) {
  const [top, left, bottom, right] = sharedWindow(frame, window);
  let count = 0;
  for (let y = top; y < bottom; y++) {
    const row = (y - frame[0]) * (frame[3] - frame[1]) - frame[1];
    for (let x = left; x < right; x++) count += mask[row + x];
  }
  return count;
}

/**
 * What lies in both; without an area where nothing does.
 *
 * @param {number[]} first [y1, x1, y2, x2].
 * @param {number[]} second
 * @returns {number[]}
 */
export function sharedWindow(first, second) {
  const [top, left] = [0, 1].map((k) => Math.max(first[k], second[k]));
  const bottom = Math.max(top, Math.min(first[2], second[2]));
  return [top, left, bottom, Math.max(left, Math.min(first[3], second[3]))];
}
