/** What every browser test needs: a server, Chromium, an open page. */

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { accessSync, constants, readFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

export const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
export const BUILD = join(ROOT, "web_demo", "build");
export const CASES = join(BUILD, "cases");
export const PYTHON =
  process.env.PYTHON ?? join(ROOT, ".venv", "bin", "python");
const WAIT = 300_000; // ms; a loaded machine is slow, a hang is forever

/**
 * Start the server that `make web` starts, with the bundles of the cases.
 *
 * @param {string[]} options Of tools/serve_web.py.
 * @returns {Promise<{ url: string, close: () => void }>}
 */
export async function serve(...options) {
  const script = join(ROOT, "tools", "serve_web.py");
  const usual = ["--port", "0", "--bundles", join(CASES, "bundles")];
  const server = spawn(PYTHON, [script, ...usual, ...options]);
  server.stderr.pipe(process.stderr);
  const lines = createInterface({ input: server.stdout });
  const url = await new Promise((resolve, reject) => {
    lines.once("line", resolve);
    server.once("exit", (code) =>
      reject(new Error(`The server ended: ${code}.`)),
    );
  });
  return { url, close: () => server.kill() };
}

/** Start Chromium: the one that CHROMIUM names, or that is on the PATH. */
export function launch(...args) {
  const found =
    process.env.CHROMIUM ||
    onPath("chromium", "chromium-browser", "google-chrome");
  assert.ok(
    found,
    "Expected Chromium on the PATH, or its path in CHROMIUM. Received: none.",
  );
  // A container's root has no sandbox; nothing foreign is opened here.
  const sandbox = process.getuid?.() === 0 ? ["--no-sandbox"] : [];
  return chromium.launch({
    executablePath: found,
    args: [...sandbox, ...args],
  });
}

function onPath(...names) {
  const folders = (process.env.PATH ?? "").split(delimiter);
  for (const name of names) {
    for (const folder of folders) {
      const path = join(folder, name);
      try {
        accessSync(path, constants.X_OK);
        return path;
      } catch {
        // The next one.
      }
    }
  }
  return null;
}

/** A page of the demo, with what was asked, said and thrown in it. */
export class Demo {
  requests = [];
  errors = [];

  /**
   * Open the page and wait until its first bundle is checked.
   *
   * @param {import("playwright-core").Browser} browser
   * @param {string} url
   * @param {object} [options] Of the browser's context.
   * @param {(page: import("playwright-core").Page) => Promise<void>} [before]
   */
  static async open(browser, url, options = {}, before = async () => {}) {
    const demo = new Demo();
    demo.context = await browser.newContext({
      viewport: { width: 1200, height: 900 },
      ...options,
    });
    demo.page = await demo.context.newPage();
    demo.page.setDefaultTimeout(WAIT);
    demo.page.on("request", (request) => demo.requests.push(request.url()));
    demo.page.on("pageerror", (error) => demo.errors.push(error.message));
    await before(demo.page);
    await demo.page.goto(url);
    await demo.page.waitForFunction(
      () => document.querySelector("#result").dataset.done,
    );
    return demo;
  }

  close() {
    return this.context.close();
  }

  /** Do something that makes the page work, and wait until it is done. */
  async after(action) {
    const turn = () =>
      Number(document.querySelector("#result").dataset.turn ?? 0);
    const before = await this.page.evaluate(turn);
    await action(this.page);
    await this.page.waitForFunction((before) => {
      const { turn, done } = document.querySelector("#result").dataset;
      return Number(turn) > before && turn === done;
    }, before);
  }

  /** Choose a bundle of the list by its file's name. */
  async choose(name) {
    const label = name.replace(/\.tflite$/, "");
    const chosen = await this.page.$eval(
      "#bundle",
      (list) => list.selectedOptions[0]?.text,
    );
    if (chosen !== label)
      await this.after((page) => page.selectOption("#bundle", { label }));
  }

  /** Give a file of the cases' folder, as the file dialogs do. */
  async give(file) {
    const input = file.endsWith(".tflite") ? "#bundle-file" : "#image-file";
    await this.after((page) => page.setInputFiles(input, join(CASES, file)));
  }

  text(selector) {
    return this.page.textContent(selector);
  }

  /** The sentence of the error that is shown; "" for none. */
  async error() {
    return (await this.page.isVisible("#error")) ? this.text("#error") : "";
  }

  /** What "Save JSON" saves. */
  async json() {
    const saved = await this.save("#save-json");
    return JSON.parse(readFileSync(saved.path, "utf8"));
  }

  /** Press a button that saves a file: its name and where it is. */
  async save(button) {
    const [download] = await Promise.all([
      this.page.waitForEvent("download"),
      this.page.click(button),
    ]);
    return { name: download.suggestedFilename(), path: await download.path() };
  }
}

/**
 * The inverse of COCO's compressed run lengths.
 *
 * @param {{ size: [number, number], counts: string }} rle
 * @returns {Uint8Array} Row by row.
 */
export function decodeRle({ size: [height, width], counts }) {
  const runs = [];
  for (let at = 0; at < counts.length;) {
    let [value, shift, more] = [0, 0, true];
    while (more) {
      const six = counts.charCodeAt(at++) - 48;
      value |= (six & 31) << shift;
      shift += 5;
      more = (six & 32) !== 0;
      if (!more && six & 16) value |= -1 << shift;
    }
    runs.push(runs.length > 2 ? value + runs[runs.length - 2] : value);
  }
  const mask = new Uint8Array(height * width);
  let place = 0; // down the columns
  runs.forEach((run, index) => {
    for (const end = place + run; place < end; place++) {
      mask[(place % height) * width + Math.floor(place / height)] = index % 2;
    }
  });
  return mask;
}
