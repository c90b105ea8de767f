/**
 * The metadata's `instances`: how objects come out of a label map, checked.
 *
 * @param {import('./checker.js').Checker} check
 * @param {any} rule
 * @returns {import('./types.js').InstanceRule | null}
 */
export function checkRule(check, rule) {
  if (rule === null) return null;
  check.object("instances", rule);
  const id = (key, value) => check.integer(`instances.${key}`, value, 0, 255);
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
      border: id("border", border),
    };
    return { method, ...ids, min_area: area };
  }
  const classes = rule.classes ?? [1];
  if (!Array.isArray(classes) || !classes.length) {
    check.fail("instances.classes", "a list of class ids", classes);
  }
  // A class named twice would give its objects twice.
  return {
    method,
    classes: [...new Set(classes.map((k) => id("classes", k)))],
    min_area: area,
  };
}
