// What the reader sets before a race: the surface and its shape, the shared settings, and the prediction.

import { element, format, select, slider } from "../../web/ui.js";
import { LOOKS, compact } from "./marks.js";

/** @typedef {import("./model.js").RaceModel} RaceModel */

const KAPPAS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000];
const NOISES = [0, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5];
const TARGETS = [1e-6, 1e-5, 1e-4, 1e-3, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1];
const DECAYS = [0, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3];
const BETAS = [null, 0.5, 0.9, 0.95, 0.99, 0.999, 0.9999];

/**
 * A slider over a list of values; a value that is not in the list joins it.
 * @template T
 * @param {string} label @param {T[]} list @param {T} value @param {(value: T) => string} show @param {(value: T) => void} onInput
 */
function listSlider(label, list, value, show, onInput) {
  let values = list;
  const join = (/** @type {T} */ next) => {
    values = list.includes(next) ? list : [...list, next].sort((a, b) => Number(a) - Number(b));
    return values.indexOf(next);
  };
  const start = join(value);
  const control = slider({ label, min: 0, max: values.length - 1, value: start, show: (i) => show(values[i]), onInput: (i) => onInput(values[i]) });
  return {
    element: control.element,
    /** @param {T} next */
    set(next) {
      const place = join(next);
      control.range(0, values.length - 1);
      control.set(place);
    },
  };
}

/** @param {RaceModel} model @param {() => void} changed @param {() => void} anew called for another surface */
export function raceSettings(model, changed, anew) {
  /** @template T @param {(value: T) => void} apply */
  const then = (apply) => (/** @type {T} */ value) => {
    apply(value);
    changed();
  };
  const surfaces = surfaceList(model, anew);
  const kappa = listSlider("Condition κ", KAPPAS, model.shape.kappa, String, then((v) => model.setShape({ kappa: v })));
  const turn = slider({ label: "Turned by", min: 0, max: 45, step: 5, value: 0, show: (v) => `${v}°`, onInput: then((v) => model.setShape({ turn: v })) });
  const shared = sharedSliders(model, then);
  const target = listSlider("Target", TARGETS, model.conditions.gap, (v) => compact(v), then((v) => model.set({ gap: v })));
  const more = element("details", { class: "lab-race-more" }, element("summary", { text: "More settings" }),
    element("div", { class: "lab-race-grid" }, target.element, shared.beta2, shared.decay, shared.seed));
  return {
    element: element("div", { class: "lab-controls lab-race-settings" },
      element("div", { class: "lab-race-grid" }, surfaces.element, kappa.element, turn.element, shared.momentum, shared.noise), more),
    show() {
      const isBowl = model.land.name === "bowl";
      kappa.element.hidden = turn.element.hidden = !isBowl;
      turn.set(model.shape.turn);
      target.set(model.conditions.gap);
    },
  };
}

/** @param {RaceModel} model @param {() => void} anew */
function surfaceList(model, anew) {
  const labels = { bowl: "Ill-conditioned bowl", rosenbrock: "Rosenbrock’s valley", beale: "Beale’s plateau", saddle: "Saddle, two minima", slice: "Slice of a network’s loss" };
  return select({
    label: "Surface",
    options: Object.entries(labels).filter(([value]) => value !== "slice" || model.slice).map(([value, label]) => ({ value, label })),
    value: model.land.name,
    onChange(name) {
      model.setSurface(name);
      anew();
    },
  });
}

/** Momentum, noise, and what stays folded away. @param {RaceModel} model @param {<T>(apply: (value: T) => void) => (value: T) => void} then */
function sharedSliders(model, then) {
  const { conditions } = model;
  return {
    momentum: slider({ label: "Momentum, β₁", min: 0, max: 0.99, step: 0.01, value: conditions.momentum, onInput: then((v) => model.set({ momentum: v })) }).element,
    noise: listSlider("Gradient noise σ", NOISES, conditions.noise, (v) => format(v), then((v) => model.set({ noise: v }))).element,
    beta2: listSlider("Memory β₂", BETAS, conditions.beta2, (v) => (v === null ? "default" : String(v)), then((v) => model.set({ beta2: v }))).element,
    decay: listSlider("Weight decay", DECAYS, conditions.weightDecay, String, then((v) => model.set({ weightDecay: v }))).element,
    seed: slider({ label: "Seed of the noise", min: 0, max: Math.max(20, model.seed), value: model.seed, onInput: then((v) => model.setSeed(v)) }).element,
  };
}

/** The reader's prediction, asked before the first run. @param {RaceModel} model @param {() => void} changed */
export function betList(model, changed) {
  const holder = element("div", { class: "lab-race-bet" });
  let known = "?";
  return {
    element: holder,
    show() {
      const names = model.racing.join();
      if (names === known && holder.querySelector("select")?.value === model.bet) return;
      known = names;
      const options = [{ value: "", label: "your prediction" }, ...model.racing.map((name) => ({ value: name, label: LOOKS[name].label })), { value: "none", label: "none of them" }];
      holder.replaceChildren(select({
        label: "Who will be first?", options, value: model.bet,
        onChange(value) {
          model.bet = value;
          changed();
        },
      }).element);
    },
  };
}
