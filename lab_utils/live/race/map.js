// The map as a control: it draws the race, and its start is moved by pointer, touch and arrow keys.

import { arrow, position, surface } from "../../web/ui.js";
import { drawLabel, makeGround } from "./ground.js";
import { LOOKS, drawMark } from "./marks.js";
import { drawMapAxes, drawPath, mapFrame } from "./terrain.js";

const REACH = 26; // CSS pixels from the start at which a finger still takes it
const KEY_STEP = 1 / 50; // of the view; with Shift five times as much

/** @typedef {import("./model.js").RaceModel} RaceModel */
/** @typedef {import("./terrain.js").MapFrame} MapFrame */
/** @typedef {import("../../web/ui.js").Colours} Colours */

/** @param {RaceModel} model @param {() => void} moved */
export function raceMap(model, moved) {
  const ground = makeGround();
  const map = surface({
    label: "Map of the surface with the paths. Arrow keys move the start, with Shift in larger steps.",
    role: "application", class: "lab-race-map",
    height: (width) => Math.round(Math.min(430, Math.max(270, 0.58 * width))),
    draw(pen, width, height, c) {
      const frame = mapFrame(model.land.view, width, height);
      pen.drawImage(ground(model.land, frame, c), frame.left, frame.top, frame.wide, frame.tall);
      drawMapAxes(pen, frame, c, model.land.view);
      pen.save();
      pen.beginPath();
      pen.rect(frame.left, frame.top, frame.wide, frame.tall);
      pen.clip();
      drawRace(pen, frame, c, model);
      pen.restore();
    },
  });
  map.canvas.tabIndex = 0;
  listenToFingers(map.canvas, model, moved);
  listenToMapKeys(map.canvas, model, moved);
  return map;
}

/** @param {CanvasRenderingContext2D} pen @param {MapFrame} frame @param {Colours} c @param {RaceModel} model */
function drawRace(pen, frame, c, model) {
  for (const [x, y] of model.land.minima) drawMinimum(pen, c, frame.toX(x), frame.toY(y));
  for (const name of model.racing) drawPath(pen, frame, c, model, name);
  if (model.land.name === "slice") drawTrained(pen, c, frame.toX(0), frame.toY(0));
  drawStart(pen, frame, c, model);
  if (model.shown) for (const name of model.racing) drawHead(pen, frame, c, model, name);
}

/** @param {CanvasRenderingContext2D} pen @param {Colours} c @param {number} x @param {number} y */
function drawMinimum(pen, c, x, y) {
  for (const [colour, width] of /** @type {[string, number][]} */ ([[c.paper, 6], [c.good, 2.5]])) {
    pen.strokeStyle = colour;
    pen.lineWidth = width;
    pen.beginPath();
    pen.arc(x, y, 9, 0, 2 * Math.PI);
    pen.moveTo(x - 14, y);
    pen.lineTo(x - 5, y);
    pen.moveTo(x + 5, y);
    pen.lineTo(x + 14, y);
    pen.moveTo(x, y - 14);
    pen.lineTo(x, y - 5);
    pen.moveTo(x, y + 5);
    pen.lineTo(x, y + 14);
    pen.stroke();
  }
}

/** Where the slice was cut: the weights that training had found. @param {CanvasRenderingContext2D} pen @param {Colours} c @param {number} x @param {number} y */
function drawTrained(pen, c, x, y) {
  pen.beginPath();
  pen.arc(x, y, 4, 0, 2 * Math.PI);
  pen.strokeStyle = c.paper;
  pen.lineWidth = 3;
  pen.stroke();
  pen.fillStyle = c.ink;
  pen.fill();
  pen.font = pen.font.replace(/^\S+/, "12px");
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  drawLabel(pen, c, "trained weights", x, y + 30);
}

/** @param {CanvasRenderingContext2D} pen @param {MapFrame} frame @param {Colours} c @param {RaceModel} model */
function drawStart(pen, frame, c, { start: [x, y] }) {
  const px = frame.toX(x), py = frame.toY(y);
  for (const [colour, width] of /** @type {[string, number][]} */ ([[c.paper, 6], [c.ink, 2.5]])) {
    pen.strokeStyle = colour;
    pen.lineWidth = width;
    pen.beginPath();
    pen.arc(px, py, 10, 0, 2 * Math.PI);
    pen.stroke();
  }
  pen.beginPath();
  pen.arc(px, py, 2.5, 0, 2 * Math.PI);
  pen.fillStyle = c.ink;
  pen.fill();
  pen.font = pen.font.replace(/^\S+/, "13px");
  const left = px > frame.left + frame.wide - 60;
  pen.textAlign = left ? "right" : "left";
  pen.textBaseline = "middle";
  const above = py > frame.top + 30;
  drawLabel(pen, c, "start", px + (left ? -12 : 12), py + (above ? -15 : 17));
}

/** A racer's mark where it stands; hollow at the edge of the map when it has left the view. @param {CanvasRenderingContext2D} pen @param {MapFrame} frame @param {Colours} c @param {RaceModel} model @param {import("./model.js").RacerName} name */
function drawHead(pen, frame, c, model, name) {
  const { x, y } = model.standing(name);
  const px = frame.toX(x), py = frame.toY(y);
  if (Number.isNaN(px + py)) return;
  const inX = Math.min(frame.left + frame.wide - 9, Math.max(frame.left + 9, px));
  const inY = Math.min(frame.top + frame.tall - 9, Math.max(frame.top + 9, py));
  const outside = Math.abs(inX - px) > 9 || Math.abs(inY - py) > 9;
  drawMark(pen, LOOKS[name], c, outside ? inX : px, outside ? inY : py, 6, outside);
}

/**
 * A mouse or pen takes the start anywhere. A finger drags it only where it touches it, so that the page still scrolls; a tap brings it.
 * @param {HTMLCanvasElement} canvas @param {RaceModel} model @param {() => void} moved
 */
function listenToFingers(canvas, model, moved) {
  /** Where the start was taken, relative to its middle, while it is dragged. @type {{x: number, y: number} | null} */
  let grip = null;
  const frame = () => mapFrame(model.land.view, canvas.clientWidth, canvas.clientHeight);
  /** @param {{x: number, y: number}} at */
  const fromStart = (at) => ({ x: at.x - frame().toX(model.start[0]), y: at.y - frame().toY(model.start[1]) });
  /** @param {{x: number, y: number}} off */
  const near = (off) => Math.hypot(off.x, off.y) < REACH;
  /** @param {MouseEvent} event @param {{x: number, y: number}} by */
  const bring = (event, by = { x: 0, y: 0 }) => {
    const at = position(canvas, event);
    model.moveTo(frame().fromX(at.x - by.x), frame().fromY(at.y - by.y));
    moved();
  };
  canvas.addEventListener("touchstart", (event) => {
    const { clientX, clientY } = event.touches[0];
    const box = canvas.getBoundingClientRect();
    if (near(fromStart({ x: clientX - box.left, y: clientY - box.top }))) event.preventDefault();
  }, { passive: false });
  canvas.addEventListener("pointerdown", (event) => {
    const off = fromStart(position(canvas, event));
    if (event.button !== 0 || (event.pointerType === "touch" && !near(off))) return;
    canvas.setPointerCapture(event.pointerId);
    grip = near(off) ? off : { x: 0, y: 0 };
    if (!near(off)) bring(event);
  });
  canvas.addEventListener("pointermove", (event) => grip && bring(event, grip));
  canvas.addEventListener("click", (event) => {
    if (/** @type {PointerEvent} */ (event).pointerType === "touch") bring(event);
  });
  for (const type of ["pointerup", "pointercancel"]) canvas.addEventListener(type, () => (grip = null));
}

/** @param {HTMLCanvasElement} canvas @param {RaceModel} model @param {() => void} moved */
function listenToMapKeys(canvas, model, moved) {
  canvas.addEventListener("keydown", (event) => {
    const by = arrow(event);
    if (!by) return;
    event.preventDefault();
    const [x0, x1, y0, y1] = model.land.view;
    const share = KEY_STEP * (event.shiftKey ? 5 : 1);
    model.moveTo(model.start[0] + by.x * share * (x1 - x0), model.start[1] - by.y * share * (y1 - y0));
    moved();
  });
}
