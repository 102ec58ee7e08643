// A photo from the reader's disk: a button, dropping a file on the figure, and the steps from photo to input.

import { element } from "../../web/ui.js";
import { graySheet } from "./maps.js";
import { preprocess } from "./picture.js";

const LARGEST_PHOTO = 320; // pixels along the longer side: enough for 28, small enough to be quick

/**
 * A file button, and dropping a file anywhere on the figure; the steps from photo to input appear below.
 * @param {HTMLElement} root @param {(pixels: Float32Array) => void} choose
 */
export function photoInput(root, choose) {
  const stages = element("div", { class: "lab-stages", hidden: true });
  const input = element("input", { type: "file", accept: "image/*", class: "lab-hidden" });
  const label = element("label", { class: "lab-button lab-upload" }, input, "Upload a photo…");
  /** @param {File | undefined} file */
  const read = async (file) => {
    if (!file) return;
    try {
      const { original, rgba } = await readPhoto(file);
      const done = preprocess(rgba.data, rgba.width, rgba.height);
      showStages(stages, original, done.stages);
      choose(done.pixels);
    } catch {
      // The decoder's own message names no file and differs between browsers.
      stages.replaceChildren(element("p", { class: "lab-error", role: "alert", text: `${file.name} could not be read as a picture. Try a JPEG or PNG file.` }));
      stages.hidden = false;
    }
  };
  input.addEventListener("change", () => {
    read(input.files[0]);
    input.value = "";
  });
  root.addEventListener("dragover", (event) => event.preventDefault());
  root.addEventListener("drop", (event) => {
    event.preventDefault();
    read(event.dataTransfer?.files[0]);
  });
  return { button: label, stages };
}

/** @param {File} file */
async function readPhoto(file) {
  const bitmap = await createImageBitmap(file);
  const scale = Math.min(1, LARGEST_PHOTO / Math.max(bitmap.width, bitmap.height));
  const original = document.createElement("canvas");
  original.width = Math.max(1, Math.round(bitmap.width * scale));
  original.height = Math.max(1, Math.round(bitmap.height * scale));
  const pen = /** @type {CanvasRenderingContext2D} */ (original.getContext("2d"));
  pen.drawImage(bitmap, 0, 0, original.width, original.height);
  return { original, rgba: pen.getImageData(0, 0, original.width, original.height) };
}

/** @param {HTMLElement} box @param {HTMLCanvasElement} original @param {import("./picture.js").Stage[]} stages */
function showStages(box, original, stages) {
  /** @param {HTMLCanvasElement} canvas @param {string} title */
  const card = (canvas, title) => {
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", title);
    return element("div", { class: "lab-stage" }, canvas, element("span", { text: title }));
  };
  box.replaceChildren(card(original, "Your photo"), ...stages.map((s) => card(graySheet(s.data, s.width, s.height), s.title)));
  box.hidden = false;
}
