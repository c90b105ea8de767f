import assert from "node:assert/strict";
import test from "node:test";

import { readBundle } from "../../src/kseg/bundle.js";
import { crc32 } from "../../src/kseg/crc32.js";
import { BundleError } from "../../src/kseg/errors.js";
import { changed, members, refused } from "./helpers.js";

const BAD_METADATA = [
  [
    "a newer format",
    (m) => (m.format_version = 3),
    /format_version 3.*up to 2/,
  ],
  [
    "no format",
    (m) => delete m.format_version,
    /format_version.*Received: nothing/,
  ],
  [
    "a part of a network",
    (m) => (m.part = "features"),
    /whole network.*"features"/,
  ],
  [
    "another task",
    (m) => (m.task = "depth"),
    /"semantic" or "instances".*"depth"/,
  ],
  [
    "an absurd size",
    (m) => (m.input.size = [1e9, 1e9]),
    /input.size.*1 to 8192.*1000000000/,
  ],
  [
    "too many pixels",
    (m) => (m.input.size = [8000, 8000]),
    /at most 16777216 pixels/,
  ],
  ["a size of one number", (m) => (m.input.size = [7]), /two numbers/],
  [
    "a side that is no whole number",
    (m) => (m.input.size = [6.5, 7]),
    /whole number.*6\.5/,
  ],
  [
    "another size than its network",
    (m) => (m.input.size = [8, 7]),
    /shape 1x8x7x3.*shape 1x6x7x3/,
  ],
  ["no channels", (m) => (m.input.channels = 0), /input.channels/],
  [
    "an input of another name",
    (m) => (m.input.name = "x"),
    /input 'x'.*none of that name/,
  ],
  [
    "an output that leaves its input",
    (m) => (m.output.offset = [4, 4]),
    /inside of its input/,
  ],
  ["no output", (m) => delete m.output, /output: an object.*nothing/],
  [
    "a kind of output that is not known",
    (m) => (m.output.kind = "depth"),
    /"label_map" or "logits"/,
  ],
  [
    "logits that are labels",
    (m) => (m.output.kind = "logits"),
    /of float32.*Received: uint8/,
  ],
  ["no classes", (m) => (m.classes = []), /1 to 256 names/],
  ["classes without names", (m) => (m.classes = [1, 2]), /1 to 256 names/],
  ["too few colours", (m) => (m.palette = [[0, 0, 0]]), /2 colours/],
  [
    "a colour out of range",
    (m) =>
      (m.palette = [
        [0, 0, 0],
        [0, 300, 0],
      ]),
    /0 to 255/,
  ],
  [
    "an unknown rule for objects",
    (m) => (m.instances = { method: "magic" }),
    /"watershed" or "components"/,
  ],
  [
    "a class out of range in the rule",
    (m) => (m.instances = { method: "watershed", border: 999 }),
    /0 to 255.*999/,
  ],
  [
    "a rule for objects of a class that there is not",
    (m) => (m.instances = { method: "watershed", interior: 2 }),
    /instances.interior.*0 to 1\. Received: 2/,
  ],
  [
    "pieces of a class that there is not",
    (m) => (m.instances = { method: "components", classes: [1, 2] }),
    /instances.classes.*0 to 1\. Received: 2/,
  ],
  [
    "a rule without classes",
    (m) => (m.instances = { method: "components", classes: [] }),
    /class ids/,
  ],
  ["a stride of 0", (m) => (m.tiling = { stride: 0 }), /tiling.stride/],
  ["a margin below 0", (m) => (m.tiling = { margin: -1 }), /tiling.margin/],
  [
    "a score threshold over 1",
    (m) => (m.score_threshold = 2),
    /from 0 to 1.*Received: 2/,
  ],
  [
    "a mask threshold under 0",
    (m) => (m.mask_threshold = -0.1),
    /mask_threshold.*from 0 to 1.*Received: -0.1/,
  ],
  [
    "an unknown intensity rule",
    (m) => (m.input.intensity = { rule: "log" }),
    /intensity.rule/,
  ],
  [
    "an upside-down range",
    (m) => (m.input.intensity = { rule: "range", low: 9, high: 1 }),
    /low < high/,
  ],
  [
    "another way of resizing",
    (m) => (m.input.resize = "stretch"),
    /input.resize.*"stretch"/,
  ],
  [
    "a network longer than the file",
    (m) => (m.flatbuffer_bytes = 2 ** 30),
    /sha256/,
  ],
  [
    "no golden image",
    (m, contents) => delete contents["golden.png"],
    /no golden.png.*golden image/,
  ],
  [
    "no golden labels",
    (m, contents) => delete contents["golden_labels.png"],
    /no golden_labels.png/,
  ],
  [
    "no metadata",
    (m, contents) => delete contents["metadata.json"],
    /cut short|without readable/,
  ],
];
for (const [what, change, sentence] of BAD_METADATA) {
  test(`metadata with ${what} gets a sentence`, async () => {
    await refused(changed("labels", change), sentence);
  });
}

test("members that do not have their checksums get a sentence", async () => {
  const kept = () => {};
  const altered = (change) => changed("labels", change, kept);
  await readBundle(changed("labels", kept).buffer);
  await refused(altered((m) => (m.name = "x")), /its metadata.json is not/);
  const image = (m, contents) => {
    contents["golden.png"] = Uint8Array.from(contents["golden.png"]);
    contents["golden.png"][40] ^= 1;
  };
  await refused(altered(image), /altered|damaged/);
  const none = (m, contents) => delete contents["sha256.txt"];
  await refused(altered(none), /no sha256.txt/);
  // Files of format version 1 have none.
  const old = (m, contents) => {
    m.format_version = 1;
    none(m, contents);
  };
  const { metadata } = await readBundle(altered(old).buffer);
  assert.equal(metadata.mask_threshold, 0.5);
});

test("metadata that is no JSON, or no object, gets a sentence", async () => {
  const replaced = (text) => {
    const bytes = changed("labels", () => {});
    const old = members(bytes)["metadata.json"];
    const at = Buffer.from(bytes).indexOf(Buffer.from(old));
    const content = new TextEncoder().encode(text.padEnd(old.length));
    bytes.set(content, at);
    const crc = new DataView(bytes.buffer);
    for (let i = 0; i + 4 < bytes.length; i++) {
      if (crc.getUint32(i, true) === crc32(old))
        crc.setUint32(i, crc32(content), true);
    }
    return bytes;
  };
  await refused(replaced('{"name": '), /metadata.json is not JSON/);
  await refused(replaced("[1]"), /format_version/);
  await refused(replaced("null"), /format_version/);
});

/** Every place of a JSON value, as a function that puts another one there. */
function places(value, put = () => {}) {
  const inside = Object.entries(value ?? {}).flatMap(([key, entry]) => {
    const place = (other) => (value[key] = other);
    return typeof entry === "string" ? [place] : places(entry, place);
  });
  return [put, ...inside];
}

test("whatever stands in the metadata, it is read or gets a sentence", async () => {
  const rules = {
    instances: { method: "components", classes: [1], min_area: 2 },
    palette: [
      [0, 0, 0],
      [9, 9, 9],
    ],
    tiling: { margin: 1, stride: 1 },
    score_threshold: 0.5,
  };
  const junk = [
    null,
    true,
    -1,
    0,
    1.5,
    1e300,
    "x",
    "",
    [],
    [[]],
    {},
    [null, {}],
  ];
  let refusals = 0;
  for (const name of ["labels", "objects"]) {
    const full = (metadata) => {
      Object.assign(metadata, rules);
      metadata.input.intensity = {
        rule: "range",
        low: 0,
        high: 9,
        channels: [0],
      };
      metadata.input.magnification = 1;
      return metadata;
    };
    let count = 0;
    changed(name, (metadata) => (count = places(full(metadata)).length));
    for (let place = 1; place < count; place++) {
      for (const value of junk) {
        const bytes = changed(name, (metadata) => {
          places(full(metadata))[place](structuredClone(value));
        });
        await readBundle(bytes.buffer).catch((error) => {
          assert.ok(error instanceof BundleError, error.stack);
          refusals++;
        });
      }
    }
  }
  assert.ok(refusals > 500, `${refusals}`);
});
