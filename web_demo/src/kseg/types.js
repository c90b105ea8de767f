/**
 * The types that pass between these modules, and to the page. Nothing is exported at run
 * time: `@typedef {import('./types.js').Image} Image`.
 *
 * Pixels are row by row, the channels of a pixel together. Boxes and frames are
 * [y1, x1, y2, x2] in pixels of the image, half-open: the first pixel covers
 * [0, 1) x [0, 1). docs/numerics.md has all of it.
 *
 * @typedef {object} Image
 * @property {Uint8Array | Uint8ClampedArray | Uint16Array} data
 *     height * width * channels values.
 * @property {number} width
 * @property {number} height
 * @property {number} [channels] 1 gray, 2 gray and alpha, 3 RGB, 4 RGBA (as a canvas
 *     gives it); alpha is dropped. 4 where it is missing, so an ImageData will do.
 * @property {boolean} [ready] It is what a network took, such as a golden image: 8 bits, of
 *     any channels, to which no intensity rule is applied once more.
 *
 * @typedef {{[name: string]: ArrayLike<number>}} Outputs What a network gives, by name.
 *
 * @callback Run Runs the network once.
 * @param {Uint8Array} pixels height * width * channels of the network's input.
 * @returns {Outputs | Promise<Outputs>} Typed arrays by the names of the outputs.
 *
 * @typedef {object} FoundObject One object that a network found.
 * @property {number[]} box [y1, x1, y2, x2], inside the image.
 * @property {number} class From 1; an index into metadata.classes and .palette.
 * @property {number} area Pixels.
 * @property {number} [score] 0 to 1; only networks of the task "instances" give one.
 * @property {number[]} [frame] [y1, x1, y2, x2], integers, of the mask in the image; with
 *     `score`.
 * @property {Uint8Array} [mask] 1 where the object is: the pixels of its frame; with
 *     `score`.
 *
 * @typedef {object} SemanticResult
 * @property {'semantic'} task
 * @property {number} width Of the image.
 * @property {number} height
 * @property {Uint8Array} labels A class id per pixel.
 * @property {Int32Array | null} ids 0, or 1..N of each pixel's object; null where the
 *     metadata has no rule for objects.
 * @property {FoundObject[] | null} objects Object n at index n - 1; null likewise.
 *
 * @typedef {object} InstancesResult
 * @property {'instances'} task
 * @property {number} width Of the image.
 * @property {number} height
 * @property {FoundObject[]} objects The highest score first.
 *
 * @typedef {SemanticResult | InstancesResult} Result
 *
 * @typedef {object} GoldenObjects What the file found in the golden image at home.
 * @property {number[][]} boxes
 * @property {number[]} scores
 * @property {number[]} classes
 * @property {number} count
 * @property {number[]} mask_sums
 *
 * @typedef {object} Golden
 * @property {Image} image
 * @property {Uint8Array} [labels] Of a network of the task "semantic".
 * @property {GoldenObjects} [objects] Of one of the task "instances".
 *
 * @typedef {object} Metadata metadata.json as docs/bundle_format.md describes it, checked: the
 *     keys below are there, of these types and in sensible ranges.
 * @property {number} format_version
 * @property {string} name
 * @property {'semantic' | 'instances'} task
 * @property {{name: string, size: [number, number], channels: number,
 *     resize: 'tile' | 'letterbox', magnification: number, intensity: Intensity}} input
 * @property {{[key: string]: any}} output Semantic: name, kind ("label_map" or
 *     "logits"), size, offset. Instances: the name of each of boxes, scores, classes,
 *     masks, count.
 * @property {{margin: number, stride: number}} tiling
 * @property {string[]} classes By label id; 0 is the background of instance networks.
 * @property {[number, number, number][]} palette RGB by label id, as many as classes.
 * @property {InstanceRule | null} instances
 * @property {number} score_threshold
 * @property {number} mask_threshold From which probability on a pixel is an object's.
 * @property {string} quantization "int8" and the like; "" where the file does not say.
 *
 * @typedef {object} Intensity
 * @property {'none' | 'range' | 'percentile'} rule
 * @property {number | null} low
 * @property {number | null} high
 * @property {number[] | null} channels
 *
 * @typedef {{method: 'watershed', interior: number, border: number, min_area: number} |
 *     {method: 'components', classes: number[], min_area: number}} InstanceRule
 *
 * @typedef {object} Bundle
 * @property {Uint8Array} flatbuffer The network alone: what loadAndCompile takes.
 * @property {Metadata} metadata
 * @property {Golden} golden
 */

export {};
