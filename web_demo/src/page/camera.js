/** The camera: a live picture, and a frame of it when asked. */

import { Sentence } from "./engine.js";
import { fromDrawable } from "./picture.js";

/** Owns the stream of one video element. */
class Camera {
  #video;
  #stream = null;
  #started = null;

  /** @param {HTMLVideoElement} video */
  constructor(video) {
    this.#video = video;
  }

  /** Whether this browser gives the page a camera: on https and on this machine only. */
  static get available() {
    return Boolean(navigator.mediaDevices?.getUserMedia);
  }

  /**
   * Ask for the camera and show what it sees; the one at the back, where there are two.
   * Asked again it does no more: the first stream would run on with nobody to end it.
   *
   * @throws {Sentence} It was denied, or there is none.
   */
  start() {
    this.#started ??= this.#start();
    return this.#started;
  }

  async #start() {
    try {
      const video = { facingMode: "environment", width: { ideal: 1280 } };
      this.#stream = await navigator.mediaDevices.getUserMedia({ video });
      this.#video.srcObject = this.#stream;
      await this.#video.play();
    } catch (error) {
      this.stop();
      throw new Sentence(
        error.name === "NotAllowedError"
          ? "The camera was denied to this page. Allow it in the browser's settings of this " +
              "site, or choose a picture."
          : `The camera cannot be used: ${error.message}. Choose a picture.`,
      );
    }
  }

  /** @returns {import("./picture.js").Picture} What it sees now. */
  shoot() {
    const { videoWidth, videoHeight } = this.#video;
    return fromDrawable("camera", this.#video, videoWidth, videoHeight);
  }

  /** Turn it off. */
  stop() {
    for (const track of this.#stream?.getTracks() ?? []) track.stop();
    this.#stream = null;
    this.#started = null;
    this.#video.srcObject = null;
  }
}

/**
 * Connect the buttons of the camera.
 *
 * @param {(take: () => Promise<import("./picture.js").Picture>) => void} use Called with
 *     what takes a picture.
 * @param {(error: Error) => void} report
 */
export function connectCamera(use, report) {
  const $ = (id) => document.getElementById(id);
  const camera = new Camera($("video"));
  $("camera").hidden = !Camera.available;
  $("camera").addEventListener("click", async () => {
    try {
      await camera.start();
      $("live").hidden = false;
      $("shoot").focus();
    } catch (error) {
      report(error);
    }
  });
  $("shoot").addEventListener("click", () => use(async () => camera.shoot()));
  $("camera-off").addEventListener("click", () => {
    camera.stop();
    $("live").hidden = true;
    $("camera").focus();
  });
}
