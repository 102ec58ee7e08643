// From a photo or a stroke to the 28 × 28 grey pixels that the network was trained on: 0 is background, 1 is bright.

export const SIDE = 28;
const NOISE = 0.08; // grain and soft shadows of a background, as a share of the brightest

/** @typedef {{title: string, data: Float32Array, width: number, height: number}} Stage */

/** Perceived brightness, transparent parts on white. @param {Uint8ClampedArray} rgba @returns {Float32Array} in [0, 1] */
export function toGray(rgba) {
  const out = new Float32Array(rgba.length / 4);
  for (let i = 0; i < out.length; i++) {
    const alpha = rgba[4 * i + 3] / 255;
    const light = (0.299 * rgba[4 * i] + 0.587 * rgba[4 * i + 1] + 0.114 * rgba[4 * i + 2]) / 255;
    out[i] = alpha * light + 1 - alpha;
  }
  return out;
}

/** Median brightness along the edge of a picture: its background. @param {Float32Array} gray @param {number} width @param {number} height */
export function borderLevel(gray, width, height) {
  const edge = [];
  for (let x = 0; x < width; x++) edge.push(gray[x], gray[(height - 1) * width + x]);
  for (let y = 0; y < height; y++) edge.push(gray[y * width], gray[y * width + width - 1]);
  return edge.sort((a, b) => a - b)[edge.length >> 1];
}

/**
 * The smallest square around all rows and columns of which at least one pixel in a hundred is brighter than a threshold
 * (so that a speck of noise does not count); the whole picture where there are none.
 * @param {Float32Array} gray @param {number} width @param {number} height @param {number} threshold
 */
export function squareAround(gray, width, height, threshold) {
  const rows = new Array(height).fill(0), columns = new Array(width).fill(0);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++)
      if (gray[y * width + x] > threshold) {
        rows[y]++;
        columns[x]++;
      }
  const inRows = rows.map((n) => n >= Math.max(1, width / 100)), inColumns = columns.map((n) => n >= Math.max(1, height / 100));
  let [left, right, top, bottom] = [inColumns.indexOf(true), inColumns.lastIndexOf(true), inRows.indexOf(true), inRows.lastIndexOf(true)];
  if (right < 0 || bottom < 0) [left, right, top, bottom] = [0, width - 1, 0, height - 1];
  const side = Math.max(right - left, bottom - top) + 1;
  return { left: (left + right + 1 - side) / 2, top: (top + bottom + 1 - side) / 2, side };
}

/**
 * Shrinks (or enlarges) a square of the picture to n × n by averaging areas; outside the picture is 0.
 * @param {Float32Array} gray @param {number} width @param {number} height
 * @param {{left: number, top: number, side: number}} box @param {number} n
 */
export function resize(gray, width, height, box, n) {
  const out = new Float32Array(n * n);
  const scale = box.side / n;
  for (let y = 0; y < n; y++)
    for (let x = 0; x < n; x++) {
      let sum = 0;
      const top = box.top + y * scale, left = box.left + x * scale;
      for (let row = Math.floor(top); row < top + scale; row++)
        for (let column = Math.floor(left); column < left + scale; column++) {
          if (row < 0 || column < 0 || row >= height || column >= width) continue;
          const tall = Math.min(row + 1, top + scale) - Math.max(row, top);
          const wide = Math.min(column + 1, left + scale) - Math.max(column, left);
          sum += gray[row * width + column] * tall * wide;
        }
      out[y * n + x] = sum / (scale * scale);
    }
  return out;
}

/**
 * Every step from colour pixels to the network's input.
 * @param {Uint8ClampedArray} rgba @param {number} width @param {number} height
 * @returns {{stages: Stage[], pixels: Float32Array}}
 */
export function preprocess(rgba, width, height) {
  const gray = toGray(rgba);
  const light = borderLevel(gray, width, height) > 0.5;
  const dark = light ? gray.map((v) => 1 - v) : gray;
  const level = borderLevel(dark, width, height);
  // The training pictures have a black background: take its level away and stretch the rest.
  const lifted = dark.map((v) => Math.max(0, (v - level) / (1 - level)));
  const peak = Math.max(0.05, lifted.reduce((a, b) => Math.max(a, b), 0));
  const clean = lifted.map((v) => Math.max(0, v / peak - NOISE) / (1 - NOISE));
  const box = squareAround(clean, width, height, 0.15);
  const square = resize(clean, width, height, box, 112);
  const pixels = resize(clean, width, height, box, SIDE);
  return {
    stages: [
      { title: "1. Grey", data: gray, width, height },
      { title: light ? "2. Light background: inverted" : "2. Dark background: kept", data: dark, width, height },
      { title: "3. Background to black, cropped to a square", data: square, width: 112, height: 112 },
      { title: "4. Averaged to 28 × 28", data: pixels, width: SIDE, height: SIDE },
    ],
    pixels,
  };
}

/**
 * One touch of the brush, with a soft rim; erasing takes away what painting would add.
 * @param {Float32Array} pixels @param {number} x centre, in pixels @param {number} y
 * @param {{radius: number, shade: number, erase: boolean}} brush
 */
export function dab(pixels, x, y, { radius, shade, erase }) {
  const reach = radius + 1;
  for (let row = Math.max(0, Math.floor(y - reach)); row <= Math.min(SIDE - 1, y + reach); row++)
    for (let column = Math.max(0, Math.floor(x - reach)); column <= Math.min(SIDE - 1, x + reach); column++) {
      const distance = Math.hypot(column + 0.5 - x, row + 0.5 - y);
      const cover = Math.min(1, Math.max(0, radius + 0.5 - distance));
      if (cover === 0) continue;
      const at = row * SIDE + column;
      pixels[at] = erase ? Math.min(pixels[at], 1 - cover) : pixels[at] * (1 - cover) + shade * cover;
    }
}

/**
 * A stroke: touches half a pixel apart.
 * @param {Float32Array} pixels @param {{x: number, y: number}} from @param {{x: number, y: number}} to
 * @param {{radius: number, shade: number, erase: boolean}} brush
 */
export function stroke(pixels, from, to, brush) {
  const steps = Math.max(1, Math.ceil(2 * Math.hypot(to.x - from.x, to.y - from.y)));
  for (let i = 1; i <= steps; i++) dab(pixels, from.x + ((to.x - from.x) * i) / steps, from.y + ((to.y - from.y) * i) / steps, brush);
}
