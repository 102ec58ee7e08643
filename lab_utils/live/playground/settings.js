// What can be set on the playground, checked; and the same as a link that brings it all back.

/** @typedef {{data: string, count: number, noise: number, widths: number[], activation: string, optimizer: string, lr: number,
 *   penalty: string, strength: number, batch_size: number | null, layer: number, view: string | [number, number], chart: string,
 *   speed: number, steps: number, seed: number}} Settings */
/** @typedef {{x1: number, x2: number, label: number}} PlacedPoint */
/** What the Python side allows. @typedef {{limits: Record<string, [number, number]>, choices: Record<string, (string | number | null)[]>}} SettingRules */

export const OWN_BOX = { cx: 0, cy: 0, half: 1.5 };
export const MOST_POINTS = 300;
const LEVELS = 36 * 36; // two letters a coordinate
const WHOLE = new Set(["count", "layer", "steps", "seed"]);

/** The coordinate as the link holds it, so that a link brings back the very same points. @param {number} value */
export function onLevel(value) {
  const inside = Math.max(-1, Math.min(1, value / OWN_BOX.half));
  return level(Math.round(((inside + 1) / 2) * (LEVELS - 1)));
}

/** @param {number} index 0 to LEVELS - 1 */
const level = (index) => OWN_BOX.half * ((2 * index) / (LEVELS - 1) - 1);

/** @param {PlacedPoint[]} points */
export function packPoints(points) {
  const code = (/** @type {number} */ v) => Math.round(((v / OWN_BOX.half + 1) / 2) * (LEVELS - 1)).toString(36).padStart(2, "0");
  return points.map(({ x1, x2, label }) => `${label}${code(x1)}${code(x2)}`).join("");
}

/** @param {string} text @returns {PlacedPoint[]} */
export function unpackPoints(text) {
  if (!/^([01][0-9a-z]{4})*$/.test(text)) throw new RangeError("the placed points cannot be read");
  if (text.length > 5 * MOST_POINTS) throw new RangeError(`expected at most ${MOST_POINTS} placed points, got ${text.length / 5}`);
  return Array.from({ length: text.length / 5 }, (_, i) => {
    const part = text.slice(5 * i, 5 * i + 5);
    return { label: Number(part[0]), x1: level(parseInt(part.slice(1, 3), 36)), x2: level(parseInt(part.slice(3), 36)) };
  });
}

/** @param {string} text */
function toNumber(text) {
  if (!/^-?\d+(\.\d+)?(e[-+]?\d+)?$/.test(text)) throw new RangeError(`expected a number, got “${text.slice(0, 20)}”`);
  return Number(text);
}

/** @param {string} name @param {string} text @param {SettingRules} rules */
function readSetting(name, text, rules) {
  if (name === "widths") return readWidths(text, rules);
  if (name === "view") return text.includes(".") ? text.split(".").map(toNumber) : text;
  if (name in rules.choices) {
    const found = rules.choices[name].find((v) => String(v ?? "all") === text);
    if (found === undefined) throw new RangeError(`expected ${name} to be one of ${rules.choices[name].map((v) => v ?? "all").join(", ")}, got “${text.slice(0, 20)}”`);
    return found;
  }
  const value = toNumber(text), [low, high] = rules.limits[name];
  if (value < low || value > high) throw new RangeError(`expected ${name} from ${low} to ${high}, got ${value}`);
  if (WHOLE.has(name) && !Number.isInteger(value)) throw new RangeError(`expected a whole number for ${name}, got ${value}`);
  return value;
}

/** @param {string} text @param {SettingRules} rules */
function readWidths(text, rules) {
  const widths = text === "none" ? [] : text.split(".").map(toNumber);
  const [low, high] = rules.limits.width;
  if (widths.length > rules.limits.depth[1]) throw new RangeError(`expected at most ${rules.limits.depth[1]} hidden layers, got ${widths.length}`);
  for (const width of widths) {
    if (!Number.isInteger(width) || width < low || width > high) throw new RangeError(`expected ${low} to ${high} units in a layer, got ${width}`);
  }
  return widths;
}

/** The space and the view that can be shown with these widths. @param {Settings} s @returns {Settings} */
export function withinNetwork(s) {
  const layer = Math.min(s.layer, s.widths.length);
  const width = layer ? s.widths[layer - 1] : 2;
  const fits = typeof s.view === "string" || (s.view.length === 2 && s.view[0] !== s.view[1] && s.view.every((i) => Number.isInteger(i) && i >= 1 && i <= width));
  return { ...s, layer, view: fits ? s.view : "pca" };
}

/** Everything after the “#” for this figure. @param {string} name @param {Settings} settings @param {PlacedPoint[]} points */
export function toHash(name, settings, points) {
  const parts = Object.entries(settings).map(([key, value]) => `${key}=${key === "widths" ? (/** @type {number[]} */ (value).join(".") || "none") : Array.isArray(value) ? value.join(".") : (value ?? "all")}`);
  if (settings.data === "own") parts.push(`points=${packPoints(points)}`);
  return `${name}?${parts.join("&")}`;
}

/**
 * Reads a hash back. Null where it is not for this figure; raises RangeError, with the reason, where it cannot be read.
 * @param {string} name @param {string} hash without “#” @param {Settings} start what the hash does not say @param {SettingRules} rules
 * @returns {{settings: Settings, points: PlacedPoint[]} | null}
 */
export function fromHash(name, hash, start, rules) {
  if (hash !== name && !hash.startsWith(`${name}?`)) return null;
  /** @type {Record<string, any>} */
  const settings = { ...start };
  /** @type {PlacedPoint[]} */
  let points = [];
  for (const part of hash.slice(name.length + 1).split("&").filter(Boolean)) {
    const [key, text = ""] = part.split("=");
    if (key !== "points" && !Object.hasOwn(start, key)) throw new RangeError(`there is no setting “${key.slice(0, 20)}”`);
    if (key === "points") points = unpackPoints(text);
    else settings[key] = readSetting(key, text, rules);
  }
  if (!Array.isArray(settings.view) && !["pca", "cut"].includes(settings.view)) throw new RangeError(`expected the view pca, cut or two units, got “${String(settings.view).slice(0, 20)}”`);
  return { settings: withinNetwork(/** @type {Settings} */ (settings)), points };
}
