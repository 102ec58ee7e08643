// The settings of the experiment, and what of it is looked at, as controls.

import { choice, element, select, slider } from "../../web/ui.js";
import { ALIGNED } from "./looks.js";

/** @typedef {import("./model.js").AlignmentSettings} AlignmentSettings */
/** @typedef {import("./protractor.js").AlignmentLook} AlignmentLook */
/** @typedef {Record<string, [number, number]>} Limits lowest and highest value of each number */
/** @typedef {{element: HTMLElement, show: (s: AlignmentSettings) => void}} Control */

const PACES = ["1", "5", "20"].map((value) => ({ value, label: `${value} update${value === "1" ? "" : "s"} a picture` }));

/** @param {AlignmentSettings} start @param {Limits} limits @param {(changes: Partial<AlignmentSettings>) => void} change */
export function settingControls(start, limits, change) {
  const number = (/** @type {"width" | "angle" | "seed"} */ name, /** @type {string} */ label, step = 1, unit = "") => {
    const [min, max] = limits[name];
    const control = slider({ label, min, max, step, value: start[name], show: (v) => `${v}${unit}`, onInput: (value) => change({ [name]: value }) });
    return { element: control.element, show: (/** @type {AlignmentSettings} */ s) => control.set(s[name]) };
  };
  const pace = select({ label: "Pace", options: PACES, value: String(start.speed), onChange: (value) => change({ speed: Number(value) }) });
  const controls = [
    number("angle", "Feedback starts at", 5, "°"), rateControl(start, limits, change), number("seed", "Seed"),
    depthControl(start, limits, change), number("width", "Units a layer", 4), activationControl(start, change),
  ];
  return {
    element: element("div", { class: "lab-align-settings lab-controls" }, ...controls.map((c) => c.element)),
    pace: pace.element,
    /** @param {AlignmentSettings} s */
    show(s) {
      for (const control of controls) control.show(s);
      pace.set(String(s.speed));
    },
  };
}

/** Powers of ten, ten steps to each; what lies between two steps is kept until it moves. @param {AlignmentSettings} start @param {Limits} limits @param {(changes: Partial<AlignmentSettings>) => void} change @returns {Control} */
function rateControl(start, limits, change) {
  const [min, max] = limits.lr.map(Math.log10);
  let exact = start.lr;
  const control = slider({
    label: "Learning rate", min, max, step: 0.1, value: Math.log10(exact), show: () => String(exact),
    onInput: (power) => change({ lr: exact = Number((10 ** power).toPrecision(2)) }),
  });
  return {
    element: control.element,
    show(s) {
      exact = s.lr;
      control.set(Math.log10(exact));
    },
  };
}

/** @param {AlignmentSettings} start @param {Limits} limits @param {(changes: Partial<AlignmentSettings>) => void} change @returns {Control} */
function depthControl(start, limits, change) {
  const options = Array.from({ length: limits.depth[1] }, (_, i) => ({ value: String(i + 1), label: String(i + 1) }));
  const control = choice({ label: "Hidden layers", options, value: String(start.depth), onChange: (value) => change({ depth: Number(value) }) });
  return { element: control.element, show: (s) => control.set(String(s.depth)) };
}

/** @param {AlignmentSettings} start @param {(changes: Partial<AlignmentSettings>) => void} change @returns {Control} */
function activationControl(start, change) {
  const options = [{ value: "tanh", label: "tanh" }, { value: "relu", label: "ReLU" }];
  const control = choice({ label: "Activation", options, value: start.activation, onChange: (activation) => change({ activation }) });
  return { element: control.element, show: (s) => control.set(s.activation) };
}

/** Which learner, which of its layers, which angle. @param {AlignmentLook} look @param {() => void} changed */
export function lookControls(look, changed) {
  const kind = choice({
    label: "Feedback", value: look.kind, options: ALIGNED.map((value) => ({ value, label: value === "feedback" ? "Layer by layer" : "Direct" })),
    onChange(value) {
      look.kind = /** @type {AlignmentLook["kind"]} */ (value);
      changed();
    },
  });
  const measure = choice({
    label: "Angle of", value: look.measure, options: [{ value: "weight", label: "Weights" }, { value: "update", label: "Updates" }],
    onChange(value) {
      look.measure = /** @type {AlignmentLook["measure"]} */ (value);
      changed();
    },
  });
  const layer = select({
    label: "Feedback into", options: [], value: "",
    onChange(value) {
      look.layer = Number(value);
      changed();
    },
  });
  return {
    kind: kind.element, measure: measure.element, layer: layer.element,
    /** As many hidden layers as there are. @param {number} depth */
    show(depth) {
      if (layer.input.options.length !== depth) {
        const options = Array.from({ length: depth }, (_, i) => element("option", { value: String(i + 1), text: `hidden layer ${i + 1}` }));
        layer.input.replaceChildren(...options.reverse());
        look.layer = depth;
      }
      layer.set(String(look.layer));
    },
  };
}
