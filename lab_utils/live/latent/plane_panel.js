// One latent plane as a control: the garments as points or the decoded plane, the path, and a handle to drag.

import { arrow, element, position, surface } from "../../web/ui.js";
import { addMark, colourOf } from "./marks.js";
import { mosaic } from "./mosaic.js";
import { paintPicture, pictureSheet } from "./pictures.js";
import { placeWords } from "./words.js";

/** @typedef {import("./session.js").LatentSession} LatentSession */
/** @typedef {import("../../web/ui.js").Colours} Colours */

const KEY_STEP = 1 / 50; // of the view; with Shift five times as much
const PALE = 0.12;

/** @param {LatentSession} session @param {number} which @param {() => void} moved */
export function planePanel(session, which, moved) {
  const plane = session.planes[which];
  const tiles = mosaic(plane, session.side, () => map.redraw());
  const ground = groundLayer(session, which, tiles);
  const map = surface({
    label: `Plane of the ${plane.name}. Drag, or use the arrow keys, with Shift for larger steps.`,
    role: "application", class: "lab-latent-map",
    height: (width) => width,
    draw(pen, width, height, c) {
      if (session.tiled) tiles.want();
      pen.drawImage(ground(width, c), 0, 0, width, height);
      drawPath(pen, session, which, width, c);
      drawHandle(pen, plane.toShare(session.handles[which]), width, c);
    },
  });
  map.canvas.tabIndex = 0;
  listen(map.canvas, session, which, moved);
  const answer = answerOf(session, which);
  return {
    element: element("div", { class: "lab-latent-side" }, element("p", { class: "lab-title", text: plane.name }), map.element, answer.element),
    show() {
      map.redraw();
      answer.show();
    },
  };
}

/** The decoded picture, and words about the place. @param {LatentSession} session @param {number} which */
function answerOf(session, which) {
  const plane = session.planes[which], sheet = pictureSheet(session.side);
  const picture = surface({
    label: `What the decoder of the ${plane.name} makes of the code`, class: "lab-latent-picture", height: (width) => width,
    draw: (pen, width) => paintPicture(pen, sheet.canvas, 0, 0, width),
  });
  const code = element("p", { class: "lab-latent-code" }), near = element("p", { class: "lab-note" });
  return {
    element: element("div", { class: "lab-latent-answer" }, picture.element, element("div", {}, code, near)),
    show() {
      const pixels = plane.decode(session.handles[which]);
      sheet.fill(pixels);
      picture.redraw();
      const words = placeWords(session, which);
      code.textContent = words.code;
      near.textContent = words.near;
      near.classList.toggle("lab-latent-gap", words.gap);
      const detail = { plane: which, code: session.handles[which].slice(), pixels };
      picture.canvas.dispatchEvent(new CustomEvent("lab:answer", { bubbles: true, detail }));
    },
  };
}

/** Points or tiles, drawn anew only when they change: the handle moves over them. @param {LatentSession} session @param {number} which @param {ReturnType<typeof mosaic>} tiles */
function groundLayer(session, which, tiles) {
  const canvas = document.createElement("canvas");
  const pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  /** @type {any[]} */
  let drawn = [];
  return (/** @type {number} */ width, /** @type {Colours} */ c) => {
    const dense = Math.min(3, window.devicePixelRatio || 1);
    const wanted = [width, dense, c, session.only, session.tiled, session.tiled ? tiles.rows : 0];
    if (wanted.every((value, i) => value === drawn[i])) return canvas;
    drawn = wanted;
    canvas.width = canvas.height = Math.round(width * dense);
    pen.setTransform(dense, 0, 0, dense, 0, 0);
    pen.fillStyle = c.panel;
    pen.fillRect(0, 0, width, width);
    if (session.tiled) drawTiles(pen, session, which, tiles, width);
    else drawPoints(pen, session, which, width, c);
    return canvas;
  };
}

/** @param {CanvasRenderingContext2D} pen @param {LatentSession} session @param {number} which @param {ReturnType<typeof mosaic>} tiles @param {number} width */
function drawTiles(pen, session, which, tiles, width) {
  const all = tiles.canvas.width, share = (tiles.rows * session.side) / all;
  if (!share) return;
  pen.imageSmoothingEnabled = true;
  pen.drawImage(tiles.canvas, 0, 0, all, share * all, 0, 0, width, share * width);
  const plane = session.planes[which];
  pen.fillStyle = "#ffffff"; // the pictures are black and white in both colour modes
  pen.globalAlpha = 0.55;
  for (let i = 0; i < plane.count; i++) {
    const [x, y] = plane.toShare(plane.codeOf(i));
    pen.fillRect(x * width - 0.6, (1 - y) * width - 0.6, 1.2, 1.2);
  }
  pen.globalAlpha = 1;
}

/** @param {CanvasRenderingContext2D} pen @param {LatentSession} session @param {number} which @param {number} width @param {Colours} c */
function drawPoints(pen, { planes, labels, classes, only }, which, width, c) {
  const plane = planes[which], radius = width > 300 ? 2.3 : 1.9;
  classes.forEach((_, label) => {
    pen.beginPath();
    for (let i = 0; i < plane.count; i++) {
      if (labels[i] !== label) continue;
      const [x, y] = plane.toShare(plane.codeOf(i));
      addMark(pen, label, x * width, (1 - y) * width, radius);
    }
    pen.globalAlpha = only < 0 ? 0.75 : only === label ? 1 : PALE;
    pen.fillStyle = colourOf(label, c);
    pen.fill();
  });
  pen.globalAlpha = 1;
}

/** The straight line between the two garments' codes, with a ring at each end. @param {CanvasRenderingContext2D} pen @param {LatentSession} session @param {number} which @param {number} width @param {Colours} c */
function drawPath(pen, session, which, width, c) {
  const [a, b] = [0, 1].map((share) => session.planes[which].toShare(session.onPath(which, share)));
  for (const [colour, wide] of /** @type {[string, number][]} */ ([[c.paper, 4.5], [c.ink, 1.6]])) {
    pen.strokeStyle = colour;
    pen.lineWidth = wide;
    pen.beginPath();
    pen.moveTo(a[0] * width, (1 - a[1]) * width);
    pen.lineTo(b[0] * width, (1 - b[1]) * width);
    for (const [x, y] of [a, b]) {
      pen.moveTo(x * width + 5, (1 - y) * width);
      pen.arc(x * width, (1 - y) * width, 5, 0, 2 * Math.PI);
    }
    pen.stroke();
  }
}

/** @param {CanvasRenderingContext2D} pen @param {[number, number]} share @param {number} width @param {Colours} c */
function drawHandle(pen, [across, up], width, c) {
  pen.beginPath();
  pen.arc(across * width, (1 - up) * width, 9, 0, 2 * Math.PI);
  pen.fillStyle = c.blue;
  pen.globalAlpha = 0.35;
  pen.fill();
  pen.globalAlpha = 1;
  for (const [colour, wide] of /** @type {[string, number][]} */ ([[c.paper, 5], [c.blue, 2.5]])) {
    pen.strokeStyle = colour;
    pen.lineWidth = wide;
    pen.stroke();
  }
}

/** @param {HTMLCanvasElement} canvas @param {LatentSession} session @param {number} which @param {() => void} moved */
function listen(canvas, session, which, moved) {
  const plane = session.planes[which];
  const follow = (/** @type {PointerEvent} */ event) => {
    const { x, y } = position(canvas, event);
    session.drag(which, plane.fromShare([x / canvas.clientWidth, 1 - y / canvas.clientHeight]));
    moved();
  };
  canvas.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    canvas.setPointerCapture(event.pointerId);
    canvas.focus({ preventScroll: true });
    follow(event);
  });
  canvas.addEventListener("pointermove", (event) => canvas.hasPointerCapture(event.pointerId) && follow(event));
  canvas.addEventListener("keydown", (event) => {
    const step = arrow(event);
    if (!step) return;
    event.preventDefault();
    const by = (event.shiftKey ? 5 : 1) * KEY_STEP, [across, up] = plane.toShare(session.handles[which]);
    session.drag(which, plane.fromShare([across + by * step.x, up - by * step.y]));
    moved();
  });
}
