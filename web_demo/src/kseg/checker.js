/** Types and ranges of values that a stranger wrote. */

import { BundleError } from "./errors.js";

/** Each method returns the checked value, or throws a sentence. */
export class Checker {
  constructor(file) {
    this.file = file;
  }

  fail(key, expected, received) {
    throw new BundleError(
      `${this.file}: its metadata must have ${key}: ${expected}. ` +
        `Received: ${shown(received)}. Export the network again.`,
    );
  }

  object(key, value) {
    return isObject(value) ? value : this.fail(key, "an object", value);
  }

  string(key, value) {
    return typeof value === "string" ? value : this.fail(key, "a text", value);
  }

  number(key, value, low, high) {
    if (typeof value === "number" && value >= low && value <= high)
      return value;
    return this.fail(key, `a number from ${low} to ${high}`, value);
  }

  integer(key, value, low, high) {
    if (Number.isInteger(value) && value >= low && value <= high) return value;
    return this.fail(key, `a whole number from ${low} to ${high}`, value);
  }

  oneOf(key, value, choices) {
    if (choices.includes(value)) return value;
    return this.fail(
      key,
      choices.map((choice) => `"${choice}"`).join(" or "),
      value,
    );
  }

  pair(key, value, low, high) {
    if (!Array.isArray(value) || value.length !== 2) {
      this.fail(key, "two numbers, height and width", value);
    }
    return value.map((side) => this.integer(key, side, low, high));
  }
}

/** Whether a value is a JSON object. */
export function isObject(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A value as a message shows it. */
export function shown(value) {
  const text = JSON.stringify(value) ?? "nothing";
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
