/** Rounding as Python and NumPy do it. */

/**
 * To the nearest whole number, halves to even.
 *
 * @param {number} value Not negative.
 * @returns {number}
 */
export function roundHalfEven(value) {
  const down = Math.floor(value);
  const rest = value - down;
  if (rest !== 0.5) return rest < 0.5 ? down : down + 1;
  return down % 2 === 0 ? down : down + 1;
}
