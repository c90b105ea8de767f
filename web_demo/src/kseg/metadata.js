/**
 * metadata.json comes from a stranger: every value that is used is checked for its type
 * and range by the rules, once, and what may be left out gets its default.
 */

import { BundleError } from "./errors.js";
import { applyRules, isObject, shown } from "./rules.js";
import { RULES } from "./rules_file.js";

/**
 * What is called where a value breaks a rule.
 *
 * @param {string} file What messages call it.
 * @returns {(key: string, says: string, value: any) => never}
 */
export function refusing(file) {
  return (key, says, value) => {
    throw new BundleError(
      `${file}: expected ${key} to be ${says}. Received: ${shown(value)}. Export the ` +
        "network again.",
    );
  };
}

/**
 * @param {any} raw What parseJson gave; it is changed.
 * @param {string} file What messages call the file.
 * @returns {import('./types.js').Metadata & {sha256: string, flatbuffer_bytes: number}}
 * @throws {BundleError}
 */
export function checkMetadata(raw, file) {
  const fail = refusing(file);
  if (!isObject(raw)) fail("metadata.json", "an object", raw);
  if (raw.format_version > RULES.format_version) {
    throw new BundleError(
      `${file} has format_version ${raw.format_version}; this page reads up to ` +
        `${RULES.format_version}. Use the page of a newer kseg, or export with this one's.`,
    );
  }
  applyRules(RULES.metadata, raw, fail);
  if (raw.part !== null) {
    throw new BundleError(
      `Expected a whole network. Received: ${file}, the part ${shown(raw.part)} of one ` +
        "that was exported as two. Take the file that lay beside it, without the part's name.",
    );
  }
  raw.palette ??= grays(raw.classes.length);
  // A class named twice would give its objects twice.
  if (raw.instances?.classes)
    raw.instances.classes = [...new Set(raw.instances.classes)];
  return raw;
}

function grays(classes) {
  return Array.from({ length: classes }, (_, k) => {
    return Array(3).fill(Math.floor((k * 255) / Math.max(1, classes - 1)));
  });
}
