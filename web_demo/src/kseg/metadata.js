/**
 * metadata.json comes from a stranger: every value that is used is checked for its type
 * and range here, once, and what may be left out gets its default.
 */

import { Checker, isObject, shown } from "./checker.js";
import { BundleError } from "./errors.js";
import { checkRule } from "./instance_rule.js";
import { checkIntensity } from "./intensity.js";

/** The newest format that this page reads. */
export const FORMAT_VERSION = 2;
// What a network of kseg gives for objects.
const OBJECT_OUTPUTS = ["boxes", "scores", "classes", "masks", "count"];
const LONGEST_SIDE = 8192;
const MOST_PIXELS = 2 ** 24;
const MOST_CHANNELS = 32;
const TASKS = ["semantic", "instances"];

/**
 * @param {any} raw What JSON.parse gave.
 * @param {string} file What messages call the file.
 * @returns {import('./types.js').Metadata & {sha256: string, flatbuffer_bytes: number}}
 * @throws {BundleError}
 */
export function checkMetadata(raw, file) {
  const check = new MetadataChecker(file);
  check.version(raw);
  check.whole(raw);
  const task = check.oneOf("task", raw.task, TASKS);
  const classes = check.classes(raw.classes);
  const metadata = {
    ...raw,
    name: check.string("name", raw.name),
    task,
    classes,
    palette: check.palette(raw.palette, classes.length),
    input: check.input(check.object("input", raw.input), task),
    sha256: check.string("sha256", raw.sha256),
    flatbuffer_bytes: check.integer(
      "flatbuffer_bytes",
      raw.flatbuffer_bytes,
      8,
      2 ** 31,
    ),
    tiling: check.tiling(check.object("tiling", raw.tiling ?? {})),
    instances: checkRule(check, raw.instances ?? null, classes.length),
    score_threshold: check.number(
      "score_threshold",
      raw.score_threshold ?? 0.5,
      0,
      1,
    ),
    mask_threshold: check.number(
      "mask_threshold",
      raw.mask_threshold ?? 0.5,
      0,
      1,
    ),
    quantization: check.string("quantization", raw.quantization ?? ""),
  };
  metadata.output = check.output(check.object("output", raw.output), metadata);
  check.overlap(metadata);
  return metadata;
}

/** What each part of the metadata must be. */
class MetadataChecker extends Checker {
  version(raw) {
    const version = isObject(raw) ? raw.format_version : undefined;
    if (!Number.isInteger(version))
      this.fail("format_version", "a whole number", version);
    if (version > FORMAT_VERSION) {
      throw new BundleError(
        `${this.file} has format_version ${version}; this page reads up to ` +
          `${FORMAT_VERSION}. Use the page of a newer kseg, or export with this one's.`,
      );
    }
  }

  whole(raw) {
    if (raw.part === undefined) return;
    throw new BundleError(
      `Expected a whole network. Received: ${this.file}, the part ${shown(raw.part)} of one ` +
        "that was exported as two. Take the file that lay beside it, without the part's name.",
    );
  }

  classes(value) {
    const fits =
      Array.isArray(value) && value.length >= 1 && value.length <= 256;
    if (!fits || !value.every((name) => typeof name === "string")) {
      this.fail("classes", "1 to 256 names", value);
    }
    return value;
  }

  palette(value, classes) {
    if (value === undefined) return grays(classes);
    const isColour = (colour) =>
      Array.isArray(colour) &&
      colour.length === 3 &&
      colour.every(
        (part) => Number.isInteger(part) && part >= 0 && part <= 255,
      );
    if (
      !Array.isArray(value) ||
      value.length < classes ||
      !value.every(isColour)
    ) {
      this.fail(
        "palette",
        `${classes} colours of three numbers from 0 to 255`,
        value,
      );
    }
    return value;
  }

  input(input, task) {
    const size = this.pair("input.size", input.size, 1, LONGEST_SIDE);
    if (size[0] * size[1] > MOST_PIXELS) {
      this.fail("input.size", `at most ${MOST_PIXELS} pixels`, input.size);
    }
    // Readers of label maps have always tiled; other networks see the image whole.
    const resize =
      input.resize ?? (task === "instances" ? "letterbox" : "tile");
    const ways = task === "instances" ? ["tile", "letterbox"] : ["tile"];
    return {
      ...input,
      size,
      name: this.string("input.name", input.name),
      channels: this.integer(
        "input.channels",
        input.channels,
        1,
        MOST_CHANNELS,
      ),
      resize: this.oneOf("input.resize", resize, ways),
      magnification: this.number(
        "input.magnification",
        input.magnification ?? 1,
        1 / 64,
        64,
      ),
      intensity: checkIntensity(input.intensity ?? {}, (...wrong) =>
        this.fail(...wrong),
      ),
    };
  }

  output(output, { task, input }) {
    if (task === "instances") {
      for (const name of OBJECT_OUTPUTS)
        this.string(`output.${name}`, output[name]);
      return output;
    }
    this.string("output.name", output.name);
    this.oneOf("output.kind", output.kind, ["label_map", "logits"]);
    const size = this.pair("output.size", output.size, 1, LONGEST_SIDE);
    const offset = this.pair("output.offset", output.offset, 0, LONGEST_SIDE);
    if (size.some((side, axis) => offset[axis] + side > input.size[axis])) {
      this.fail(
        "output.size and offset",
        "an output inside of its input",
        output,
      );
    }
    return output;
  }

  tiling(tiling) {
    return {
      margin: this.integer(
        "tiling.margin",
        tiling.margin ?? 0,
        0,
        LONGEST_SIDE,
      ),
      stride: this.integer(
        "tiling.stride",
        tiling.stride ?? 1,
        1,
        LONGEST_SIDE,
      ),
    };
  }

  /** Whether tiles that find objects share less than all of their pixels. */
  overlap({ task, input, tiling: { margin } }) {
    if (task !== "instances" || input.resize !== "tile") return;
    const least = Math.max(
      1,
      Math.trunc(Math.min(...input.size) / input.magnification),
    );
    this.number(
      "tiling.margin (under half of a tile)",
      margin,
      0,
      (least - 1) / 2,
    );
  }
}

function grays(classes) {
  return Array.from({ length: classes }, (_, k) => {
    return Array(3).fill(Math.floor((k * 255) / Math.max(1, classes - 1)));
  });
}
