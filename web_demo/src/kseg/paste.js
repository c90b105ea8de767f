/**
 * A mask from the frame of its box back into the image, only where the box lies: rule
 * "sample" of kseg.predict.objects.paste.paste_masks (detectron2's), bilinear, 0 beyond the mask.
 */

/**
 * @param {ArrayLike<number>} mask (m, m') float32 probabilities, row by row.
 * @param {[number, number]} cells (m, m').
 * @param {number[]} box [y1, x1, y2, x2] in pixels of the image; may reach beyond it.
 * @param {number} height Of the image.
 * @param {number} width
 * @param {number} threshold Of the network.
 * @returns {{frame: number[], mask: Uint8Array}} The frame [y1, x1, y2, x2] of integers,
 *     inside the image, and its pixels: 1 where the mask is at least the threshold, both
 *     float32.
 */
export function pasteMask(mask, cells, box, height, width, threshold) {
  const least = Math.fround(threshold);
  const frame = box.map((edge, k) => {
    const limit = k % 2 ? width : height;
    return Math.min(Math.max(Math.ceil(edge - 0.5), 0), limit);
  });
  frame[2] = Math.max(frame[2], frame[0]);
  frame[3] = Math.max(frame[3], frame[1]);
  const [top, left, bottom, right] = frame;
  const out = new Uint8Array((bottom - top) * (right - left));
  if (!out.length || box[2] <= box[0] || box[3] <= box[1])
    return { frame, mask: out };
  const rows = taps(top, bottom, box[0], box[2], cells[0]);
  const columns = taps(left, right, box[1], box[3], cells[1]);
  const across = stretched(mask, cells, columns);
  const wide = right - left;
  for (let y = 0; y < bottom - top; y++) {
    const upper = rows.first[y] * wide;
    const lower = rows.second[y] * wide;
    const [a, b] = [rows.ofFirst[y], rows.ofSecond[y]];
    for (let x = 0; x < wide; x++) {
      const value = sum(across[upper + x], a, across[lower + x], b);
      if (value >= least) out[y * wide + x] = 1;
    }
  }
  return { frame, mask: out };
}

/** The columns of the mask at the columns of the frame. */
function stretched(mask, [m, n], columns) {
  const wide = columns.first.length;
  const across = new Float32Array(m * wide);
  for (let row = 0; row < m; row++) {
    for (let x = 0; x < wide; x++) {
      const left = mask[row * n + columns.first[x]];
      const right = mask[row * n + columns.second[x]];
      across[row * wide + x] = sum(
        left,
        columns.ofFirst[x],
        right,
        columns.ofSecond[x],
      );
    }
  }
  return across;
}

/** Two products added in float32; the second is not rounded before, as in Python's BLAS. */
function sum(first, a, second, b) {
  return Math.fround(Math.fround(first * a) + second * b);
}

/** The two cells that each pixel lies between, and the share of each; 0 beyond the mask. */
function taps(start, stop, low, high, cells) {
  const length = stop - start;
  const [first, second] = [0, 1].map(() => new Int32Array(length));
  const [ofFirst, ofSecond] = [0, 1].map(() => new Float32Array(length));
  for (let i = 0; i < length; i++) {
    const at = ((start + i + 0.5 - low) * cells) / (high - low) - 0.5;
    const cell = Math.floor(at);
    if (cell >= 0 && cell < cells) ofFirst[i] = 1 - Math.abs(at - cell);
    if (cell + 1 >= 0 && cell + 1 < cells)
      ofSecond[i] = 1 - Math.abs(at - cell - 1);
    first[i] = Math.min(Math.max(cell, 0), cells - 1);
    second[i] = Math.min(Math.max(cell + 1, 0), cells - 1);
  }
  return { first, second, ofFirst, ofSecond };
}
