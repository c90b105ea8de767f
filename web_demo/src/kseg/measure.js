/** Objects of an id map, measured in one pass over the pixels. */

/**
 * @param {Int32Array} ids 0 background, 1 to count the objects.
 * @param {number} count
 * @param {Uint8Array} labels The label map that they come from.
 * @param {number} width
 * @param {number[]} classes That an object can have.
 * @returns {import('./types.js').FoundObject[]} Object n at index n - 1: its box, its
 *     area, and the most frequent of the classes, of equal ones the first.
 */
export function measure(ids, count, labels, width, classes) {
  const area = new Float64Array(count + 1);
  const [top, left] = [0, 0].map(() =>
    new Int32Array(count + 1).fill(0x7fffffff),
  );
  const [bottom, right] = [0, 0].map(() => new Int32Array(count + 1));
  const votes = new Float64Array((count + 1) * classes.length);
  const column = new Int16Array(256).fill(-1);
  classes.forEach((id, k) => (column[id] = k));
  for (let i = 0, x = 0, y = 0; i < ids.length; i++, x++) {
    if (x === width) [x, y] = [0, y + 1];
    const id = ids[i];
    if (!id) continue;
    area[id]++;
    if (y < top[id]) top[id] = y;
    if (x < left[id]) left[id] = x;
    if (y >= bottom[id]) bottom[id] = y + 1;
    if (x >= right[id]) right[id] = x + 1;
    const vote = column[labels[i]];
    if (vote >= 0) votes[id * classes.length + vote]++;
  }
  return Array.from({ length: count }, (_, n) => {
    const id = n + 1;
    const own = votes.subarray(id * classes.length, (id + 1) * classes.length);
    return {
      box: [top[id], left[id], bottom[id], right[id]],
      class: classes[own.indexOf(Math.max(...own))],
      area: area[id],
    };
  });
}
