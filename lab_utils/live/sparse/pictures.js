// Grey pictures of numbers: 0 is the middle grey, black and white lie at the ends of a scale.

/** A canvas of one pixel a number. @param {ArrayLike<number>} values @param {number} columns @param {number} full what is drawn white */
export function greyPicture(values, columns, full) {
  const picture = new ImageData(columns, values.length / columns);
  for (let i = 0; i < values.length; i++) paintPixel(picture, i, values[i] / full);
  return onCanvas(picture);
}

/** @param {ImageData} picture @param {number} i @param {number} value from −1 to 1 */
export function paintPixel(picture, i, value) {
  const grey = 127.5 + 127.5 * Math.max(-1, Math.min(1, value));
  picture.data.fill(grey, 4 * i, 4 * i + 3);
  picture.data[4 * i + 3] = 255;
}

/** @param {ImageData} picture @param {HTMLCanvasElement} [canvas] */
export function onCanvas(picture, canvas = document.createElement("canvas")) {
  canvas.width = picture.width;
  canvas.height = picture.height;
  /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d")).putImageData(picture, 0, 0);
  return canvas;
}

/** Largest size of a number in a list, 1 where all are 0. @param {ArrayLike<number>} values */
export function largest(values) {
  let most = 0;
  for (let i = 0; i < values.length; i++) most = Math.max(most, Math.abs(values[i]));
  return most || 1;
}
