// Grey pictures of a few hundred pixels, drawn large and sharp on a canvas.

/** A picture kept as a small canvas: drawing it anywhere is then one call. @param {number} side */
export function pictureSheet(side) {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = side;
  const pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  const image = pen.createImageData(side, side);
  return {
    canvas,
    /** @param {ArrayLike<number>} values brightnesses, 0 black to 1 white */
    fill(values) {
      for (let i = 0; i < side * side; i++) {
        const grey = Math.round(255 * Math.min(1, Math.max(0, values[i])));
        image.data[4 * i] = image.data[4 * i + 1] = image.data[4 * i + 2] = grey;
        image.data[4 * i + 3] = 255;
      }
      pen.putImageData(image, 0, 0);
      return canvas;
    },
  };
}

/** @param {CanvasRenderingContext2D} pen @param {HTMLCanvasElement} sheet @param {number} x @param {number} y @param {number} size */
export function paintPicture(pen, sheet, x, y, size) {
  pen.imageSmoothingEnabled = false; // a pixel of the data is a pixel on the page
  pen.drawImage(sheet, x, y, size, size);
}
