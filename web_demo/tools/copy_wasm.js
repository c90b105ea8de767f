/**
 * Copies LiteRT.js from node_modules to vendor/litert, which the page loads it from.
 *
 * Import maps do not reach into workers, so the one bare name that LiteRT.js imports
 * becomes a path. Of its WebAssembly only what the page can choose is copied: with
 * relaxed SIMD, with threads, and for browsers without either.
 */
import {
  copyFileSync,
  mkdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const packages = join(root, "node_modules", "@litertjs");
const target = join(root, "vendor", "litert");
const BUILDS = ["litert_wasm", "litert_wasm_threaded", "litert_wasm_compat"];
const BARE = /(["'])@litertjs\/wasm-utils\1/g;

rmSync(target, { recursive: true, force: true });
mkdirSync(join(target, "wasm"), { recursive: true });

const source = readFileSync(join(packages, "core", "dist", "index.js"), "utf8");
if (!BARE.test(source)) {
  throw new Error(
    "Expected @litertjs/core to import @litertjs/wasm-utils. Received: a file that does" +
      " not. Read how this version loads its WebAssembly, and change copy_wasm.js.",
  );
}
// Without the link to a source map, which is not served.
const plain = (text) => text.replace(/^\/\/# sourceMappingURL=.*$/m, "");
const core = source.replace(BARE, '"./wasm-utils.js"');
const utils = readFileSync(
  join(packages, "wasm-utils", "dist", "index.js"),
  "utf8",
);
writeFileSync(join(target, "index.js"), plain(core));
writeFileSync(join(target, "wasm-utils.js"), plain(utils));

for (const build of BUILDS) {
  for (const ending of ["js", "wasm"]) {
    const name = `${build}_internal.${ending}`;
    copyFileSync(
      join(packages, "core", "wasm", name),
      join(target, "wasm", name),
    );
  }
}
