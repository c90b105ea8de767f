/** The page's side of the worker: requests, answers, and what to do when it fails. */

/** A request that was stopped, by a person or by a newer one. */
export class Stopped extends Error {
  name = "AbortError";
}

/** An error whose message is a sentence for a person. */
export class Sentence extends Error {}

/**
 * What a file holds.
 *
 * @param {Blob} file
 * @param {string} name
 * @returns {Promise<ArrayBuffer>}
 * @throws {Sentence} Browsers refuse folders, and files that are no longer as they were.
 */
export async function bytesOf(file, name) {
  try {
    return await file.arrayBuffer();
  } catch {
    throw new Sentence(
      `${name} cannot be read: it is a folder, or was changed or removed since it was ` +
        "chosen. Choose it again.",
    );
  }
}

/** One worker with one network. */
export class Engine {
  #worker = null;
  #waiting = new Map();
  #last = 0;
  #holdsNetwork = false;
  #threads;
  #onFallback;
  #source = null; // the file and its name

  /**
   * @param {boolean} threads Whether the runtime may use threads.
   * @param {(opened: object) => void} onFallback Told of what `open` would give, where an
   *     accelerator came to disagree with Python while pictures were looked at.
   */
  constructor(threads, onFallback) {
    this.#threads = threads;
    this.#onFallback = onFallback;
  }

  /** @returns {boolean} Whether a network is open: it is lost when its worker ends. */
  get holdsNetwork() {
    return this.#holdsNetwork;
  }

  /**
   * Open a bundle, on the accelerator or, where that fails or disagrees, on wasm.
   *
   * @param {Blob} file
   * @param {string} name For messages.
   * @param {"wasm" | "webgpu"} accelerator
   * @returns {Promise<object>} metadata, golden, sample, accelerator and, where it is not
   *     the one asked for, `instead`: a sentence.
   * @throws {Sentence} It is no bundle, or the runtime refuses it.
   */
  async open(file, name, accelerator) {
    if (accelerator === "wasm") return this.#open(file, name, "wasm");
    let reason;
    try {
      const opened = await this.#open(file, name, accelerator);
      if (opened.golden.agrees) return opened;
      reason = `it disagrees with Python: ${opened.golden.sentence}`;
    } catch (error) {
      if (error instanceof Sentence && !error.ofRuntime) throw error;
      reason = error.reason ?? error.message;
    }
    this.close(); // A runtime that failed on a GPU is not to be trusted further.
    const opened = await this.#open(file, name, "wasm");
    return {
      ...opened,
      instead: `WebGPU is not used here, wasm is: ${reason}`,
    };
  }

  /**
   * Segment an image with the open network. Where an accelerator comes to disagree with
   * Python the network is opened on wasm, and the image segmented there.
   *
   * @param {() => import("../kseg/types.js").Image} image Makes it: its memory goes to the
   *     worker.
   * @param {(done: number, total: number) => void} onProgress Called after each tile.
   * @returns {Promise<import("../kseg/types.js").Result>}
   * @throws {Stopped | Sentence}
   */
  async predict(image, onProgress) {
    if (!this.#holdsNetwork) {
      throw new Sentence(
        "The browser has ended the network. Choose it again in the list.",
      );
    }
    const { data, width, height, channels = 4, ready = false } = image();
    const request = { image: { data, width, height, channels, ready } };
    try {
      return await this.#ask("predict", request, [data.buffer], onProgress);
    } catch (error) {
      // What is asked for meanwhile would be lost with the worker.
      if (!error.disagrees || this.#waiting.size) throw error;
      const instead =
        "WebGPU is not used any more, wasm is: after some pictures it disagreed with " +
        `Python. What it found in them may be wrong, too. ${error.reason}`;
      this.close();
      const { file, name } = this.#source;
      const opened = await this.#open(file, name, "wasm");
      this.#onFallback({ ...opened, instead });
      return this.predict(image, onProgress);
    }
  }

  /** Stop what is running after the tile that it is at. */
  stop() {
    this.#worker?.postMessage({ kind: "stop" });
  }

  /** End the worker; the next request starts another. */
  close() {
    this.#end(() => new Stopped("closed"));
  }

  #end(errorOf) {
    this.#worker?.terminate();
    this.#worker = null;
    this.#holdsNetwork = false;
    for (const { kind, reject } of this.#waiting.values())
      reject(errorOf(kind));
    this.#waiting.clear();
  }

  async #open(file, name, accelerator) {
    const buffer = await bytesOf(file, name);
    const request = { buffer, name, accelerator, threads: this.#threads };
    const opened = await this.#ask("open", request, [buffer]);
    this.#holdsNetwork = true;
    this.#source = { file, name };
    return opened;
  }

  #ask(kind, request, transfer, onProgress) {
    this.#worker ??= this.#start();
    const id = ++this.#last;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { kind, resolve, reject, onProgress });
      this.#worker.postMessage({ ...request, id, kind }, transfer);
    });
  }

  #start() {
    const worker = new Worker(new URL("worker.js", import.meta.url));
    worker.onmessage = ({ data }) => this.#answer(data);
    worker.onerror = (event) => {
      event.preventDefault();
      const message = event.message ?? "its script could not be loaded";
      this.#end((kind) => failure(kind, { message }));
    };
    return worker;
  }

  #answer({ id, value, error, progress }) {
    const asked = this.#waiting.get(id);
    if (progress) {
      asked?.onProgress(progress.done, progress.total);
      return;
    }
    this.#waiting.delete(id);
    if (error) asked?.reject(failure(asked.kind, error));
    else asked?.resolve(value);
  }
}

/** The worker's error as one of the page's. */
function failure(kind, { name, message, sentence }) {
  if (name === "AbortError") return new Stopped(message);
  if (sentence) return new Sentence(message);
  const what =
    kind === "open" ? "cannot load this network" : "failed on this image";
  const error = new Sentence(
    `The browser's runtime ${what}: ${message}. Reload the page; if it stays so, use ` +
      "another browser, or `kseg predict` in Python.",
  );
  const disagrees = name === "Disagreement";
  return Object.assign(error, { ofRuntime: true, disagrees, reason: message });
}
