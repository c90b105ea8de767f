/** JSON that a stranger wrote, read as Python and the app read it. */

import { RULES } from "./rules_file.js";

/**
 * @param {Uint8Array} bytes UTF-8, without a byte order mark.
 * @returns {any}
 * @throws {SyntaxError} It is no JSON, or its lists lie in one another too deeply.
 */
export function parseJson(bytes) {
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  let text;
  try {
    text = decoder.decode(bytes);
  } catch {
    throw new SyntaxError("it is not UTF-8");
  }
  const value = JSON.parse(text);
  const pending = [[value, 0]];
  while (pending.length) {
    const [inner, depth] = pending.pop();
    if (depth > RULES.limits.depth) {
      throw new SyntaxError(
        `more than ${RULES.limits.depth} lists in one another`,
      );
    }
    if (typeof inner === "object" && inner !== null) {
      for (const one of Object.values(inner)) pending.push([one, depth + 1]);
    }
  }
  return value;
}
