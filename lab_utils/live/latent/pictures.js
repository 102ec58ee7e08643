// Grey pictures of a few hundred pixels, drawn large and sharp on a canvas.

import { paintGrey, pixelSheet } from "../shared/sheet.js";

/** A picture kept as a small canvas: drawing it anywhere is then one call. @param {number} side */
export function pictureSheet(side) {
  const { canvas, data, finish } = pixelSheet(side, side);
  return {
    canvas,
    /** @param {ArrayLike<number>} values brightnesses, 0 black to 1 white */
    fill(values) {
      for (let i = 0; i < side * side; i++) paintGrey(data, i, values[i]);
      return finish();
    },
  };
}

/** @param {CanvasRenderingContext2D} pen @param {HTMLCanvasElement} sheet @param {number} x @param {number} y @param {number} size */
export function paintPicture(pen, sheet, x, y, size) {
  pen.imageSmoothingEnabled = false; // a pixel of the data is a pixel on the page
  pen.drawImage(sheet, x, y, size, size);
}
