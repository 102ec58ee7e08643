// The settings of the playground as controls, in groups: the points, the network, the training.

import { button, element, select, slider, uid } from "../../web/ui.js";
import { ACTIVATIONS } from "../shared/activation_functions.js";
import { TOYS } from "../shared/toys.js";
import { short } from "./curves.js";

/** @typedef {import("./settings.js").Settings} Settings */
/** @typedef {import("./settings.js").SettingRules} Rules */
/** @typedef {{s: Settings, rules: Rules, given: boolean, change: (changes: Partial<Settings>) => void}} Desk */
/** A control that can be brought into step with the settings. @typedef {{element: HTMLElement, show: (s: Settings) => void}} Control */

const OPTIMIZER_NAMES = { sgd: "SGD", momentum: "SGD, momentum 0.9", nesterov: "Nesterov 0.9", adagrad: "Adagrad", rmsprop: "RMSprop", adam: "Adam", adamw: "AdamW" };
const PENALTY_NAMES = { none: "None", l2: "L2 (weight decay)", l1: "L1" };

/** @param {Desk} desk @param {"activation" | "optimizer" | "penalty" | "speed" | "batch_size" | "data"} name @param {string} label @param {Record<string, string>} labels @param {(value: any) => Partial<Settings>} [also] @returns {Control} */
function listOf(desk, name, label, labels, also) {
  const values = desk.rules.choices[name].filter((v) => v !== "given" || desk.given);
  const list = select({
    label,
    options: values.map((v) => ({ value: String(v ?? "all"), label: labels[String(v ?? "all")] ?? String(v) })),
    value: String(desk.s[name] ?? "all"),
    onChange: (text) => {
      const value = /** @type {any} */ (values.find((v) => String(v ?? "all") === text));
      desk.change({ [name]: value ?? null, ...also?.(value) });
    },
  });
  return { element: list.element, show: (s) => list.set(String(s[name] ?? "all")) };
}

/** @param {Desk} desk @param {"count" | "noise"} name @param {string} label @param {number} step @returns {Control} */
function rangeOf(desk, name, label, step) {
  const [min, max] = desk.rules.limits[name];
  const control = slider({ label, min, max, step, value: desk.s[name], onInput: (value) => desk.change({ [name]: value }) });
  return {
    element: control.element,
    show: (s) => {
      control.set(s[name]);
      control.input.disabled = !(s.data in TOYS);
    },
  };
}

/** A slider over powers of ten, ten steps to each; what lies between two steps is kept until it moves. @param {Desk} desk @param {"lr" | "strength"} name @param {string} label @returns {Control} */
function powersOf(desk, name, label) {
  const [min, max] = desk.rules.limits[name].map(Math.log10);
  let exact = desk.s[name];
  const control = slider({
    label, min, max, step: 0.1, value: Math.log10(exact), show: () => short(exact),
    onInput: (power) => desk.change({ [name]: exact = Number((10 ** power).toPrecision(2)) }),
  });
  return {
    element: control.element,
    show: (s) => {
      exact = s[name];
      control.set(Math.log10(exact));
      control.input.disabled = name === "strength" && s.penalty === "none";
    },
  };
}

/** Any whole number as seed, or the next one. @param {Desk} desk @returns {Control} */
function seedField(desk) {
  const id = uid("lab-seed"), [min, max] = desk.rules.limits.seed;
  const input = element("input", { id, class: "lab-number", type: "number", min, max, step: 1, value: desk.s.seed });
  input.addEventListener("change", () => {
    const value = input.value === "" ? NaN : Number(input.value);
    const fits = Number.isInteger(value) && value >= min && value <= max;
    input.setAttribute("aria-invalid", String(!fits));
    if (fits) desk.change({ seed: value });
  });
  const next = button({ label: "Next seed", onPress: () => desk.change({ seed: desk.s.seed === max ? min : desk.s.seed + 1 }) });
  return {
    element: element("div", { class: "lab-play-seed" }, element("label", { for: id, text: "Seed" }), input, next),
    show: (s) => {
      input.value = String(s.seed);
      input.removeAttribute("aria-invalid");
    },
  };
}

/** Number of layers and of the units in each. @param {Desk} desk @returns {Control} */
export function shapeControls(desk) {
  const [low, high] = desk.rules.limits.width;
  const layers = slider({ label: "Hidden layers", min: 0, max: desk.rules.limits.depth[1], value: desk.s.widths.length, onInput: setDepth });
  const widths = Array.from({ length: desk.rules.limits.depth[1] }, (_, l) => slider({
    label: `Layer ${l + 1}: units`, min: low, max: high, value: desk.s.widths[l] ?? high,
    onInput: (value) => desk.change({ widths: desk.s.widths.map((w, i) => (i === l ? value : w)) }),
  }));
  /** @param {number} depth */
  function setDepth(depth) {
    const { widths: now, layer } = desk.s, last = now.at(-1) ?? high;
    const next = Array.from({ length: depth }, (_, l) => now[l] ?? last);
    desk.change({ widths: next, layer: layer === now.length ? depth : Math.min(layer, depth) });
  }
  return {
    element: element("div", { class: "lab-play-shape lab-controls" }, layers.element, ...widths.map((w) => w.element)),
    show: (s) => {
      layers.set(s.widths.length);
      widths.forEach((w, l) => {
        w.element.hidden = l >= s.widths.length;
        if (l < s.widths.length) w.set(s.widths[l]);
      });
    },
  };
}

/** The row that is always there, and the rest behind a line that says how it is set. @param {Desk} desk @returns {Control} */
export function settingControls(desk) {
  const names = { ...Object.fromEntries(Object.entries(TOYS).map(([k, v]) => [k, v.label])), own: "Your own points", given: "Points of the notebook" };
  const front = [
    listOf(desk, "data", "Points", names, (value) => (value in TOYS ? { noise: TOYS[/** @type {keyof typeof TOYS} */ (value)].noise } : {})),
    listOf(desk, "activation", "Activation", Object.fromEntries(Object.entries(ACTIVATIONS).map(([k, v]) => [k, v.label]))),
    listOf(desk, "optimizer", "Optimizer", OPTIMIZER_NAMES),
    powersOf(desk, "lr", "Learning rate"),
  ];
  const more = [
    rangeOf(desk, "noise", "Noise", 0.01), rangeOf(desk, "count", "Training points", 10),
    listOf(desk, "batch_size", "Points per update", { all: "All (full batch)" }),
    listOf(desk, "penalty", "Regularisation", PENALTY_NAMES), powersOf(desk, "strength", "Strength"),
    listOf(desk, "speed", "Updates per picture", {}), seedField(desk),
  ];
  const summary = element("summary");
  const details = element("details", { class: "lab-play-more" }, summary, element("div", { class: "lab-play-grid" }, ...more.map((m) => m.element)));
  return {
    element: element("div", { class: "lab-controls" }, element("div", { class: "lab-play-grid lab-play-front" }, ...front.map((f) => f.element)), details),
    show: (s) => {
      for (const control of [...front, ...more]) control.show(s);
      summary.textContent = `More settings: ${inWords(s)}`;
    },
  };
}

/** @param {Settings} s */
function inWords(s) {
  const penalty = s.penalty === "none" ? "no regularisation" : `${s.penalty.toUpperCase()} ${short(s.strength)}`;
  const points = s.data in TOYS ? `noise ${short(s.noise)}, ${s.count} points, ` : "";
  return `${points}${s.batch_size ?? "all"} per update, ${penalty}, seed ${s.seed}`;
}
