// Placing one's own points, by pointer, touch or keyboard; and what the network answers at the cross.

import { arrow, button, choice, element, position } from "../../web/ui.js";
import { logistic } from "../shared/activation_functions.js";
import { short } from "./curves.js";

/** @typedef {import("./model.js").PlaygroundModel} Model */
/** @typedef {import("./panels.js").Look} Look */

const STEP = 1 / 24; // of the cross, in the panel's -1 to 1; with Shift a quarter of it
const NEAR = 0.12; // what an eraser reaches
const UNDO_STEPS = 50;

/** The panel's -1 to 1 as a place of the plane. @param {Model} model @param {{x: number, y: number}} at */
const placeOf = ({ box }, at) => ({ x1: box.cx + box.half * at.x, x2: box.cy + box.half * at.y });

/**
 * @param {Model} model @param {Look} view @param {import("../../web/ui.js").Surface} stage
 * @param {{changed: () => void, redraw: () => void, say: (text: string) => void}} tell
 */
export function pointTools(model, view, stage, tell) {
  const hand = { tool: "1" };
  const past = pastOf(model, tell.changed);
  const tools = choice({
    label: "A click, a tap or Enter", options: [{ value: "0", label: "● Class 0" }, { value: "1", label: "▲ Class 1" }, { value: "erase", label: "Erases" }],
    value: hand.tool, onChange: (value) => (hand.tool = value),
  });
  const use = (/** @type {{x: number, y: number}} */ at) => {
    if (model.s.data !== "own") return;
    past.keep();
    tell.say(hand.tool === "erase" ? erase(model, at) : put(model, at, Number(hand.tool)));
    tell.changed();
  };
  listenToPlane(model, view, stage, use, tell, () => {
    hand.tool = hand.tool === "0" ? "1" : "0";
    tools.set(hand.tool);
    return `Class ${hand.tool}.`;
  });
  const words = element("p", { class: "lab-note", text: "Click, tap, or move the cross with the arrow keys and press Enter. C changes the class." });
  const box = element("div", { class: "lab-play-tools lab-controls" }, tools.element, past.element, words);
  return {
    element: box,
    show() {
      box.hidden = model.s.data !== "own";
      past.show();
    },
  };
}

/** The points as they were, and the buttons that bring them back or take them all away. @param {Model} model @param {() => void} changed */
function pastOf(model, changed) {
  /** @type {import("./settings.js").PlacedPoint[][]} */
  const past = [];
  /** @param {import("./settings.js").PlacedPoint[]} points */
  const replace = (points) => {
    model.setPoints(points);
    changed();
  };
  const keep = () => {
    past.push(model.points);
    if (past.length > UNDO_STEPS) past.shift();
  };
  const undo = button({ label: "Undo", onPress: () => replace(past.pop() ?? model.points) });
  const clear = button({ label: "Clear", onPress: () => {
    keep();
    replace([]);
  } });
  return {
    element: element("div", { class: "lab-row" }, undo, clear),
    keep,
    show() {
      undo.disabled = past.length === 0;
      clear.disabled = model.points.length === 0;
    },
  };
}

/** @param {Model} model @param {{x: number, y: number}} at @param {number} label */
function put(model, at, label) {
  const { x1, x2 } = placeOf(model, at);
  if (!model.addPoint(x1, x2, label)) return "There is no room for more points.";
  return `Class ${label} at ${short(x1)}, ${short(x2)}. ${model.points.length} points.`;
}

/** Takes away the nearest point within reach. @param {Model} model @param {{x: number, y: number}} at */
function erase(model, at) {
  const { x1, x2 } = placeOf(model, at);
  const distances = model.points.map((p) => Math.hypot(p.x1 - x1, p.x2 - x2));
  const nearest = Math.min(...distances);
  if (!(nearest < NEAR * model.box.half)) return "No point is near enough to erase.";
  model.setPoints(model.points.filter((_, i) => i !== distances.indexOf(nearest)));
  return `Erased; ${model.points.length} points.`;
}

/** What the network says at a place. @param {Model} model @param {{x: number, y: number}} at */
function answerAt(model, at) {
  const { x1, x2 } = placeOf(model, at), { net } = model;
  const pass = net.room(1);
  pass.h[0].set([x1, x2]);
  return `At x₁ = ${short(x1)}, x₂ = ${short(x2)} it says class 1 with probability ${short(logistic(net.forward(pass)[0]))}.`;
}

/**
 * @param {Model} model @param {Look} view @param {import("../../web/ui.js").Surface} stage @param {(at: {x: number, y: number}) => void} use
 * @param {{redraw: () => void, say: (text: string) => void}} tell @param {() => string} switchClass
 */
function listenToPlane(model, view, stage, use, tell, switchClass) {
  const { canvas } = stage;
  canvas.tabIndex = 0;
  canvas.addEventListener("click", (event) => {
    const { x, y } = position(canvas, event), side = canvas.clientWidth;
    use({ x: (2 * x) / side - 1, y: 1 - (2 * y) / side });
  });
  canvas.addEventListener("keydown", (event) => {
    const step = arrow(event);
    const key = event.key.toLowerCase();
    if (step) moveCross(view, step, event.shiftKey ? STEP / 4 : STEP);
    else if ((key === "enter" || key === " ") && view.cross) use(view.cross);
    else if (key === "c" && model.s.data === "own") return tell.say(switchClass());
    else return;
    event.preventDefault();
    if (step && view.cross) tell.say(answerAt(model, view.cross));
    tell.redraw();
  });
  canvas.addEventListener("focus", () => {
    if (!canvas.matches(":focus-visible")) return;
    view.cross ??= { x: 0, y: 0 };
    tell.redraw();
  });
  canvas.addEventListener("blur", () => {
    view.cross = null;
    tell.redraw();
  });
}

/** @param {Look} view @param {{x: number, y: number}} by @param {number} step */
function moveCross(view, by, step) {
  const { x, y } = view.cross ?? { x: 0, y: 0 };
  const within = (/** @type {number} */ v) => Math.max(-1, Math.min(1, v));
  view.cross = { x: within(x + by.x * step), y: within(y - by.y * step) };
}
