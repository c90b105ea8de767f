import test from "node:test";

import { sha256 } from "../../src/kseg/sha256.js";
import { bundleFile, changed, members, refused } from "./helpers.js";

const BAD_OBJECTS = [
  [
    "an output that is not there",
    (m) => (m.output.scores = "x"),
    /output 'x'.*none/,
  ],
  [
    "two outputs changed round",
    (m) => (m.output.classes = "scores"),
    /'scores' of int32.*float32/,
  ],
  [
    "one name for two outputs",
    (m) => (m.output.classes = "count"),
    /'count' of int32, shape 1x4.*Received: int32, shape 1\./,
  ],
  [
    "golden objects that are no JSON",
    (m, c) => (c["golden_instances.json"] = Buffer.from("{")),
    /not JSON/,
  ],
  [
    "golden objects of other lengths",
    (m, c) =>
      (c["golden_instances.json"] = Buffer.from(
        '{"count": 1, "boxes": [[1, 2, 3, 4]], "scores": [], "classes": [], "mask_sums": []}',
      )),
    /golden_objects.boxes to be as many as there are scores/,
  ],
  [
    "golden objects that are null",
    (m, c) => (c["golden_instances.json"] = Buffer.from("null")),
    /golden_objects to be an object/,
  ],
  [
    "a golden image of another size",
    (m, c) =>
      (c["golden.png"] = members(bundleFile("five_channels"))["golden.png"]),
    /golden.png must be a PNG of 7 x 6 pixels, RGB/,
  ],
  [
    "a golden image that is none",
    (m, c) => (c["golden.png"] = Buffer.from("hello")),
    /golden.png must be a PNG/,
  ],
];
for (const [what, change, sentence] of BAD_OBJECTS) {
  test(`a bundle of objects with ${what} gets a sentence`, async () => {
    await refused(changed("objects", change), sentence);
  });
}

test("masks that are not square get a sentence", async () => {
  const old = Int32Array.of(4, 1, 4, 2, 2); // a vector's length, and the shape
  const bytes = changed("objects", (metadata, contents, flatbuffer) => {
    const at = Buffer.from(flatbuffer).indexOf(Buffer.from(old.buffer));
    flatbuffer.set([1, 0, 0, 0, 4], at + 12);
    metadata.sha256 = sha256(flatbuffer);
  });
  await refused(bytes, /'masks' of float32, shape 1x4x1x1.*shape 1x4x1x4/);
});
