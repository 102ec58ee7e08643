// Small pictures painted number by number, then drawn large, anywhere, in one call.

/** A canvas of one pixel a number: `data` has red, green, blue and opacity of each, `finish` brings them onto it. @param {number} columns @param {number} rows */
export function pixelSheet(columns, rows) {
  const canvas = document.createElement("canvas");
  canvas.width = columns;
  canvas.height = rows;
  const pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d")), image = pen.createImageData(columns, rows);
  return {
    canvas,
    data: image.data,
    finish() {
      pen.putImageData(image, 0, 0);
      return canvas;
    },
  };
}

/** Makes a pixel grey. @param {Uint8ClampedArray} data @param {number} i its place @param {number} brightness 0 black, 1 white, cut off beyond */
export function paintGrey(data, i, brightness) {
  data.fill(255 * brightness, 4 * i, 4 * i + 3);
  data[4 * i + 3] = 255;
}

/** Largest size of a number in a list, 1 where all are 0. @param {ArrayLike<number>} values */
export function peakOf(values) {
  let peak = 0;
  for (let i = 0; i < values.length; i++) peak = Math.max(peak, Math.abs(values[i]));
  return peak || 1;
}
