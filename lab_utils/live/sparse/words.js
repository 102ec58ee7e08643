// What the figure shows, in words.

/** @typedef {import("./model.js").SparseModel} SparseModel */

const percent = (/** @type {number} */ share) => `${(100 * share).toFixed(1)} %`;

/** Where learning stands. @param {SparseModel} model */
export function learningWords(model) {
  const { step, now } = model;
  const head = step ? `Update ${step.toLocaleString("en")}, ${(100 * step).toLocaleString("en")} patches seen.` : `Before the first update: ${model.origin}.`;
  return `${head} On 100 patches from all over the photos, ${percent(now.active)} of the codes are in use and ${percent(now.left)} of the squared length is left over.`;
}

/** What is worth knowing about the setting; empty where nothing is. @param {SparseModel} model */
export function adviceWords({ now, s, atoms: { count } }) {
  if (now.active === 0) return `At λ = ${s.penalty} no atom is worth its price: every code is zero, nothing is rebuilt and nothing can be learned. Lower λ.`;
  if (now.active > 0.4) return `At λ = ${s.penalty} a code costs next to nothing: nearly every atom takes part in every patch. Watch what that does to the atoms.`;
  if (now.idle > count / 4) return `${now.idle} of ${count} atoms are in none of the 100 patches’ codes: at λ = ${s.penalty} few patches are worth a code.`;
  return "";
}

/** The chosen patch. @param {SparseModel} model @param {import("./spot.js").Spot} spot */
export function patchWords({ atoms: { count } }, spot) {
  const { used } = spot;
  if (!used.length) return `This patch uses none of the ${count} atoms: leaving it unexplained costs less than any code.`;
  return `This patch uses ${used.length} of ${count} atoms, and ${percent(spot.unexplained)} of its squared length is left over.`;
}
