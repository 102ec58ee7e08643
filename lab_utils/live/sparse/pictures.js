// Grey pictures of numbers: 0 is the middle grey, black and white lie at the ends of a scale.

import { paintGrey, pixelSheet } from "../shared/sheet.js";

/** @param {number} value from −1, black, to 1, white */
export const brightness = (value) => (1 + value) / 2;

/** A canvas of one pixel a number. @param {ArrayLike<number>} values @param {number} columns @param {number} full what is drawn white */
export function greyPicture(values, columns, full) {
  const { data, finish } = pixelSheet(columns, values.length / columns);
  for (let i = 0; i < values.length; i++) paintGrey(data, i, brightness(values[i] / full));
  return finish();
}
