"""Credit assignment: every rule on the same task from the same initial weights, with accuracies and angles.

784-128-128-10 (deep: five hidden layers), 10,000 images of Fashion-MNIST, 2,000 updates; subset, initial weights and
order are drawn by the seed and shared by the rules. Rates are those of brains_credit_settings.py. At checkpoints the
rule's change of each layer is compared with the exact gradient on 1,000 validation images, and feedback weights with
the weights that they stand for. Run: python experiments/brains_credit.py
"""

from __future__ import annotations

import math
from typing import Any

from brains_rules import (
    BATCH_SIZE,
    CHECKPOINTS,
    DEEPER,
    EPOCHS,
    IMAGES,
    REMOVED,
    RULES,
    VARIANTS,
    chosen,
    sets,
    trained,
)
from harness import arguments, entry, run_all
from torch import nn

from lab_utils import ledger, measure
from lab_utils.training import credit

MEASURED_ON = 1000
FOLDERS = {"credit": RULES, "removed": REMOVED, "depth": DEEPER}


class Protractor:
    """Measures angles at the checkpoints of a run: `found` maps "layer-1@100" and "feedback-2@100" to degrees."""

    def __init__(self) -> None:
        self.found: dict[str, float] = {}
        validation = sets().validation
        self.x, self.y = validation.x[:MEASURED_ON], validation.y[:MEASURED_ON]

    def __call__(self, update: int, net: nn.Module, rule: credit.Rule) -> None:
        """Measure before this update, if it is one of the checkpoints."""
        if update not in CHECKPOINTS:
            return
        for layer, turned in enumerate(credit.angles(rule, net, self.x, self.y), start=1):
            if not math.isnan(turned):
                self.found[f"layer-{layer}@{update}"] = turned
        if isinstance(rule, credit.FeedbackAlignment):
            layers = [module for module in net.modules() if isinstance(module, nn.Linear)][1:]
            backward = rule.backward_weights(credit.chain.chain_of(net))
            for number, (layer, weight) in enumerate(zip(layers, backward, strict=True), start=2):
                self.found[f"feedback-{number}@{update}"] = measure.angle(weight, layer.weight)


def train_and_score(variant: str, seed: int) -> dict[str, float]:
    """Test accuracy after the last update, last losses, and the angles on the way."""
    protractor = Protractor()
    net, _, run = trained(variant, chosen()[variant], seed, watch=protractor)
    late = run.loss[-200:]
    return {
        "accuracy": measure.accuracy(net, sets().test.x, sets().test.y),
        "loss": sum(late) / len(late),
        "diverged": float(run.diverged),
        **protractor.found,
    }


def entries_of(folder: str, names: dict[str, Any], runs: dict[str, list[dict[str, float]]]) -> list[ledger.Entry]:
    """Accuracy, difference to backprop of the same seed and depth, and angles of every rule of a folder."""
    entries = []
    for name in names:
        settings = {
            **VARIANTS[name].settings,
            "lr": chosen()[name],
            "images": IMAGES,
            "updates": IMAGES * EPOCHS // BATCH_SIZE,
            "batch_size": BATCH_SIZE,
        }
        start = f"brains/{folder}/{name.removeprefix('deep/')}"
        base = runs["deep/backprop" if folder == "depth" else "relu" if name == "dale" else "backprop"]
        own = [
            {**run, "gain": run["accuracy"] - other["accuracy"]} for run, other in zip(runs[name], base, strict=True)
        ]
        entries.append(entry(start, "test accuracy", own, "accuracy", settings, __file__))
        entries.append(entry(f"{start}/gain", "accuracy minus backprop's, same seed", own, "gain", settings, __file__))
        entries.append(entry(f"{start}/loss", "training loss, last 200", own, "loss", settings, __file__, unit="nats"))
        angles = [key for key in own[0] if "@" in key and (folder != "removed" or key.endswith("@2000"))]
        entries += [
            entry(f"{start}/angle/{key}", "angle", own, key, settings, __file__, unit="degrees")
            for key in angles
            if all(key in run for run in own)
        ]
    return entries


def main() -> None:
    """Measure, and write the ledger."""
    runs = run_all("brains_credit", list(VARIANTS), train_and_score, arguments(__doc__))
    entries = [each for folder, names in FOLDERS.items() for each in entries_of(folder, names, runs)]
    ledger.record(entries)
    for each in entries:
        if "/angle/" not in each.name or each.name.endswith("@2000"):
            print(each.name, each.summary())


if __name__ == "__main__":
    main()
