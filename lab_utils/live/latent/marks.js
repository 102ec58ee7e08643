// Ten classes as marks: six colours, each as a circle, then as a triangle, as lab_utils.plotting.scatter_groups has them.

/** @typedef {import("../../web/ui.js").Colours} Colours */

const COLOURS = /** @type {(keyof Colours)[]} */ (["blue", "orange", "green", "pink", "ochre", "sky"]);

/** @param {number} label @param {Colours} c */
export const colourOf = (label, c) => c[COLOURS[label % COLOURS.length]];

/** @param {CanvasRenderingContext2D} pen @param {number} label @param {number} x @param {number} y @param {number} radius */
export function addMark(pen, label, x, y, radius) {
  if (label % (2 * COLOURS.length) < COLOURS.length) {
    pen.moveTo(x + radius, y);
    pen.arc(x, y, radius, 0, 2 * Math.PI);
    return;
  }
  const r = 1.25 * radius;
  pen.moveTo(x, y - r);
  pen.lineTo(x + r, y + 0.85 * r);
  pen.lineTo(x - r, y + 0.85 * r);
  pen.closePath();
}

/** The mark of one class as a small picture for a legend. @param {number} label */
export function markPicture(label) {
  const space = "http://www.w3.org/2000/svg";
  const picture = document.createElementNS(space, "svg");
  picture.setAttribute("viewBox", "-6 -6 12 12");
  picture.setAttribute("aria-hidden", "true");
  const round = label % (2 * COLOURS.length) < COLOURS.length;
  const shape = document.createElementNS(space, round ? "circle" : "path");
  if (round) shape.setAttribute("r", "4.5");
  else shape.setAttribute("d", "M0 -5L5 4.2L-5 4.2Z");
  shape.setAttribute("fill", `var(--lab-${COLOURS[label % COLOURS.length]})`);
  picture.append(shape);
  return picture;
}
