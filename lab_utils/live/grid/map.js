// The map of a measured grid: one cell for each dropout and weight decay, to guess in, then to walk through.

import { arrow, element } from "../../web/ui.js";
import { HIGHER_IS_BETTER, same } from "./model.js";
import { METRIC_NAMES, decimals, shortRange, whole } from "./words.js";

/** @typedef {import("./model.js").Cell} Cell */
/** @typedef {import("./session.js").GridSession} GridSession */

const DEEPEST = 46; // percent of blue in the best cell: the figures on it keep a contrast of 4.5:1 in light and dark

/** @param {GridSession} session @param {() => void} changed after the reader has chosen a cell */
export function gridMap(session, changed) {
  const { grid } = session;
  const table = element("table", { class: "lab-map", role: "grid" });
  /** @type {HTMLElement[][]} */
  const boxes = grid.dropout.map((_, row) => grid.decay.map((_, column) => element("td", { class: "lab-cell", on: { click: () => choose(row, column) } })));
  const rows = boxes.map((cells, row) => element("tr", {}, element("th", { scope: "row", text: grid.dropout[row] }), ...cells));
  table.append(element("thead", {}, ...headRows(grid)), element("tbody", {}, ...rows));
  const place = { row: 0, column: 0 }; // the one cell that the Tab key reaches

  /** @param {number} row @param {number} column */
  function choose(row, column) {
    focus(row, column);
    session.choose({ size: session.size, row, column });
    changed();
  }
  /** @param {number} row @param {number} column */
  function focus(row, column) {
    Object.assign(place, { row, column });
    setStops();
    boxes[row][column].focus();
  }
  function setStops() {
    boxes.forEach((cells, row) => cells.forEach((box, column) => (box.tabIndex = row === place.row && column === place.column ? 0 : -1)));
  }
  table.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
    const next = destination(event, place, grid);
    const press = event.key === "Enter" || event.key === " ";
    if (!next && !press) return;
    event.preventDefault();
    if (next) focus(next.row, next.column);
    if (press || session.isRevealed) choose(place.row, place.column);
  });
  return {
    element: table,
    /** Takes the keyboard to the cell on view, without moving the page. */
    focus: () => boxes[place.row][place.column].focus({ preventScroll: true }),
    show() {
      const view = session.isRevealed ? session.chosen : session.guess;
      if (view) Object.assign(place, { row: view.row, column: view.column });
      setStops();
      table.setAttribute("aria-label", labelOf(session));
      boxes.forEach((cells, row) => cells.forEach((box, column) => fill(box, session, { size: session.size, row, column })));
    },
  };
}

/** The name of the columns over their values, the name of the rows beside them. @param {import("./model.js").MeasuredGrid} grid */
function headRows({ decay }) {
  const values = decay.map((value) => element("th", { scope: "col", text: value }));
  return [
    element("tr", {},
      element("th", { class: "lab-axis", scope: "col", rowspan: 2, text: "dropout" }),
      element("th", { class: "lab-axis", scope: "colgroup", colspan: decay.length, text: "weight decay" })),
    element("tr", {}, ...values),
  ];
}

/** @param {GridSession} session */
function labelOf({ grid, size, metric, isRevealed }) {
  const what = isRevealed ? METRIC_NAMES[metric] : "Your guess";
  return `${what} for ${whole(grid.sizes[size])} images: a row for each dropout, a column for each weight decay`;
}

/** Where a key leads, or null. @param {KeyboardEvent} event @param {{row: number, column: number}} from @param {import("./model.js").MeasuredGrid} grid */
function destination(event, from, grid) {
  const [bottom, right] = [grid.dropout.length - 1, grid.decay.length - 1];
  if (event.key === "Home") return { row: event.ctrlKey ? 0 : from.row, column: 0 };
  if (event.key === "End") return { row: event.ctrlKey ? bottom : from.row, column: right };
  const by = arrow(event);
  if (!by) return null;
  const clamp = (/** @type {number} */ value, /** @type {number} */ most) => Math.min(most, Math.max(0, value));
  return { row: clamp(from.row + by.y, bottom), column: clamp(from.column + by.x, right) };
}

/** @param {HTMLElement} box @param {GridSession} session @param {Cell} cell */
function fill(box, session, cell) {
  const open = session.isRevealed;
  const view = open ? session.chosen : session.guess;
  box.setAttribute("aria-selected", String(same(cell, view)));
  box.style.setProperty("--deep", `${open ? DEEPEST * depth(session, cell) : 0}%`);
  const badges = badgesOf(session, cell);
  box.replaceChildren(...(open ? numbers(session, cell) : [element("span", { class: "lab-figure", text: "?" })]));
  box.append(element("span", { class: "lab-badges" }, ...badges.map(({ sign, word }) =>
    element("span", {}, element("span", { "aria-hidden": "true", text: sign }), element("span", { class: "lab-hidden", text: `, ${word}` })))));
}

/** @param {GridSession} session @param {Cell} cell */
function numbers({ grid, metric }, cell) {
  const spread = grid.spread(metric, cell);
  return [element("span", { class: "lab-figure", text: decimals(spread.mean) }), element("span", { class: "lab-range", text: shortRange(spread) })];
}

/** How good a cell is, from 0 for the worst of its data size to 1 for the best. @param {GridSession} session @param {Cell} cell */
function depth({ grid, metric }, cell) {
  const means = grid.cells(cell.size).map((each) => grid.spread(metric, each).mean);
  const [low, high] = [Math.min(...means), Math.max(...means)];
  if (high === low) return 1;
  const share = (grid.spread(metric, cell).mean - low) / (high - low);
  return HIGHER_IS_BETTER[metric] ? share : 1 - share;
}

/** What a cell is marked with. @param {GridSession} session @param {Cell} cell */
export function badgesOf({ grid, metric, isRevealed, guess, pinned }, cell) {
  const marks = [];
  if (isRevealed && same(cell, grid.best(cell.size, metric))) marks.push({ sign: "★", word: HIGHER_IS_BETTER[metric] ? "the highest" : "the lowest" });
  else if (isRevealed && grid.ties(cell, metric)) marks.push({ sign: "≈", word: HIGHER_IS_BETTER[metric] ? "not below the highest in every seed" : "not above the lowest in every seed" });
  if (same(cell, guess)) marks.push({ sign: "◆", word: "your guess" });
  if (isRevealed && same(cell, pinned)) marks.push({ sign: "◎", word: "pinned" });
  return marks;
}
