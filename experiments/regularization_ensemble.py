"""Five networks instead of one: accuracy, calibration, and which score notices pictures that do not belong.

The members share images and recipe and differ in initial weights and order; the first is the network of the map. With
2,000 images, answers to ordinary test images are also told from answers to the same images turned by 90 degrees, and
to handwritten digits, by one network's entropy, by a network with dropout left on, and by the five.
Run: python experiments/regularization_ensemble.py
"""

from __future__ import annotations

from functools import cache

import torch
from harness import arguments, entry, record, run_all
from regularization_cures import chosen, scores, sets, settings_of, trained, training_images
from sklearn.datasets import load_digits
from torch import Tensor, nn
from torch.nn import functional as F

from lab_utils import data, ledger, measure

MEMBERS = 5
SAMPLES = 30  # answers of the network whose dropout is left on
SHOWN = 1500  # pictures of each kind
VARIANTS = ["2000", "noisy-2000", "2000/all"]


def train_and_score(variant: str, seed: int) -> dict[str, float]:
    """The ensemble's scores, its members' mean accuracy and, with 2,000 images, how well strange pictures stand out."""
    condition, _, cure = variant.partition("/")
    train = training_images(condition, seed)
    cured = chosen(condition, cure)[0]
    members = [trained(cured, condition, train, seed=seed + 1000 * number) for number in range(MEMBERS)]
    answers = measure.ensemble(members, sets().test.x)
    single = [scores(each, sets().test.y) for each in answers]
    right = (measure.ensemble(members, train.x).mean(0).argmax(1) == train.y).double().mean().item()
    whole = scores(answers.mean(0), sets().test.y)
    measured = {
        **whole,
        "gap": right - whole["accuracy"],
        "first": single[0]["accuracy"],
        "gain": whole["accuracy"] - single[0]["accuracy"],
        "mean_member": sum(each["accuracy"] for each in single) / MEMBERS,
    }
    return {**measured, **(_strangers(members, train, seed) if variant == "2000" else {})}


def _strangers(members: list[nn.Module], train: data.Split, seed: int) -> dict[str, float]:
    """Areas under the ROC curve, and the accuracy and calibration of the network with dropout left on or off."""
    noisy = trained(chosen("2000", "dropout")[0], "2000", train, seed=seed)
    usual = sets().test.take(SHOWN, seed=0)
    pictures = {"usual": usual.x, "turned": torch.rot90(usual.x, 1, (2, 3)), "digits": digits()[:SHOWN]}
    ways = {
        "single": {name: measure.ensemble(members[:1], x) for name, x in pictures.items()},
        "dropout-off": {name: measure.ensemble([noisy], x) for name, x in pictures.items()},
        "mc-dropout": {name: measure.mc_dropout(noisy, x, samples=SAMPLES) for name, x in pictures.items()},
        "ensemble": {name: measure.ensemble(members, x) for name, x in pictures.items()},
    }
    measured = {}
    for way, answers in ways.items():
        measured |= {f"{way}/{key}": value for key, value in scores(answers["usual"].mean(0), usual.y).items()}
        for kind in ("turned", "digits"):
            usual_score, strange_score = (measure.predictive_entropy(answers[each]) for each in ("usual", kind))
            measured[f"{way}/{kind}"] = measure.separation(usual_score, strange_score)
            if len(answers["usual"]) > 1:
                pair = (measure.mutual_information(answers[each]) for each in ("usual", kind))
                measured[f"{way}/{kind}/disagreement"] = measure.separation(*pair)
    return measured


@cache
def digits() -> Tensor:
    """scikit-learn's 1,797 handwritten digits of 8×8 pixels, enlarged to 28×28."""
    small = torch.from_numpy(load_digits().images).float()[:, None] / 16
    return F.interpolate(small, size=(28, 28), mode="bilinear")


def entries_of(variant: str, runs: list[dict[str, float]]) -> list[ledger.Entry]:
    """The ledger's entries of one ensemble; for the plain one of 2,000 images, of the strange pictures too."""
    condition, _, cure = variant.partition("/")
    settings = {**settings_of(condition, *chosen(condition, cure)), "members": MEMBERS}
    name = f"regularization/map/{condition}/{f'{cure}-' if cure else ''}ensemble"
    wanted = {
        "": ("test accuracy", "accuracy"),
        "/gap": ("training minus test accuracy", "gap"),
        "/gain": ("test accuracy minus that of its first member", "gain"),
    }
    if condition == "2000":
        wanted |= {f"/{key}": (f"{key} on test images", key) for key in ("ece", "nll", "confidence")}
    found = [entry(name + end, what, runs, key, settings, __file__) for end, (what, key) in wanted.items()]
    for key in sorted(key for key in runs[0] if "/" in key):
        what = f"{key.partition('/')[2]}: area under the ROC curve, or score on 1,500 test images"
        found.append(entry(f"regularization/uncertainty/{key}", what, runs, key, settings, __file__))
    return found


if __name__ == "__main__":
    measured = run_all("regularization_ensemble", VARIANTS, train_and_score, arguments(__doc__))
    record(each for variant, runs in measured.items() for each in entries_of(variant, runs))
