import assert from "node:assert/strict";
import test from "node:test";

import { readBundle } from "../../src/kseg/bundle.js";
import { crc32 } from "../../src/kseg/crc32.js";
import { BundleError } from "../../src/kseg/errors.js";
import { cases, changed, members, refused, summed } from "./helpers.js";

for (const [n, { bundle, metadata, key }] of cases("verdicts").entries()) {
  const own = JSON.parse(metadata);
  test(`judges as Python, case ${n} of ${bundle}: ${key ?? "read"}`, async () => {
    // As text: what is infinite, or not whole, would not come through JSON.stringify.
    const bytes = changed(bundle, () => {}, (contents) => {
      contents["metadata.json"] = Buffer.from(metadata);
      summed(contents);
    });
    if (key === null) {
      const { metadata: read } = await readBundle(bytes.buffer);
      assert.equal(read.name, own.name);
      return;
    }
    const expected = `it\\.tflite: expected ${key.replaceAll(".", "\\.")} to be `;
    await refused(bytes, new RegExp(expected));
  });
}

const BAD_METADATA = [
  [
    "a newer format",
    (m) => Object.assign(m, { format_version: 3, task: "depth" }),
    /format_version 3.*up to 2/,
  ],
  [
    "a part of a network",
    (m) => (m.part = "features"),
    /whole network.*"features"/,
  ],
  [
    "another size than its network",
    (m) => (m.input.size = [8, 7]),
    /shape 1x8x7x3.*shape 1x6x7x3/,
  ],
  [
    "an input of another name",
    (m) => (m.input.name = "x"),
    /input 'x'.*none of that name/,
  ],
  [
    "logits that are labels",
    (m) => {
      m.output.kind = "logits";
    },
    /of float32.*Received: uint8/,
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
  [
    "golden labels that have no class",
    (m) => (m.classes = ["background"]),
    /golden_labels.png must have labels under 1/,
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
  await refused(replaced("[1]"), /metadata.json to be an object/);
  await refused(replaced("null"), /metadata.json to be an object/);
  await refused(replaced("[".repeat(40) + "]".repeat(40)), /more than 32 lists/);
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
