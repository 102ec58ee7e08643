// The residual stream read out early: what the network would answer if it stopped after each layer.

import { element } from "../../web/ui.js";
import { nextProbabilities, ranked } from "./sampling.js";
import { called, visible } from "./text.js";
import { percent } from "./words.js";

/** @typedef {import("./session.js").GptSession} GptSession */

const SHOWN = 3;

/** @param {GptSession} session */
export function layerLens(session) {
  const depth = session.net.blocks.length;
  const names = Array.from({ length: depth + 1 }, (_, l) => (l === 0 ? "embedding" : `layer ${l}`));
  const cells = names.map(() => Array.from({ length: SHOWN }, () => element("td")));
  const rows = names.map((name, l) => element("tr", {}, element("th", { scope: "row", text: name }), ...cells[l]));
  const heads = Array.from({ length: SHOWN }, (_, i) => element("th", { scope: "col", text: ["likeliest", "second", "third"][i] }));
  return {
    element: element("div", { class: "lab-gpt-lenses" },
      element("p", { class: "lab-title", text: "If the network stopped early" }),
      element("table", { class: "lab-gpt-lens" }, element("thead", {}, element("tr", {}, element("th", { scope: "col", text: "after" }), ...heads)), element("tbody", {}, ...rows)),
      element("p", { class: "lab-note", text: "The residual stream after each layer, put straight through the final norm and the output layer (the logit lens), at temperature 1. Only the last row was trained to be read so." })),
    show() {
      const { now, at, characters, tokens } = session;
      cells.forEach((row, l) => {
        const p = nextProbabilities(now.lens(l, at), { temperature: 1, topK: characters.length });
        const best = ranked(p);
        row.forEach((cell, i) => {
          cell.replaceChildren(
            element("b", { "aria-hidden": "true", text: visible(characters[best[i]]) }), element("span", { class: "lab-hidden", text: called(characters[best[i]]) }), ` ${percent(p[best[i]])}`);
          cell.classList.toggle("lab-gpt-came", best[i] === tokens[at + 1]);
          cell.style.setProperty("--p", String(p[best[i]]));
        });
      });
    },
  };
}
