// What the figure says about the place where a handle is.

import { format } from "../../web/ui.js";

/** @typedef {import("./session.js").LatentSession} LatentSession */

const FAR = 0.06; // of the view's side: further than this from every garment is a gap

/** Code and nearest garment of one plane. @param {LatentSession} session @param {number} which */
export function placeWords({ planes, handles, labels, classes }, which) {
  const { garment, distance } = planes[which].nearest(handles[which]);
  const name = classes[labels[garment]];
  return {
    code: `code ${handles[which].map((v) => format(v, 1)).join(", ")}`,
    near: distance > FAR ? `a gap; the nearest garment: ${name}` : `nearest garment: ${name}`,
    gap: distance > FAR,
  };
}

/** Both planes in one sentence, for a screen reader. @param {LatentSession} session */
export function spokenWords(session) {
  const parts = session.planes.map((plane, which) => {
    const { code, near } = placeWords(session, which);
    return `${plane.name}: ${code}, ${near}`;
  });
  return `${parts.join(". ")}.`;
}

/** Where on the path the handles are. @param {LatentSession} session */
export function wayWords({ way, away }) {
  if (away) return "dragged off it";
  return way === 0 ? "at the first" : way === 1 ? "at the second" : `${Math.round(100 * way)}% of the way`;
}
