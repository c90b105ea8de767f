/**
 * A mask as COCO's compressed run lengths in the whole image, for the JSON that the page
 * saves; pycocotools reads it.
 *
 * @param {Uint8Array} mask The pixels of the frame.
 * @param {number[]} frame [y1, x1, y2, x2] in the image.
 * @param {number} height Of the image.
 * @param {number} width
 * @returns {{size: [number, number], counts: string}}
 */
export function encodeRle(mask, [top, left, bottom, right], height, width) {
  const [tall, wide] = [bottom - top, right - left];
  // Runs go down the columns and begin with the background; each ends where the next begins.
  const ends = [0];
  const add = (start, end) => {
    // From the foot of a column to the head of the next a run goes on.
    if (ends.length > 1 && ends.at(-1) === start) ends.pop();
    else ends.push(start);
    ends.push(end);
  };
  for (let x = 0; x < wide; x++) {
    const first = (left + x) * height + top;
    for (let y = 0, start = 0; y < tall; y = start) {
      while (y < tall && !mask[y * wide + x]) y++;
      for (start = y; start < tall && mask[start * wide + x];) start++;
      if (start > y) add(first + y, first + start);
    }
  }
  if (ends.at(-1) < height * width) ends.push(height * width);
  const counts = ends.slice(1).map((end, i) => end - ends[i]);
  return { size: [height, width], counts: text(counts) };
}

/**
 * Six bits a character from "0" on: five of the number, the lowest first, then whether
 * more follow. From the fourth on, each is the difference to the last but one.
 */
function text(counts) {
  let out = "";
  counts.forEach((count, i) => {
    let rest = i > 2 ? count - counts[i - 2] : count;
    for (let more = true; more;) {
      const bits = rest & 31;
      rest >>= 5;
      // The fifth bit is the sign of what is left.
      more = rest !== (bits & 16 ? -1 : 0);
      out += String.fromCharCode(48 + bits + (more ? 32 : 0));
    }
  });
  return out;
}
