/** Connected pieces of a mask, numbered as cv2.connectedComponents numbers them. */

/**
 * @param {Uint8Array} mask 0 is background.
 * @param {number} height
 * @param {number} width
 * @param {4 | 8} connectivity
 * @returns {{count: number, ids: Int32Array}} ids are 0 (background) to count - 1; with 4
 *     neighbours in the order of their first pixels, with 8 of their first 2 x 2 blocks.
 */
export function connectedComponents(mask, height, width, connectivity) {
  const ids = new Int32Array(mask.length);
  const parent = [0];
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      if (!mask[i]) continue;
      // Whoever touches the pixel from above or from the left; 0 is nobody.
      const left = x ? ids[i - 1] : 0;
      const up = y ? ids[i - width] : 0;
      let id = up || left;
      if (up && left && up !== left) id = unite(parent, up, left);
      if (connectivity === 8 && y && !up) {
        const before = x ? ids[i - width - 1] : 0;
        const after = x + 1 < width ? ids[i - width + 1] : 0;
        for (const other of [before, after]) {
          if (other) id = id && id !== other ? unite(parent, id, other) : other;
        }
      }
      if (!id) {
        id = parent.length;
        parent.push(id);
      }
      ids[i] = id;
    }
  }
  const number = numbered(
    ids,
    parent,
    height,
    width,
    connectivity === 8 ? 2 : 1,
  );
  for (let i = 0; i < ids.length; i++) ids[i] = number.of[ids[i]];
  return { count: number.count, ids };
}

/** Provisional ids to final ones, by the blocks in which pieces are first met. */
function numbered(ids, parent, height, width, block) {
  const of = new Int32Array(parent.length);
  const final = new Int32Array(parent.length);
  let count = 1;
  const meet = (id) => {
    if (!id || of[id]) return;
    const root = find(parent, id);
    if (!final[root]) final[root] = count++;
    of[id] = final[root];
  };
  for (let top = 0; top < height; top += block) {
    const below = block === 2 && top + 1 < height;
    for (let x = 0; x < width; x++) {
      // A block holds one piece at most, so columns in turn are blocks in turn.
      const i = top * width + x;
      meet(ids[i]);
      if (below) meet(ids[i + width]);
    }
  }
  return { of, count };
}

function find(parent, id) {
  while (parent[id] !== id) {
    parent[id] = parent[parent[id]];
    id = parent[id];
  }
  return id;
}

function unite(parent, a, b) {
  const [first, second] = [find(parent, a), find(parent, b)];
  const root = Math.min(first, second);
  parent[first] = root;
  parent[second] = root;
  return root;
}
