// A link that brings this very figure back: settings, seed and placed points in the part of the address after “#”.

import { button, element, uid } from "../../web/ui.js";
import { fromHash, toHash } from "./settings.js";

const MOST_REPEATED = 20000; // updates that an opened link trains again by itself

/** The figure's own name in the address: its place among the playgrounds of the page. @param {Element} root */
export function nameInAddress(root) {
  const figure = root.closest("figure");
  const all = [...document.querySelectorAll('figure.lab-live[data-lab="playground"]')];
  return `playground-${Math.max(0, all.indexOf(/** @type {any} */ (figure))) + 1}`;
}

/** What the address says to this figure. @param {string} name @param {any} start @param {import("./settings.js").SettingRules} rules */
export function readAddress(name, start, rules) {
  try {
    return { found: fromHash(name, decodeURIComponent(location.hash.slice(1)), start, rules), complaint: "" };
  } catch (error) {
    const mine = location.hash.slice(1).startsWith(name);
    return { found: null, complaint: mine ? `The link in the address was not followed: ${error instanceof Error ? error.message : error}.` : "" };
  }
}

/**
 * @param {string} name @param {import("./model.js").PlaygroundModel} model
 */
export function shareButton(name, model) {
  const id = uid("lab-link");
  const field = element("input", { id, class: "lab-number lab-play-link", readonly: true, value: "" });
  const words = element("label", { for: id, class: "lab-note" });
  const box = element("div", { class: "lab-play-share", hidden: true }, words, field);
  const control = button({ label: "Copy link", onPress: share });
  async function share() {
    const steps = model.repeatable && model.step <= MOST_REPEATED ? model.step : 0;
    field.value = `${location.href.split("#")[0]}#${toHash(name, { ...model.s, steps }, model.points)}`;
    box.hidden = false;
    const copied = await copy(field);
    const trained = steps ? `and trains its ${steps.toLocaleString("en")} updates again` : model.step ? "with a fresh network: this run cannot be repeated from its seed alone" : "as it is now";
    words.textContent = `${copied ? "Copied." : "Copy it from here:"} The link opens this figure ${trained}.`;
  }
  return { button: control, element: box, hide: () => (box.hidden = true) };
}

/** To the clipboard where the browser lets us; selected in any case. @param {HTMLInputElement} field */
async function copy(field) {
  field.focus();
  field.select();
  try {
    await navigator.clipboard.writeText(field.value);
    return true;
  } catch {
    return document.execCommand?.("copy") ?? false;
  }
}
