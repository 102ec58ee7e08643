// The charts of a measured grid: training and validation curves with their range over seeds, and the reliability diagram.

import { position } from "../../web/ui.js";
import { axes, chart, linear, logarithmic, logTicks, path, svg, ticks } from "./axes.js";
import { same } from "./model.js";
import { checkpointWords, nameOf, reliabilityLabel, whole } from "./words.js";

/** @typedef {import("./model.js").Cell} Cell */
/** @typedef {import("./model.js").CurveName} CurveName */
/** @typedef {import("./session.js").GridSession} GridSession */
/** @typedef {import("./axes.js").Box} Box */
/** @typedef {import("./axes.js").Scale} Scale */

const HEIGHT = 264;
const SPARSE = 0.001; // of all answers: a bin with fewer has too few for its accuracy to mean much
const STRIP = 34; // px, the height of the histogram of shares

/** @param {number} width @param {number} [below] room for something under the axes @returns {Box} */
function inside(width, below = 0) {
  return { left: 36, right: width - 10, top: 24, bottom: HEIGHT - 40 - below };
}

/** The curves of the cell on view and of the pinned one; a pointer chooses the checkpoint. @param {GridSession} session @param {() => void} changed */
export function curveChart(session, changed) {
  const { grid } = session;
  const places = (/** @type {number} */ width) => {
    const box = inside(width);
    return logarithmic(grid.checkpoints[0], grid.checkpoints[grid.checkpoints.length - 1], box.left + 4, box.right - 6);
  };
  const made = chart({ height: HEIGHT, draw: (width) => drawCurves(session, inside(width), places(width)) });
  /** @param {PointerEvent} event */
  const point = (event) => {
    if (event.type === "pointermove" && event.pointerType !== "mouse") return; // a finger that moves scrolls the page
    const x = places(made.element.clientWidth);
    const at = position(/** @type {any} */ (made.picture), event).x;
    const away = grid.checkpoints.map((updates) => Math.abs(x(updates) - at));
    session.checkpoint = away.indexOf(Math.min(...away));
    changed();
  };
  made.picture.addEventListener("pointermove", point);
  made.picture.addEventListener("pointerdown", point);
  return made;
}

/** @param {GridSession} session @param {Box} box @param {Scale} x */
function drawCurves(session, box, x) {
  const { grid, quantity, chosen, pinned } = session;
  const [low, high] = limits(session);
  const y = linear(low, high, box.bottom, box.top);
  const steps = logTicks(grid.checkpoints[0], grid.checkpoints[grid.checkpoints.length - 1]);
  const name = quantity === "loss" ? "loss (nats)" : "accuracy";
  const frame = axes(box, { scale: x, ticks: steps, name: "updates (log scale)" }, { scale: y, ticks: ticks(low, high, 5), name }, whole);
  const beside = pinned && !same(pinned, chosen) ? drawPair(session, pinned, x, y, "lab-pinned") : [];
  const at = x(grid.checkpoints[session.checkpoint]);
  const cursor = svg("line", { class: "lab-cursor", x1: at, x2: at, y1: box.top, y2: box.bottom });
  const label = `Curves of ${nameOf(grid, chosen)}. ${checkpointWords(session)}`;
  return { label, parts: [frame, cursor, ...beside, ...drawPair(session, chosen, x, y, "")] };
}

/** From the smallest to the largest number of any cell that may come on view: the axis stays where it is. @param {GridSession} session */
function limits({ grid, quantity, size, pinned }) {
  const sizes = new Set([size, pinned ? pinned.size : size]);
  const cells = [...sizes].flatMap((each) => grid.cells(each));
  const names = /** @type {CurveName[]} */ ([`train_${quantity}`, `validation_${quantity}`]);
  const spreads = cells.flatMap((cell) => names.flatMap((name) => grid.curve(name, cell)));
  if (quantity === "accuracy") return [Math.floor(10 * Math.min(...spreads.map((s) => s.low))) / 10, 1];
  return [0, Math.max(...spreads.map((s) => s.high))];
}

/** Training and validation curve of a cell, each with its band, the checkpoint marked. @param {GridSession} session @param {Cell} cell @param {Scale} x @param {Scale} y @param {string} kind */
function drawPair({ grid, quantity, checkpoint }, cell, x, y, kind) {
  return /** @type {const} */ (["train", "validation"]).flatMap((name) => {
    const spreads = grid.curve(/** @type {CurveName} */ (`${name}_${quantity}`), cell);
    const points = (/** @type {"mean" | "low" | "high"} */ which) => spreads.map((s, i) => [x(grid.checkpoints[i]), y(s[which])]);
    const outline = path([...points("high"), ...points("low").reverse()]);
    const [left, top] = points("mean")[checkpoint];
    const best = points("mean")[grid.lowest(cell)];
    return [
      svg("polygon", { class: `lab-band lab-${name} ${kind}`, points: outline }),
      svg("polyline", { class: `lab-line lab-${name} ${kind}`, points: path(points("mean")) }),
      ...(kind ? [] : [svg("circle", { class: `lab-dot lab-${name}`, cx: left, cy: top, r: 4 })]),
      ...(quantity === "loss" && name === "validation" ? [svg("circle", { class: `lab-lowest lab-${name} ${kind}`, cx: best[0], cy: best[1], r: 7 })] : []),
    ];
  });
}

/** Accuracy by confidence on the test images, and the share of answers in each bin. @param {GridSession} session */
export function reliabilityChart(session) {
  return chart({ height: HEIGHT, draw: (width) => drawReliability(session, inside(width, STRIP + 6)) });
}

/** @param {GridSession} session @param {Box} box */
function drawReliability({ grid, chosen, pinned }, box) {
  const x = linear(0, 1, box.left, box.right), y = linear(0, 1, box.bottom, box.top);
  const fifths = [0, 0.2, 0.4, 0.6, 0.8, 1];
  const strip = { ...box, top: box.bottom + 6, bottom: box.bottom + STRIP };
  const below = { ...box, bottom: strip.bottom };
  const frame = axes(below, { scale: x, ticks: fifths, name: "confidence" }, { scale: y, ticks: fifths, name: "accuracy" });
  const diagonal = svg("line", { class: "lab-diagonal", x1: x(0), y1: y(0), x2: x(1), y2: y(1) });
  const bins = grid.reliability(chosen);
  const beside = pinned && !same(pinned, chosen) ? drawBins(grid.reliability(pinned), x, y) : [];
  const shares = linear(0, Math.max(...bins.map(({ share }) => share)), strip.bottom, strip.top);
  const bars = bins.flatMap((bin, i) => drawBar(bin, i / bins.length, (i + 1) / bins.length, x, y));
  const tall = bins.map(({ share }, i) => rectangle("lab-share", x(i / bins.length), x((i + 1) / bins.length), shares(share), strip.bottom));
  return { label: reliabilityLabel(grid, chosen), parts: [frame, ...bars, ...tall, diagonal, ...beside] };
}

/** @param {string} kind @param {number} left @param {number} right @param {number} top @param {number} bottom */
function rectangle(kind, left, right, top, bottom) {
  return svg("rect", { class: kind, x: left + 0.75, width: Math.max(0.5, right - left - 1.5), y: Math.min(top, bottom), height: Math.abs(bottom - top) });
}

/** A bin: a bar as high as what is both claimed and right, and on it what is only claimed, or only right. @param {import("./model.js").Bin} bin @param {number} from @param {number} to @param {Scale} x @param {Scale} y */
function drawBar({ count, share, confidence, accuracy }, from, to, x, y) {
  if (count === 0) return [];
  const few = share < SPARSE ? "lab-few" : "";
  return [
    rectangle(`lab-right ${few}`, x(from), x(to), y(Math.min(accuracy, confidence)), y(0)),
    rectangle(`${confidence > accuracy ? "lab-missing" : "lab-beyond"} ${few}`, x(from), x(to), y(confidence), y(accuracy)),
  ];
}

/** The pinned cell's bins as rings on a dashed line; bins with few answers are left out. @param {import("./model.js").Bin[]} bins @param {Scale} x @param {Scale} y */
function drawBins(bins, x, y) {
  const points = bins.filter(({ share }) => share >= SPARSE).map((bin) => [x(bin.confidence), y(bin.accuracy)]);
  return [
    svg("polyline", { class: "lab-line lab-pinned lab-beside", points: path(points) }),
    ...points.map(([cx, cy]) => svg("circle", { class: "lab-ring", cx, cy, r: 3.5 })),
  ];
}
