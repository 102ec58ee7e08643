// Which space the right panel shows, how far the reader is on the way to it, and from where it is looked at.

import { choice, element, select, slider } from "../../web/ui.js";

/** @typedef {{choose: (layer: number) => void, go: (at: number) => void, see: (view: any) => void}} Travel */

/** Where the reader is, in a word or two. @param {number} at */
function placeName(at) {
  if (Number.isInteger(at)) return at ? `layer ${at}` : "input";
  return `${Math.floor(at) ? `layer ${Math.floor(at)}` : "input"} → ${Math.ceil(at)}`;
}

/** One choice for each space with the share that a straight cut gets right there. @param {number} depth @param {number} layer @param {(layer: number) => void} choose */
function spaceChoice(depth, layer, choose) {
  const options = Array.from({ length: depth + 1 }, (_, l) => ({ value: String(l), label: l === 0 ? "Input" : `Layer ${l}` }));
  const control = choice({ label: "A straight cut gets right …", options, value: String(layer), onChange: (value) => choose(Number(value)) });
  const texts = [...control.element.querySelectorAll(".lab-segments span")].map((span) => {
    const number = element("b");
    span.append(number);
    return number;
  });
  return { ...control, texts };
}

/** The controls under the two panels; made anew for each depth. @param {Travel} travel */
export function spaceStops(travel) {
  const box = element("div", { class: "lab-play-stops lab-controls" });
  /** @type {ReturnType<typeof spaceChoice>} */
  let spaces;
  /** @type {ReturnType<typeof slider>} */
  let way;
  return {
    element: box,
    /** @param {number} depth @param {number} layer */
    make(depth, layer) {
      spaces = spaceChoice(depth, layer, travel.choose);
      way = slider({ label: "Through the network", min: 0, max: Math.max(1, depth), step: 0.01, value: layer, show: placeName, onInput: travel.go });
      way.element.hidden = depth === 0;
      box.replaceChildren(spaces.element, way.element);
    },
    /** @param {number} at @param {number} layer */
    show(at, layer) {
      way.set(at);
      spaces.set(String(layer));
    },
    /** @param {string[]} shares */
    label(shares) {
      shares.forEach((text, l) => (spaces.texts[l].textContent = text));
    },
  };
}

/** The ways to look at a space of this width. @param {number} width @returns {{value: string, label: string}[]} */
function viewsOf(width) {
  const views = [{ value: "pca", label: width === 2 ? "Its two units" : "Principal components" }, { value: "cut", label: "Across the straight cut" }];
  for (let i = 1; width > 2 && i <= width; i++) {
    for (let j = i + 1; j <= width; j++) views.push({ value: `${i}.${j}`, label: `Units ${i} and ${j}` });
  }
  return views;
}

/** A list that is made anew only where the width is another. @param {Travel} travel */
export function viewList(travel) {
  const box = element("div", { class: "lab-play-view lab-controls" });
  let known = -1;
  /** @type {ReturnType<typeof select>} */
  let list;
  return {
    element: box,
    /** @param {number} width of the shown layer, 0 for the input @param {string | [number, number]} view */
    show(width, view) {
      const value = typeof view === "string" ? view : view.join(".");
      box.hidden = width < 2;
      if (width !== known) {
        list = select({ label: "Seen as", options: viewsOf(width), value, onChange: (text) => travel.see(text.includes(".") ? text.split(".").map(Number) : text) });
        box.replaceChildren(list.element);
      }
      known = width;
      list.set(value);
    },
  };
}
