// The numbers of the cell on view beside those of the pinned one.

import { button, element } from "../../web/ui.js";
import { same } from "./model.js";
import { METRIC_NAMES, comparisonWords, decimals, fullName, shortRange, whole } from "./words.js";

/** @typedef {import("./model.js").Cell} Cell */
/** @typedef {import("./model.js").Metric} Metric */
/** @typedef {import("./session.js").GridSession} GridSession */

const ROWS = /** @type {Metric[]} */ (["train_accuracy", "validation_accuracy", "gap", "validation_loss", "test_accuracy", "ece"]);

/** Keeps a cell beside those on view, and says how they compare. @param {GridSession} session @param {() => void} changed */
export function pinControl(session, changed) {
  const words = element("p", { class: "lab-reading" });
  const pin = button({
    label: "",
    onPress: () => {
      session.togglePin();
      changed();
    },
  });
  return {
    element: element("div", { class: "lab-pin" }, pin, words),
    show() {
      pin.textContent = same(session.pinned, session.chosen) ? "Unpin this cell" : "Pin this cell";
      words.textContent = comparisonWords(session);
    },
  };
}

/** @param {GridSession} session */
export function numbersTable(session) {
  const head = element("thead"), body = element("tbody");
  return {
    element: element("table", { class: "lab-numbers" }, head, body),
    show() {
      const { grid, chosen, pinned } = session;
      const cells = pinned && !same(pinned, chosen) ? [chosen, pinned] : [chosen];
      head.replaceChildren(headings(session, cells));
      body.replaceChildren(...ROWS.map((metric) => row(METRIC_NAMES[metric], cells, (cell) => figures(grid.spread(metric, cell)))), lowestRow(session, cells));
    },
  };
}

/** @param {GridSession} session @param {Cell[]} cells */
function headings({ grid, chosen, pinned }, cells) {
  const titles = cells.map((cell, i) => element("th", { scope: "col" },
    element("span", { text: i ? "◎ pinned" : "on view" }), element("small", { text: fullName(grid, cell, i ? chosen : pinned) })));
  return element("tr", {}, element("td", { text: "after the last update" }), ...titles);
}

/** @param {string} name @param {Cell[]} cells @param {(cell: Cell) => (Node | string)[]} content */
function row(name, cells, content) {
  return element("tr", {}, element("th", { scope: "row", text: name }), ...cells.map((cell) => element("td", {}, ...content(cell))));
}

/** @param {import("./model.js").Spread} spread @returns {(Node | string)[]} */
function figures(spread) {
  return [element("span", { text: decimals(spread.mean) }), element("small", { text: shortRange(spread) })];
}

/** Where early stopping would have stopped. @param {GridSession} session @param {Cell[]} cells */
function lowestRow({ grid }, cells) {
  return row("Lowest validation loss", cells, (cell) => {
    const place = grid.lowest(cell);
    return [element("span", { text: decimals(grid.curve("validation_loss", cell)[place].mean) }),
      element("small", { text: `at ${whole(grid.checkpoints[place])} updates` })];
  });
}
