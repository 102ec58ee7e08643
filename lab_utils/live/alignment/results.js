// The table of the learners, which is also the legend of the charts.

import { element } from "../../web/ui.js";
import { KINDS } from "./learners.js";
import { LOOKS, degrees, percent, swatch } from "./looks.js";

/** @typedef {import("./model.js").AlignmentModel} AlignmentModel */

const HEADS = ["Learner", "Held-out right", "Training loss", "Update to gradient", "Weights to feedback"];

/** @param {AlignmentModel} model */
export function resultTable(model) {
  const rows = KINDS.map((kind) => {
    const cells = HEADS.slice(1).map((head) => element("td", { "data-head": head }));
    const name = element("th", { scope: "row" }, element("span", { class: "lab-align-name" }, swatch(kind), element("span", { text: LOOKS[kind].label })));
    return { kind, cells, row: element("tr", {}, name, ...cells) };
  });
  const head = element("thead", {}, element("tr", {}, ...HEADS.map((text) => element("th", { scope: "col", text }))));
  return {
    element: element("table", { class: "lab-align-table" }, head, element("tbody", {}, ...rows.map((r) => r.row))),
    show() {
      for (const { kind, cells } of rows) cellTexts(model, kind).forEach((text, i) => write(cells[i], text));
    },
  };
}

/** @param {AlignmentModel} model @param {import("./learners.js").Kind} kind */
function cellTexts(model, kind) {
  const { accuracy, loss, update, weight } = model.now.readings[kind];
  const { diverged } = /** @type {import("./learners.js").Learner} */ (model.learners.find((l) => l.kind === kind));
  const exact = { backprop: ["0°, by definition", "its own weights"], readout: ["no update below", "no feedback"] };
  const angles = kind === "backprop" || kind === "readout" ? exact[kind] : [update, weight].map((all) => all.map(degrees).join(", "));
  return [diverged || percent(accuracy), loss.toFixed(loss < 0.1 ? 3 : 2), ...angles];
}

/** Writing the same text again would still cost the page a layout. @param {HTMLElement} node @param {string} text */
function write(node, text) {
  if (node.textContent !== text) node.textContent = text;
}
