"""Choose the strength of each cure on validation images, for each size of training set; test images play no part.

One seed, which the map of cures does not use: 6,000 validation images tell strengths apart to about half a point, and
neighbours that close are as good as one another. It writes `regularization_chosen.json`, which the other scripts read.
Run: python experiments/regularization_settings.py --seeds 1
"""

from __future__ import annotations

import json

from harness import arguments, run_all
from regularization_cures import CHOSEN, CONDITIONS, NONE, STRENGTHS, Cure, sets, trained, training_images

from lab_utils import measure

FIRST_SEED = 100  # the map measures seeds 0 to 4
CANDIDATES: dict[str, Cure] = {"none: ": NONE} | {
    f"{cure}: {strength}": made for cure, strengths in STRENGTHS.items() for strength, made in strengths.items()
}
VARIANTS = [f"{condition}: {name}" for condition in CONDITIONS for name in CANDIDATES]


def train_and_validate(variant: str, seed: int) -> dict[str, float]:
    """Validation accuracy of one cure at one strength in one condition."""
    condition, name = variant.split(": ", 1)
    seed += FIRST_SEED
    model = trained(CANDIDATES[name], condition, training_images(condition, seed), seed=seed)
    return {"validation_accuracy": measure.accuracy(model, sets().validation.x, sets().validation.y)}


def best(means: dict[str, float], condition: str, cure: str) -> str:
    """The strength of a cure with the best validation accuracy; prints all of them."""
    table = {strength: means[f"{condition}: {cure}: {strength}"] for strength in STRENGTHS[cure]}
    found = max(table, key=lambda strength: table[strength])
    print(f"  {cure}: {found!r} of", {strength: round(value, 4) for strength, value in table.items()})
    return found


if __name__ == "__main__":
    runs = run_all("regularization_settings", VARIANTS, train_and_validate, arguments(__doc__))
    means = {variant: sum(run["validation_accuracy"] for run in each) / len(each) for variant, each in runs.items()}
    choices = {}
    for condition in CONDITIONS:
        print(f"{condition}: none {means[f'{condition}: none: ']:.4f}")
        choices[condition] = {cure: best(means, condition, cure) for cure in STRENGTHS}
    CHOSEN.write_text(json.dumps(choices, indent=1) + "\n")
