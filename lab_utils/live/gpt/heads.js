// All heads at once: a small map each, to choose from; switches; and what the loss becomes without each in turn.

import { arrow, button, element, rgb, uid } from "../../web/ui.js";
import { capital, changeWords, headName, lossWords, offWords, percent, roleWords, signed } from "./words.js";

/** @typedef {import("./session.js").GptSession} GptSession */

/** A head's key in the session. @param {number} layer @param {number} head */
const keyOf = (layer, head) => `${layer}.${head}`;

/**
 * @param {GptSession} session
 * @param {{changed: () => void, tryAll: () => void, colour: () => string}} actions
 */
export function headGrid(session, { changed, tryAll, colour }) {
  const { net } = session;
  const name = uid("lab-head");
  const tiles = net.blocks.map((_, l) => Array.from({ length: net.heads }, (_, h) => headTile(name, () => choose(l, h))));
  const rows = tiles.map((row, l) => element("div", { class: "lab-gpt-layer" }, element("span", { class: "lab-gpt-name", "aria-hidden": "true", text: `Layer ${l + 1}` }), ...row.map((tile) => tile.element)));
  const grid = element("div", { class: "lab-gpt-grid", role: "radiogroup", "aria-label": "Heads", style: `--heads: ${net.heads}` }, ...rows);
  grid.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
    const by = arrow(event);
    if (!by) return;
    event.preventDefault(); // up and down lead from layer to layer, not to the next of the list
    choose(Math.min(tiles.length - 1, Math.max(0, session.layer + by.y)), Math.min(net.heads - 1, Math.max(0, session.head + by.x)));
    tiles[session.layer][session.head].input.focus();
  });
  /** @param {number} l @param {number} h */
  function choose(l, h) {
    session.layer = l;
    session.head = h;
    changed();
  }
  const role = element("p", { class: "lab-note" });
  const switches = headSwitches(session, changed, tryAll);
  return {
    element: element("div", { class: "lab-gpt-heads" }, element("p", { class: "lab-title", text: "Choose a head, or switch it off" }), grid, role, switches.element),
    show() {
      tiles.forEach((row, l) => row.forEach((tile, h) => tile.show(session, l, h, colour())));
      role.textContent = `${capital(headName(session.layer, session.head))}: ${roleWords(session)}`;
      switches.show();
    },
  };
}

/** One head: its map, its habit, and what it is worth here. @param {string} name @param {() => void} choose */
function headTile(name, choose) {
  const canvas = /** @type {HTMLCanvasElement} */ (element("canvas", { width: 1, height: 1, "aria-hidden": "true" }));
  const input = element("input", { type: "radio", name, on: { change: choose } });
  const tag = element("span", { class: "lab-gpt-tag", "aria-hidden": "true" });
  const worth = element("span", { class: "lab-gpt-worth", "aria-hidden": "true" });
  const tile = element("label", { class: "lab-gpt-tile" }, input, element("span", { class: "lab-gpt-thumb" }, canvas, worth), tag);
  return {
    element: tile,
    input,
    /** @param {GptSession} session @param {number} l @param {number} h @param {string} colour */
    show(session, l, h, colour) {
      const off = session.off.has(keyOf(l, h));
      const role = session.roles?.[l][h];
      const cost = session.trials?.[l][h];
      input.checked = l === session.layer && h === session.head;
      tile.classList.toggle("lab-off", off);
      tag.textContent = off ? "off" : role ? role.tag : "";
      tile.title = role ? (role.name ? `looks most at ${role.name}` : "no single habit") : "";
      worth.textContent = cost === undefined ? "" : signed(cost);
      worth.classList.toggle("lab-gpt-matters", cost !== undefined && cost >= 0.1);
      const habit = role?.name ? `, ${percent(role.share)} on ${role.name}` : "";
      const price = cost === undefined ? "" : `, loss ${signed(cost)} without it`;
      input.setAttribute("aria-label", `${capital(headName(l, h))}${off ? ", off" : ""}${habit}${price}`);
      drawAttention(canvas, session, l, h, colour);
    },
  };
}

/** A pixel for each pair of characters, the deeper the more is looked. @param {HTMLCanvasElement} canvas @param {GptSession} session @param {number} l @param {number} h @param {string} colour "#rrggbb" */
export function drawAttention(canvas, { now, tokens }, l, h, colour) {
  const n = tokens.length;
  if (canvas.width !== n) canvas.width = canvas.height = n;
  const pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  const sheet = pen.createImageData(n, n);
  const [red, green, blue] = rgb(colour);
  for (let i = 0; i < n; i++) {
    const weights = now.attention(l, h, i);
    for (let j = 0; j <= i; j++) {
      const to = 4 * (i * n + j);
      sheet.data[to] = red;
      sheet.data[to + 1] = green;
      sheet.data[to + 2] = blue;
      sheet.data[to + 3] = 255 * Math.sqrt(weights[j]); // small weights would not be seen
    }
  }
  pen.putImageData(sheet, 0, 0);
}

/** @param {GptSession} session @param {() => void} changed @param {() => void} tryAll */
function headSwitches(session, changed, tryAll) {
  const { net } = session;
  const heads = (/** @type {number} */ l) => Array.from({ length: net.heads }, (_, h) => keyOf(l, h));
  /** @param {string[]} keys @param {boolean} away */
  const turn = (keys, away) => {
    const next = new Set(session.off);
    for (const key of keys) if (away) next.add(key); else next.delete(key);
    session.switchOff(next);
    changed();
  };
  const here = () => keyOf(session.layer, session.head);
  const allOff = () => heads(session.layer).every((key) => session.off.has(key));
  const one = button({ label: "", onPress: () => turn([here()], !session.off.has(here())) });
  const layer = button({ label: "", onPress: () => turn(heads(session.layer), !allOff()) });
  const all = button({ label: "All on", onPress: () => turn([...session.off], false) });
  const each = button({ label: "Try each head off", title: "Measures the loss on this text with each head off in turn", onPress: tryAll });
  const loss = element("p", { class: "lab-gpt-loss" }), change = element("p"), note = element("p", { class: "lab-note" });
  return {
    element: element("div", { class: "lab-gpt-switches" }, element("div", { class: "lab-row lab-controls" }, one, layer, all, each), loss, change, note),
    show() {
      one.textContent = `Switch head ${session.layer + 1}.${session.head + 1} ${session.off.has(here()) ? "on" : "off"}`;
      layer.textContent = `Layer ${session.layer + 1} ${allOff() ? "on" : "off"}`;
      all.disabled = session.off.size === 0;
      each.disabled = session.trials !== null || session.tokens.length < 2;
      loss.textContent = lossWords(session);
      change.textContent = changeWords(session);
      change.hidden = !change.textContent;
      note.textContent = noteWords(session);
    },
  };
}

/** @param {GptSession} session */
function noteWords(session) {
  if (session.trials) return "The number on a map: how much the loss on this text rises when that head alone is silent. A negative one: the text is foreseen better without it.";
  if (session.off.size) return `A head that is off adds nothing to the stream: ${offWords(session)}. Its map still shows where it would look.`;
  return "Switch a head off, and see what becomes of the answer and the loss.";
}
