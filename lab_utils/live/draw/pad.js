// The drawing pad: the picture on a canvas, painted with pointer, touch or keys.

import { arrow, position, surface } from "../../web/ui.js";
import { graySheet } from "./maps.js";
import { SIDE } from "./picture.js";

/** @typedef {import("./sketch.js").Sketch} Sketch */

/** @param {Sketch} sketch @param {() => void} changed */
export function drawingPad(sketch, changed) {
  // The keyboard's cursor shows only while the keyboard draws.
  const keyboard = { inUse: false };
  const pad = surface({
    label: "Drawing pad. Arrow keys move the cursor, Space paints or erases at it, Shift with an arrow key draws a line.",
    role: "application", class: "lab-pad", height: (width) => width,
    draw: (pen, width, _, c) => {
      pen.imageSmoothingEnabled = false;
      pen.drawImage(graySheet(sketch.pixels, SIDE, SIDE), 0, 0, width, width);
      if (keyboard.inUse && document.activeElement === pad.canvas) drawCursor(pen, sketch, width / SIDE, c);
    },
  });
  pad.canvas.tabIndex = 0;
  pad.canvas.addEventListener("focus", () => {
    keyboard.inUse = pad.canvas.matches(":focus-visible");
    pad.redraw();
  });
  pad.canvas.addEventListener("blur", pad.redraw);
  paintWithPointer(pad.canvas, sketch, keyboard, changed);
  paintWithKeys(pad, sketch, keyboard, changed);
  return pad;
}

/** A ring as large as the brush, on light and on dark. @param {CanvasRenderingContext2D} pen @param {Sketch} sketch @param {number} cell @param {import("../../web/ui.js").Colours} c */
function drawCursor(pen, { cursor, brush }, cell, c) {
  for (const { colour, thick } of [{ colour: c.paper, thick: 4 }, { colour: c.orange, thick: 2 }]) {
    pen.strokeStyle = colour;
    pen.lineWidth = thick;
    pen.beginPath();
    pen.arc(cursor.x * cell, cursor.y * cell, (brush.radius + 0.3) * cell, 0, 2 * Math.PI);
    pen.stroke();
  }
}

/** @param {HTMLCanvasElement} canvas @param {Sketch} sketch @param {{inUse: boolean}} keyboard @param {() => void} changed */
function paintWithPointer(canvas, sketch, keyboard, changed) {
  /** The end of the stroke so far, while one is drawn. @type {import("./sketch.js").Point | null} */
  let last = null;
  /** @param {PointerEvent} event */
  const lineTo = (event) => {
    const next = pixelAt(canvas, event);
    sketch.paint(last ?? next, next);
    last = next;
    changed();
  };
  canvas.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    canvas.setPointerCapture(event.pointerId);
    keyboard.inUse = false;
    sketch.remember();
    lineTo(event);
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!last) return;
    const parts = event.getCoalescedEvents?.() ?? [];
    (parts.length ? parts : [event]).forEach(lineTo);
  });
  for (const type of ["pointerup", "pointercancel"]) canvas.addEventListener(type, () => (last = null));
}

/** @param {HTMLCanvasElement} canvas @param {PointerEvent} event */
function pixelAt(canvas, event) {
  const { x, y } = position(canvas, event);
  return { x: (x / canvas.clientWidth) * SIDE, y: (y / canvas.clientHeight) * SIDE };
}

/** @param {import("../../web/ui.js").Surface} pad @param {Sketch} sketch @param {{inUse: boolean}} keyboard @param {() => void} changed */
function paintWithKeys({ canvas, redraw }, sketch, keyboard, changed) {
  canvas.addEventListener("keydown", (event) => {
    const by = arrow(event);
    const dabs = event.key === " " || event.key === "Enter";
    if (!by && !dabs) return;
    event.preventDefault();
    keyboard.inUse = true;
    const from = { ...sketch.cursor };
    if (by) sketch.moveCursor(by);
    if (!dabs && !event.shiftKey) return redraw();
    sketch.remember();
    sketch.paint(from, sketch.cursor);
    changed();
  });
}
