// The photo as a control: the patch that is looked at is chosen on it by pointer, touch and arrow keys.

import { arrow, position, surface } from "../../web/ui.js";
import { paintGrey, peakOf, pixelSheet } from "../shared/sheet.js";
import { brightness, greyPicture } from "./pictures.js";
import { rebuild } from "./coding.js";

const REBUILD_MS = 8; // of a frame, for rebuilding
const FULL = 0.5; // of the largest value: beyond it all is black or white

/** @typedef {import("./model.js").SparseModel} SparseModel */
/** @typedef {import("./spot.js").Spot} Spot */

/** The whole photo out of its codes, tile by tile, a few in each frame. */
export class RebuiltPhoto {
  /** @param {SparseModel} model @param {Spot} spot */
  constructor(model, spot) {
    this.model = model;
    this.spot = spot;
    /** @type {unknown[]} */
    this.made = [];
    this.next = 0;
    this.sheet = pixelSheet(1, 1);
  }

  /** Tiles side by side, as many as fit. */
  get tiles() {
    const { size, photos } = this.model, { rows, columns } = photos[this.spot.photo];
    return { down: Math.floor(rows / size), across: Math.floor(columns / size), total: Math.floor(rows / size) * Math.floor(columns / size) };
  }

  /** Of what the picture would be made now. */
  get key() {
    const { model, spot } = this;
    return [model.atoms, model.step, model.s.penalty, model.photos[spot.photo]];
  }

  /** Is it made of the atoms and the price as they are now? */
  get complete() {
    return this.next >= this.tiles.total && this.key.every((part, i) => part === this.made[i]);
  }

  /** Goes on; says whether tiles are still missing. */
  work() {
    if (this.complete) return false;
    const { model, spot } = this, photo = model.photos[spot.photo], { total } = this.tiles;
    if (this.next >= total || photo !== this.made[3]) this.begin(photo);
    const full = peakOf(photo.values) * FULL, until = performance.now() + REBUILD_MS;
    const patch = new Float64Array(model.pixels), codes = new Float64Array(model.atoms.count), built = new Float64Array(model.pixels);
    do this.tile(photo, full, patch, codes, built);
    while (this.next < total && performance.now() < until);
    this.sheet.finish();
    return !this.complete;
  }

  /** From the first tile; those of another photo are not kept. @param {import("./model.js").Photo} photo */
  begin(photo) {
    if (photo !== this.made[3]) this.sheet = pixelSheet(photo.columns, photo.rows);
    this.made = this.key;
    this.next = 0;
  }

  /** @param {import("./model.js").Photo} photo @param {number} full @param {Float64Array} patch @param {Float64Array} codes @param {Float64Array} built */
  tile(photo, full, patch, codes, built) {
    const { model } = this, { size } = model, { across } = this.tiles;
    const top = size * Math.floor(this.next / across), left = size * (this.next % across);
    rebuild(model.atoms, model.code(model.cut(photo, top, left, patch), codes), built);
    const mean = photo.values[top * photo.columns + left] - patch[0] * model.scale; // each tile keeps its mean brightness
    built.forEach((value, p) => {
      paintGrey(this.sheet.data, (top + Math.floor(p / size)) * photo.columns + left + (p % size), brightness((value * model.scale + mean) / full));
    });
    this.next++;
  }
}

/** @param {SparseModel} model @param {Spot} spot @param {RebuiltPhoto} rebuilt @param {() => "photo" | "rebuilt"} view @param {() => void} moved */
export function photoPanel(model, spot, rebuilt, view, moved) {
  const pictures = model.photos.map(({ values, columns }) => greyPicture(values, columns, peakOf(values) * FULL));
  const panel = surface({
    label: "Whitened photo. A click or a tap chooses the patch that is taken apart; arrow keys move it, with Shift in larger steps.",
    role: "application", class: "lab-sparse-photo",
    height: (width) => (width * model.photos[spot.photo].rows) / model.photos[spot.photo].columns,
    draw(pen, width, height, c) {
      const scale = width / model.photos[spot.photo].columns, side = model.size * scale;
      pen.fillStyle = "rgb(127, 127, 127)"; // what no tile covers, at the edges, is as grey as zero
      pen.fillRect(0, 0, width, height);
      pen.drawImage(view() === "photo" ? pictures[spot.photo] : rebuilt.sheet.canvas, 0, 0, width, height);
      for (const [colour, thick] of /** @type {[string, number][]} */ ([[c.paper, 5], [c.orange, 2.5]])) {
        pen.strokeStyle = colour;
        pen.lineWidth = thick;
        pen.strokeRect(spot.left * scale - 2, spot.top * scale - 2, side + 4, side + 4);
      }
    },
  });
  panel.canvas.tabIndex = 0;
  listenOnPhoto(panel.canvas, model, spot, moved);
  return panel;
}

/** @param {HTMLCanvasElement} canvas @param {SparseModel} model @param {Spot} spot @param {() => void} moved */
function listenOnPhoto(canvas, model, spot, moved) {
  const point = (/** @type {PointerEvent} */ event) => {
    const { x, y } = position(canvas, event), scale = model.photos[spot.photo].columns / canvas.clientWidth;
    spot.go({ top: y * scale - model.size / 2, left: x * scale - model.size / 2 });
    moved();
  };
  canvas.addEventListener("pointerdown", (event) => event.button === 0 && event.pointerType === "mouse" && point(event));
  canvas.addEventListener("pointermove", (event) => event.pointerType === "mouse" && event.buttons === 1 && point(event));
  // A finger scrolls the page unless it stays where it is: then the browser calls it a click.
  canvas.addEventListener("click", (event) => point(/** @type {PointerEvent} */ (event)));
  canvas.addEventListener("keydown", (event) => {
    const step = arrow(event), far = event.shiftKey ? model.size : 1;
    if (!step) return;
    event.preventDefault();
    spot.go({ top: spot.top + far * step.y, left: spot.left + far * step.x });
    moved();
  });
}
