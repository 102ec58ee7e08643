"""Do cures need time? Four times the updates (6,400), without a cure and with all of them, at 2,000 and 20,000 images.

Equal updates punish what slows learning down. Here both sides get more of them. All together: flips, shifts of a pixel,
label smoothing 0.1, dropout 0.2 and decay 0.3. Run: python experiments/regularization_longer.py
"""

from __future__ import annotations

from harness import arguments, entry, record, run_all
from regularization_cures import ALL, NONE, UPDATES, Cure, scores, sets, settings_of, trained, training_images

from lab_utils import measure

TOGETHER = "flip, shift, smoothing, dropout, decay"
CURES: dict[str, Cure] = {"none": NONE, "all": ALL[TOGETHER]}
VARIANTS = [f"{condition}/{cure}" for condition in ("2000", "20000") for cure in CURES]
LONGER = 4 * UPDATES


def train_and_score(variant: str, seed: int) -> dict[str, float]:
    """Test accuracy and gap of one long run."""
    condition, cure = variant.split("/")
    train = training_images(condition, seed)
    model = trained(CURES[cure], condition, train, seed=seed, updates=LONGER)
    measured = scores(measure.predict(model, sets().test.x).softmax(1), sets().test.y)
    return {**measured, "gap": measure.accuracy(model, train.x, train.y) - measured["accuracy"]}


if __name__ == "__main__":
    measured = run_all("regularization_longer", VARIANTS, train_and_score, arguments(__doc__))
    entries = []
    for variant, runs in measured.items():
        condition, cure = variant.split("/")
        none = measured[f"{condition}/none"]
        runs = [{**run, "gain": run["accuracy"] - other["accuracy"]} for run, other in zip(runs, none, strict=True)]
        wanted = {"": ("test accuracy", "accuracy"), "/gap": ("training minus test accuracy", "gap")}
        if cure != "none":
            wanted["/gain"] = ("test accuracy minus that of no cure, same seed and length", "gain")
        settings = settings_of(condition, CURES[cure], TOGETHER if cure == "all" else "", updates=LONGER)
        name = f"regularization/longer/{variant}"
        entries += [entry(name + end, what, runs, key, settings, __file__) for end, (what, key) in wanted.items()]
    record(entries)
