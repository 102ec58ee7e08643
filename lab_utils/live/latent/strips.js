// Interpolation: two garments, the way between them in the pixels and in each plane, and a slider along it.

import { element, select, slider, surface } from "../../web/ui.js";
import { paintPicture, pictureSheet } from "./pictures.js";
import { STOPS } from "./session.js";
import { wayWords } from "./words.js";

/** @typedef {import("./session.js").LatentSession} LatentSession */

const GAP = 3; // pixels between the pictures of a strip

/** @param {LatentSession} session @param {() => void} moved */
export function pathPanel(session, moved) {
  const options = session.picks.map((_, pick) => ({ value: String(pick), label: session.nameOf(pick) }));
  const ends = /** @type {("from" | "to")[]} */ (["from", "to"]).map((end) => select({
    label: end === "from" ? "From" : "To", options, value: String(session[end]),
    onChange: (value) => {
      session.choose(end, Number(value));
      moved();
    },
  }));
  const way = slider({
    label: "Along the way", min: 0, max: 100, value: 0, show: () => wayWords(session),
    onInput: (value) => {
      session.travel(value / 100);
      moved();
    },
  });
  const rows = ["The two pictures mixed", ...session.planes.map((plane) => plane.name)].map((name, row) => strip(session, row, name));
  let shown = "";
  return {
    element: element("div", { class: "lab-panel lab-latent-path" },
      element("p", { class: "lab-title", text: "From one garment to another" }),
      element("div", { class: "lab-latent-ends lab-controls" }, ...ends.map((end) => end.element), way.element),
      ...rows.map((row) => row.element)),
    show() {
      way.set(Math.round(100 * session.way));
      const chosen = `${session.from} ${session.to}`;
      for (const row of rows) row.show(chosen !== shown);
      shown = chosen;
    },
  };
}

/** One row of pictures, the one where the handles are with a frame. @param {LatentSession} session @param {number} row @param {string} name */
function strip(session, row, name) {
  const sheets = Array.from({ length: STOPS }, () => pictureSheet(session.side));
  const size = (/** @type {number} */ width) => (width - (STOPS - 1) * GAP) / STOPS;
  const canvas = surface({
    label: "", class: "lab-latent-strip", height: size,
    draw(pen, width, _, c) {
      const side = size(width), at = Math.round(session.way * (STOPS - 1));
      sheets.forEach((sheet, i) => paintPicture(pen, sheet.canvas, i * (side + GAP), 0, side));
      if (session.away) return;
      pen.strokeStyle = c.orange;
      pen.lineWidth = 3;
      pen.strokeRect(at * (side + GAP) + 1.5, 1.5, side - 3, side - 3);
    },
  });
  return {
    element: element("div", { class: "lab-latent-row" }, element("p", { class: "lab-note", text: name }), canvas.element),
    /** @param {boolean} anew whether the path has other ends than before */
    show(anew) {
      if (anew) {
        session.strip(row).forEach((values, i) => sheets[i].fill(values));
        canvas.canvas.setAttribute("aria-label", `${name}: ${STOPS} pictures from ${session.nameOf(session.from)} to ${session.nameOf(session.to)}`);
      }
      canvas.redraw();
    },
  };
}
