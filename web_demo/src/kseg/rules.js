/**
 * The rules of a bundle, rules_file.js: what its metadata may say, key by key. A copy of
 * kseg/bundle/rules.json; kseg/bundle/rules.py says how they are written.
 */

const NO_VALUE = Symbol();

/**
 * Check values by rules, in order, and put what they default to in their places.
 *
 * @param {object[]} rules One of the lists of RULES, but "tensors".
 * @param {object} values What keys are looked up in; it is changed.
 * @param {(key: string, says: string, value: any) => never} fail
 */
export function applyRules(rules, values, fail) {
  for (const rule of rules) {
    if (!applies(rule, values)) continue;
    const path = rule.key.split(".");
    const last = path.pop();
    const parent = find(values, path);
    if (!isObject(parent)) continue;
    const value = Object.hasOwn(parent, last) ? parent[last] : undefined;
    if (rule.holds) {
      const known = value !== undefined && value !== null;
      if (known && !evaluate(rule.holds, values))
        fail(rule.key, rule.says, value);
    } else if (value === undefined || (value === null && rule.null)) {
      if (!("default" in rule)) fail(rule.key, rule.says, value);
      parent[last] = structuredClone(rule.default);
    } else if (!fits(rule, value)) {
      fail(rule.key, rule.says, value);
    }
  }
}

/** Whether other values are those under which a rule holds. */
export function applies(rule, values) {
  return Object.entries(rule.when ?? {}).every(
    ([key, wanted]) => find(values, key.split(".")) === wanted,
  );
}

/** The value of a formula: a number, a key, or [operation, formula...]. */
export function evaluate(formula, values) {
  if (typeof formula === "string") return find(values, formula.split("."));
  if (!Array.isArray(formula)) return formula;
  const [name, ...operands] = formula;
  return OPERATIONS[name](...operands.map((one) => evaluate(one, values)));
}

/** Whether a value is a JSON object. */
export function isObject(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A value as a message shows it. */
export function shown(value) {
  const text = JSON.stringify(value) ?? "nothing";
  return text.length > 60 ? `${text.slice(0, 60)}...` : text;
}

function find(values, path) {
  return path.reduce((value, step) => {
    const inside = typeof value === "object" && value !== null;
    return inside && Object.hasOwn(value, step) ? value[step] : NO_VALUE;
  }, values);
}

const OPERATIONS = {
  "+": (a, b) => a + b,
  "*": (...factors) => factors.reduce((product, one) => product * one, 1),
  "/": (a, b) => a / b,
  floor: Math.floor,
  min: (...operands) => Math.min(...operands.flat()),
  max: (...operands) => Math.max(...operands.flat()),
  length: (list) => list.length,
  "<": (a, b) => a < b,
  "<=": (a, b) => a <= b,
  "=": (a, b) => a === b,
  and: (...operands) => operands.every(Boolean),
};

function fits(rule, value) {
  if (rule.one_of) return rule.one_of.includes(value);
  return KINDS[rule.is](rule, value);
}

const KINDS = {
  // Half a pair of surrogates is no character: it cannot be printed.
  text: (_, value) => typeof value === "string" && !/\p{Surrogate}/u.test(value),
  truth: (_, value) => typeof value === "boolean",
  null: (_, value) => value === null,
  number: ({ from = -Infinity, to = Infinity }, value) =>
    Number.isFinite(value) && from <= value && value <= to,
  whole: (rule, value) => KINDS.number(rule, value) && Number.isInteger(value),
  list: ({ least, most, each }, value) =>
    Array.isArray(value) &&
    least <= value.length &&
    value.length <= most &&
    value.every((one) => fits(each, one)),
  object: ({ only, keys = {}, values }, value) =>
    isObject(value) &&
    (!only || Object.keys(value).every((key) => only.includes(key))) &&
    Object.entries(keys).every(
      ([key, rule]) => Object.hasOwn(value, key) && fits(rule, value[key]),
    ) &&
    (!values ||
      Object.values(value).every(
        (one) => (one === null && values.null) || fits(values, one),
      )),
};
