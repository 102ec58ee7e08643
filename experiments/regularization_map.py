"""Which cure helps at which size? Each alone and all together, at 200, 2,000 and 20,000 images, and with wrong labels.

Each cure has the strength that did best on validation images (`regularization_settings.py`); test images are scored
once. A gain is the difference to no cure with the same images, initial weights and order.
Run: python experiments/regularization_map.py
"""

from __future__ import annotations

from harness import arguments, entry, record, run_all
from regularization_cures import (
    CONDITIONS,
    NONE,
    STRENGTHS,
    UPDATES,
    WIDTHS,
    chosen,
    recipe_of,
    scores,
    sets,
    settings_of,
    trained,
    training_images,
)

from lab_utils import data, ledger, measure, models, training

FIRST = ("none", "label-smoothing", "weight-decay", "dropout", "augment", "early-stopping", "mixup", "all")
CURES = (*FIRST, *(cure for cure in STRENGTHS if cure not in FIRST))
VARIANTS = [f"{condition}/{cure}" for condition in CONDITIONS for cure in CURES]
CALIBRATED = ("none", "weight-decay", "dropout", "label-smoothing", "mixup", "early-stopping", "all")
WATCHED = 1000  # validation images for early stopping and for the temperature


def train_and_score(variant: str, seed: int) -> dict[str, float]:
    """Test and training accuracy of one cure, with the calibration of its probabilities."""
    condition, cure = variant.split("/")
    train = training_images(condition, seed)
    if cure == "early-stopping":
        return _stop_early(condition, train, seed)
    model = trained(chosen(condition, cure)[0], condition, train, seed=seed)
    weights = [p for p in model.parameters() if p.ndim >= 2]
    zeros = sum(int((w == 0).sum()) for w in weights) / sum(w.numel() for w in weights)
    return {**_scored(model, train), "zeros": zeros} | (_with_temperature(model) if cure == "none" else {})


def _scored(model: models.MLP, train: data.Split) -> dict[str, float]:
    measured = scores(measure.predict(model, sets().test.x).softmax(1), sets().test.y)
    right = measure.accuracy(model, train.x, train.y)
    return {**measured, "train": right, "gap": right - measured["accuracy"]}


def _with_temperature(model: models.MLP) -> dict[str, float]:
    held = data.Split(sets().validation.x[:WATCHED], sets().validation.y[:WATCHED])
    temperature = measure.fit_temperature(measure.predict(model, held.x), held.y)
    cooled = scores((measure.predict(model, sets().test.x) / temperature).softmax(1), sets().test.y)
    return {"temperature": temperature, **{f"{name}_at_temperature": value for name, value in cooled.items()}}


def _stop_early(condition: str, train: data.Split, seed: int) -> dict[str, float]:
    """The plain recipe, stopped when the validation loss has not improved for a quarter of the updates."""
    held = data.Split(sets().validation.x[:WATCHED], sets().validation.y[:WATCHED])
    recipe = recipe_of(NONE, condition)
    model = models.MLP(WIDTHS, seed=seed)
    stopping = training.EarlyStopping(patience=recipe.epochs // 4)
    history = training.fit(model, train, recipe, validation=held, seed=seed, callbacks=[stopping], progress=False)
    share = (history.best_epoch or 0) / recipe.epochs
    return {**_scored(model, train), "best_update": share * UPDATES, "updates": float(len(history.step_loss))}


def entries_of(variant: str, runs: list[dict[str, float]], none: list[dict[str, float]]) -> list[ledger.Entry]:
    """The ledger's entries of one cure in one condition."""
    condition, cure = variant.split("/")
    settings = settings_of(condition, *chosen(condition, cure))
    runs = [{**run, "gain": run["accuracy"] - plain["accuracy"]} for run, plain in zip(runs, none, strict=True)]
    wanted = {"": ("test accuracy", "accuracy"), "/gap": ("training minus test accuracy", "gap")}
    if cure != "none":
        wanted["/gain"] = ("test accuracy minus that of no cure, same seed", "gain")
    if cure in CALIBRATED:
        wanted |= {f"/{key}": (f"{key} on test images", key) for key in ("ece", "nll", "confidence")}
    if cure == "none":
        wanted["/train"] = ("training accuracy", "train")
    if cure == "early-stopping":
        wanted["/best-update"] = ("update with the least validation loss", "best_update")
    if condition == "2000" and cure == "none":
        wanted |= {f"/temperature/{key}": (f"{key} at the fitted temperature", f"{key}_at_temperature")
                   for key in ("ece", "nll", "confidence")}  # fmt: skip
        wanted["/temperature"] = ("temperature fitted on validation images", "temperature")
    name = f"regularization/map/{variant}"
    return [entry(name + end, what, runs, key, settings, __file__) for end, (what, key) in wanted.items()]


if __name__ == "__main__":
    measured = run_all("regularization_map", VARIANTS, train_and_score, arguments(__doc__))
    entries = []
    for variant, runs in measured.items():
        entries += entries_of(variant, runs, measured[f"{variant.split('/')[0]}/none"])
    record(entries)
