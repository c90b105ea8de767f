/** LiteRT.js: a bundle's network as the function that kseg's predictor calls. */

import {
  Tensor,
  loadAndCompile,
  loadLiteRt,
} from "../../vendor/litert/index.js";
import { BundleError } from "../kseg/errors.js";

const WASM = new URL("../../vendor/litert/wasm/", import.meta.url).href;
let loading;

/**
 * Load the runtime's WebAssembly, once.
 *
 * @param {boolean} threads Whether to use a thread for each core.
 * @returns {Promise<void>}
 */
export function loadRuntime(threads) {
  // In a worker Emscripten looks beside the worker's script.
  self.Module = {
    locateFile: (name) => WASM + name,
    mainScriptUrlOrBlob: `${WASM}litert_wasm_threaded_internal.js`,
  };
  loading ??= loadLiteRt(WASM, { threads });
  return loading;
}

/** A compiled network. */
export class Network {
  #model;
  #name;
  #shape;

  /**
   * @param {object} model Of LiteRT.js.
   * @param {import("../kseg/types.js").Metadata} metadata
   */
  constructor(model, metadata) {
    const { name, size, channels } = metadata.input;
    this.#model = model;
    this.#name = name;
    this.#shape = [1, ...size, channels];
    this.#check();
  }

  /**
   * Compile a bundle's network.
   *
   * @param {import("../kseg/types.js").Bundle} bundle
   * @param {"wasm" | "webgpu"} accelerator
   * @returns {Promise<Network>}
   * @throws {BundleError} Its input is not what the metadata says.
   */
  static async compile(bundle, accelerator) {
    const model = await loadAndCompile(bundle.flatbuffer, { accelerator });
    // LiteRT.js itself may have gone back to wasm.
    const used = model.options.accelerator;
    if (used !== accelerator) {
      model.delete();
      throw new Error(`the runtime compiles this network for ${used} only`);
    }
    // What runs in two places needs another build of the runtime.
    if (accelerator !== "wasm" && !model.isFullyAccelerated) {
      model.delete();
      throw new Error("the GPU takes only a part of this network");
    }
    return new Network(model, bundle.metadata);
  }

  /** @type {import("../kseg/types.js").Run} */
  run = async (pixels) => {
    const input = new Tensor(pixels, this.#shape);
    let outputs;
    try {
      outputs = await this.#model.run({ [this.#name]: input });
    } finally {
      input.delete();
    }
    const found = {};
    try {
      for (const [name, tensor] of Object.entries(outputs))
        found[name] = await tensor.data();
    } finally {
      for (const tensor of Object.values(outputs)) tensor.delete();
    }
    return found;
  };

  /** Give its memory back. */
  delete() {
    this.#model.delete();
  }

  #check() {
    const details = this.#model.getInputDetails();
    const input = details.find(({ name }) => name === this.#name);
    const shape = input && [...input.shape].join(", ");
    if (
      details.length !== 1 ||
      input?.dtype !== "uint8" ||
      shape !== this.#shape.join(", ")
    ) {
      const received = details.map(
        (d) => `${d.name} (${[...d.shape].join(", ")}) ${d.dtype}`,
      );
      this.#model.delete();
      throw new BundleError(
        `Expected one input, ${this.#name} (${this.#shape.join(", ")}) uint8, as the ` +
          `metadata says. Received: ${received.join("; ")}. Export the network again.`,
      );
    }
  }
}
