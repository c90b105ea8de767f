/**
 * The metadata's `instances`: how objects come out of a label map, checked.
 *
 * @param {import('./checker.js').Checker} check
 * @param {any} rule
 * @param {number} classes How many the network has: what an object can be is one of them.
 * @returns {import('./types.js').InstanceRule | null}
 */
export function checkRule(check, rule, classes) {
  if (rule === null) return null;
  check.object("instances", rule);
  const id = (key, value, most = classes - 1) =>
    check.integer(`instances.${key}`, value, 0, most);
  const method = check.oneOf("instances.method", rule.method, [
    "watershed",
    "components",
  ]);
  const area = check.integer(
    "instances.min_area",
    rule.min_area ?? 20,
    0,
    2 ** 31,
  );
  if (method === "watershed") {
    const [interior, border] = [rule.interior ?? 1, rule.border ?? 2];
    const ids = {
      interior: id("interior", interior),
      border: id("border", border, 255),
    };
    return { method, ...ids, min_area: area };
  }
  const chosen = rule.classes ?? [1];
  if (!Array.isArray(chosen) || !chosen.length) {
    check.fail("instances.classes", "a list of class ids", chosen);
  }
  // A class named twice would give its objects twice.
  return {
    method,
    classes: [...new Set(chosen.map((k) => id("classes", k)))],
    min_area: area,
  };
}
