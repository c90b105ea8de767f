/** The colours of classes and of objects: those of kseg's pictures in Python. */

// Steps of the golden angle put the hues of neighbouring ids far apart; they repeat after
// a Fibonacci number of ids, where the last is far from the first.
const GOLDEN = 0.61803398875;
const CYCLE = 233;
const HUES = 180; // of OpenCV, which Python's pictures are drawn with
const [SATURATION, VALUE] = [200, 255];

/**
 * The colour of an object.
 *
 * @param {number} id From 1.
 * @returns {[number, number, number]} RGB, 0 to 255.
 */
export function objectColour(id) {
  const hue = ((((id - 1) % CYCLE) + 1) * GOLDEN) % 1;
  const turn = Math.floor(hue * HUES) / HUES;
  const low = VALUE - SATURATION;
  const part = (shift) => {
    // A hexagon: up, two sides high, down, two sides low.
    const side = (turn * 6 + shift) % 6;
    return Math.round(
      low + SATURATION * Math.min(1, Math.max(0, Math.min(side, 4 - side))),
    );
  };
  return [part(2), part(0), part(4)];
}

/**
 * A table of colours by id, as the pixels of a canvas hold them; bare ones are 0.
 *
 * @param {boolean} objects Whether ids are of objects rather than of classes.
 * @param {[number, number, number][]} palette By class.
 * @returns {(id: number) => number} RGBA as a 32-bit number.
 */
export function colourTable(objects, palette) {
  const table = new Uint32Array(objects ? CYCLE + 1 : 256);
  const bytes = new Uint8Array(table.buffer);
  const colours = objects ? table.length : Math.min(palette.length, 255);
  for (let id = objects ? 1 : 0; id < colours; id++) {
    const rgb = objects ? objectColour(id) : palette[id];
    // Black, as backgrounds are, leaves the picture bare.
    if (rgb.some(Boolean)) bytes.set([...rgb, 255], id * 4);
  }
  return objects
    ? (id) => (id ? table[((id - 1) % CYCLE) + 1] : 0)
    : (id) => table[id];
}
