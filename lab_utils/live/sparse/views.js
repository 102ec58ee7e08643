// The atoms, and the chosen patch as a sum of a few of them.

import { format, surface } from "../../web/ui.js";
import { paintGrey, peakOf, pixelSheet } from "../shared/sheet.js";
import { brightness, greyPicture } from "./pictures.js";

/** @typedef {import("./model.js").SparseModel} SparseModel */
/** @typedef {import("./spot.js").Spot} Spot */
/** @typedef {import("../../web/ui.js").Colours} Colours */

/** @param {SparseModel} model @param {Spot} spot */
export function atomGrid(model, spot) {
  return surface({
    label: "All atoms as small pictures. Framed are those that the chosen patch uses: blue added, orange subtracted.",
    height: (width) => width,
    draw(pen, width, _, c) {
      const across = Math.ceil(Math.sqrt(model.atoms.count)), cell = width / across;
      pen.imageSmoothingEnabled = false;
      const sheet = atomSheet(model, across);
      for (let k = 0; k < model.atoms.count; k++) {
        const x = (k % across) * cell, y = Math.floor(k / across) * cell, { size } = model;
        pen.drawImage(sheet, (k % across) * size, Math.floor(k / across) * size, size, size, x + 3, y + 3, cell - 6, cell - 6);
      }
      const most = peakOf(spot.codes);
      for (const k of spot.used) {
        pen.strokeStyle = spot.codes[k] > 0 ? c.blue : c.orange;
        pen.lineWidth = 1.5 + (2 * Math.abs(spot.codes[k])) / most;
        pen.strokeRect((k % across) * cell + 2, Math.floor(k / across) * cell + 2, cell - 4, cell - 4);
      }
    },
  });
}

/** Every atom on its own scale. @param {SparseModel} model @param {number} across */
function atomSheet({ atoms: { count, pixels, rows }, size }, across) {
  const { canvas, data, finish } = pixelSheet(across * size, Math.ceil(count / across) * size);
  for (let k = 0; k < count; k++) {
    const row = rows.subarray(k * pixels, (k + 1) * pixels), full = peakOf(row);
    const from = Math.floor(k / across) * size * canvas.width + (k % across) * size;
    row.forEach((value, p) => paintGrey(data, from + Math.floor(p / size) * canvas.width + (p % size), brightness(value / full)));
  }
  return finish();
}

const GAP = 26, HEAD = 20, FOOT = 20, MOST_TERMS = 6;

/** @param {SparseModel} model @param {Spot} spot */
export function patchSum(model, spot) {
  return surface({
    label: "The chosen patch, what its atoms make of it, and the atoms with their codes; the line below tells it in words.",
    height: (width) => HEAD + sideFor(width) + FOOT,
    draw(pen, width, _, c) {
      const side = sideFor(width), full = peakOf(spot.patch);
      pen.font = pen.font.replace(/^\S+/, "12px");
      pen.imageSmoothingEnabled = false;
      const show = (/** @type {number} */ slot, /** @type {ArrayLike<number>} */ values, /** @type {number} */ most, /** @type {string} */ above) => {
        const x = slot * (side + GAP);
        pen.drawImage(greyPicture(values, model.size, most), x, HEAD, side, side);
        write(pen, above, x + side / 2, 9, c.muted);
      };
      show(0, spot.patch, full, "patch");
      show(1, spot.built, full, "rebuilt");
      const y = HEAD + side / 2;
      write(pen, "≈", side + GAP / 2, y, c.ink);
      drawTerms(pen, model, spot, { side, slots: slotsFor(width) - 2, show }, c);
    },
  });
}

/** How many pictures stand beside each other. @param {number} width */
const slotsFor = (width) => (width < 480 ? 5 : 2 + MOST_TERMS);

/** Side of one of them. @param {number} width */
const sideFor = (width) => Math.min(84, (width - (slotsFor(width) - 1) * GAP) / slotsFor(width));

/** @param {CanvasRenderingContext2D} pen @param {string} text @param {number} x @param {number} y @param {string} colour */
function write(pen, text, x, y, colour) {
  pen.fillStyle = colour;
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  pen.fillText(text, x, y);
}

/** The largest terms, and how many more there are. @param {CanvasRenderingContext2D} pen @param {SparseModel} model @param {Spot} spot @param {{side: number, slots: number, show: (slot: number, values: ArrayLike<number>, most: number, above: string) => void}} strip @param {Colours} c */
function drawTerms(pen, { atoms: { rows, pixels } }, spot, { side, slots, show }, c) {
  const { used, codes } = spot, fit = used.length > slots ? slots - 1 : used.length;
  used.slice(0, fit).forEach((k, i) => {
    const atom = rows.subarray(k * pixels, (k + 1) * pixels), x = (2 + i) * (side + GAP), positive = codes[k] > 0;
    show(2 + i, atom, peakOf(atom), `atom ${k + 1}`);
    write(pen, `${i ? "" : "= "}${positive ? (i ? "+" : "") : "−"}`, x - GAP / 2, HEAD + side / 2, c.ink);
    pen.strokeStyle = positive ? c.blue : c.orange;
    pen.lineWidth = 2;
    pen.strokeRect(x - 1, HEAD - 1, side + 2, side + 2);
    write(pen, `× ${format(Math.abs(codes[k]), 1)}`, x + side / 2, HEAD + side + 12, c.ink);
  });
  const x = (2 + fit) * (side + GAP) + side / 2;
  if (used.length > fit) [`+ ${used.length - fit}`, "more"].forEach((text, i) => write(pen, text, x, HEAD + side / 2 - 9 + 18 * i, c.ink));
}
