// Pictures of numbers: maps in two colours around zero, grids of maps, and grey pixels.

import { rgb } from "../../web/ui.js";
import { paintGrey, pixelSheet } from "../shared/sheet.js";

/** A vector is a map of one place. @param {import("../shared/nn.js").Tensor} map @returns {number[]} height, width, channels */
export function extent(map) {
  return map.shape.length === 3 ? map.shape : [1, 1, map.shape[0]];
}

/** Whole numbers from 0 up to, and without, n. @param {number} n */
export function range(n) {
  return Array.from({ length: n }, (_, i) => i);
}

/** A palette stands until the theme changes, and so does its table. @type {WeakMap<object, Uint8ClampedArray>} */
const tables = new WeakMap();

/** 511 colours from most negative through paper to most positive. @param {import("../../web/ui.js").Colours} c @returns {Uint8ClampedArray} */
export function twoSided(c) {
  const known = tables.get(c);
  if (known) return known;
  const table = new Uint8ClampedArray(511 * 3);
  const [zero, minus, plus] = [rgb(c.paper), rgb(c.orange), rgb(c.blue)];
  for (let i = 0; i < 511; i++) {
    const share = Math.abs(i - 255) / 255;
    const end = i < 255 ? minus : plus;
    // The root lifts faint activity that a straight line would hide.
    for (let k = 0; k < 3; k++) table[3 * i + k] = zero[k] + (end[k] - zero[k]) * Math.sqrt(share);
  }
  tables.set(c, table);
  return table;
}

/**
 * All given channels of a map as one picture, `columns` in a row, a transparent pixel between them.
 * @param {import("../shared/nn.js").Tensor} map channels last @param {number[]} channels @param {number} columns @param {number} peak
 * @param {Uint8ClampedArray} table from twoSided
 */
export function mapSheet(map, channels, columns, peak, table) {
  const [height, width, depth] = extent(map);
  const rows = Math.ceil(channels.length / columns);
  const { canvas, data, finish } = pixelSheet(columns * width, rows * height);
  channels.forEach((c, n) => {
    const left = (n % columns) * width, top = Math.floor(n / columns) * height;
    for (let y = 0; y < height; y++)
      for (let x = 0; x < width; x++) {
        const share = map.data[(y * width + x) * depth + c] / peak;
        const from = 3 * Math.round(255 + 255 * Math.max(-1, Math.min(1, share)));
        const to = 4 * ((top + y) * canvas.width + left + x);
        for (let k = 0; k < 3; k++) data[to + k] = table[from + k];
        data[to + 3] = 255;
      }
  });
  return finish();
}

/** Grey pixels in [0, 1], black to white. @param {ArrayLike<number>} gray @param {number} width @param {number} height */
export function graySheet(gray, width, height) {
  const { data, finish } = pixelSheet(width, height);
  for (let i = 0; i < width * height; i++) paintGrey(data, i, gray[i]);
  return finish();
}
