// Live figure: the latent planes of a plain and a variational autoencoder. Drag in one, and both decoders answer.

import { announcer, checkbox, element } from "../../web/ui.js";
import { markPicture } from "./marks.js";
import { planePanel } from "./plane_panel.js";
import { LatentSession } from "./session.js";
import { pathPanel } from "./strips.js";
import { spokenWords } from "./words.js";

/**
 * @param {HTMLElement} root
 * @param {any} data as written by latent_plane.py
 */
export function mount(root, data) {
  const session = new LatentSession(data);
  const speech = announcer();
  const planes = session.planes.map((_, which) => planePanel(session, which, moved));
  const path = pathPanel(session, moved);
  const legend = classLegend(session, update);
  root.append(
    element("div", { class: "lab-latent-planes" }, ...planes.map((plane) => plane.element)),
    element("div", { class: "lab-latent-settings lab-controls" }, ...settings(session, moved)),
    legend.element, path.element, speech.element);

  function update() {
    for (const part of [...planes, path, legend]) part.show();
  }
  function moved() {
    update();
    speech.say(spokenWords(session));
  }
  update();
}

/** @param {LatentSession} session @param {() => void} changed */
function settings(session, changed) {
  const linked = checkbox({
    label: "The other plane follows to the same garment", value: session.linked,
    onChange: (value) => {
      session.linked = value;
      changed();
    },
  });
  const tiled = checkbox({
    label: "Show what every place decodes to", value: session.tiled,
    onChange: (value) => {
      session.tiled = value;
      changed();
    },
  });
  return [linked.element, tiled.element];
}

/** The classes' marks; pressing one makes it stand out. @param {LatentSession} session @param {() => void} changed */
function classLegend(session, changed) {
  const keys = session.classes.map((name, label) =>
    element("button", {
      type: "button", class: "lab-latent-key", "aria-pressed": "false",
      on: {
        click: () => {
          session.only = session.only === label ? -1 : label;
          changed();
        },
      },
    }, markPicture(label), name));
  return {
    element: element("div", { class: "lab-latent-legend", role: "group", "aria-label": "Classes: press one to make it stand out" }, ...keys),
    show() {
      keys.forEach((key, label) => key.setAttribute("aria-pressed", String(session.only === label)));
    },
  };
}
