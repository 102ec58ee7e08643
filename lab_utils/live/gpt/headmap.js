// The head on view, large: who looks (rows) at whom (columns).

import { element, position, surface } from "../../web/ui.js";
import { drawAttention } from "./heads.js";
import { visible } from "./text.js";
import { capital, characterAt, headName } from "./words.js";

/** @typedef {import("./session.js").GptSession} GptSession */

const EDGE = 24; // px for the letters at the left and at the top
const LEGIBLE = 9; // px, the smallest cell that can carry a letter

/** @param {GptSession} session @param {() => void} changed the place on view */
export function headMap(session, changed) {
  const sheet = document.createElement("canvas");
  const title = element("p", { class: "lab-title" });
  const board = surface({
    label: "Attention map", height: (width) => Math.min(width, 400), class: "lab-gpt-board",
    draw: (pen, width, height, colours) => {
      if (!session.complete || !session.tokens.length) return; // drawn again once there is something, and all is known
      drawAttention(sheet, session, session.layer, session.head, colours.blue);
      drawBoard(pen, session, sheet, Math.min(width, height), colours);
    },
  });
  const point = (/** @type {PointerEvent} */ event) => {
    if (event.type === "pointermove" && (event.pointerType !== "mouse" || !event.buttons)) return;
    const side = Math.min(board.canvas.clientWidth, board.canvas.clientHeight) - EDGE;
    const row = Math.floor(((position(board.canvas, event).y - EDGE) / side) * session.tokens.length);
    session.place = Math.max(0, Math.min(session.tokens.length - 1, row));
    changed();
  };
  board.canvas.addEventListener("pointerdown", point);
  board.canvas.addEventListener("pointermove", point);
  return {
    element: element("div", { class: "lab-gpt-large" }, title, board.element,
      element("p", { class: "lab-note", text: "A row for the character that looks, a column for the one looked at. Tap a row to look from there." })),
    show() {
      const { layer, head } = session;
      title.textContent = `${capital(headName(layer, head))}: who looks at whom`;
      board.canvas.setAttribute("aria-label", `Attention map of ${headName(layer, head)}: a row for each of ${session.tokens.length} characters, the row of ${characterAt(session, session.at)} framed`);
      board.paint(); // in the frame of all other views, not one later
    },
  };
}

/** @param {CanvasRenderingContext2D} pen @param {GptSession} session @param {HTMLCanvasElement} sheet @param {number} size @param {import("../../web/ui.js").Colours} colours */
function drawBoard(pen, session, sheet, size, colours) {
  const { tokens, at } = session;
  const side = size - EDGE, cell = side / tokens.length;
  pen.fillStyle = colours.panel;
  pen.fillRect(EDGE, EDGE, side, side);
  pen.imageSmoothingEnabled = false;
  pen.drawImage(sheet, EDGE, EDGE, side, side);
  pen.strokeStyle = colours.orange;
  pen.lineWidth = 2;
  pen.strokeRect(EDGE - 0.5, EDGE + at * cell - 0.5, (at + 1) * cell + 1, Math.max(3, cell) + 1);
  if (cell >= LEGIBLE) drawLetters(pen, session, cell, colours);
  else drawNumbers(pen, session, cell, colours);
}

/** @param {CanvasRenderingContext2D} pen @param {GptSession} session @param {number} cell @param {import("../../web/ui.js").Colours} colours */
function drawLetters(pen, { tokens, characters, at }, cell, colours) {
  pen.font = `${Math.min(13, cell + 2)}px ui-monospace, monospace`;
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  tokens.forEach((token, i) => {
    pen.fillStyle = i === at ? colours.orange : colours.muted;
    const middle = EDGE + (i + 0.5) * cell;
    pen.fillText(visible(characters[token]), EDGE / 2, middle);
    pen.fillText(visible(characters[token]), middle, EDGE / 2);
  });
}

/** @param {CanvasRenderingContext2D} pen @param {GptSession} session @param {number} cell @param {import("../../web/ui.js").Colours} colours */
function drawNumbers(pen, { tokens }, cell, colours) {
  pen.font = "11px system-ui, sans-serif";
  pen.fillStyle = colours.muted;
  pen.textBaseline = "middle";
  for (let i = 19; i < tokens.length; i += 20) {
    const middle = EDGE + (i + 0.5) * cell;
    pen.textAlign = "right";
    pen.fillText(String(i + 1), EDGE - 3, middle);
    pen.textAlign = tokens.length - i < 6 ? "right" : "center"; // at the edge it would be cut
    pen.fillText(String(i + 1), middle + (tokens.length - i < 6 ? cell / 2 : 0), EDGE / 2);
  }
}
