// What a decoder makes of every part of its plane: a sheet of small pictures, a row of them for each frame.

import { pictureSheet } from "./pictures.js";

export const TILES = 12; // along a side

/** @param {import("./decoder.js").Plane} plane @param {number} side of a picture, in pixels @param {() => void} grown after each row */
export function mosaic(plane, side, grown) {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = TILES * side;
  const pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  const sheet = pictureSheet(side);
  let row = -1; // rows done, from the top; -1 before anyone asked

  function addRow() {
    for (let column = 0; column < TILES; column++) {
      const code = plane.fromShare([(column + 0.5) / TILES, 1 - (row + 0.5) / TILES]);
      pen.drawImage(sheet.fill(plane.decode(code)), column * side, row * side);
    }
    row++;
    grown();
    if (row < TILES) requestAnimationFrame(addRow);
  }
  return {
    canvas,
    get rows() {
      return Math.max(row, 0);
    },
    /** Starts the work once. */
    want() {
      if (row >= 0) return;
      row = 0;
      requestAnimationFrame(addRow);
    },
  };
}
