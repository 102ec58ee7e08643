"""A convolutional network beside the visual hierarchy: selectivity, tolerance, and what its stages resemble.

As in the chapter: two networks trained alike from different initial weights, one that never learned, and a bank of
Gabor filters for V1; other seeds, other training images and other test images in every run. Likeness is debiased
linear CKA, and RSA. Run: python experiments/brains_hierarchy.py
"""

from __future__ import annotations

from functools import partial

from harness import arguments, entry, record, run_all
from torch import Tensor, nn
from torch.nn import functional as F

from lab_utils import data, measure, models, training
from lab_utils.training import Recipe

BRIEF = Recipe(
    epochs=2, batch_size=50, optimizer="adamw", lr=3e-3, schedule="one-cycle", precision="auto", channels_last=True
)
IMAGES, PICTURES = 4000, 300
STAGES = ("pool1", "pool2", "pool3", "linear")
SHIFT = 2  # pixels to the right
LIKENESS = {"cka": partial(measure.cka, debiased=True), "rsa": measure.rsa}


def train_and_compare(variant: str, seed: int) -> dict[str, float]:
    """All measurements of one seed; there is one variant."""
    sets = data.fashion_mnist()
    train = sets.train.take(IMAGES, seed=seed)
    names = {"trained": seed, "other-seed": seed + 100, "untrained": seed + 200}
    nets = {name: models.FastCNN(seed=number) for name, number in names.items()}
    for name in ("trained", "other-seed"):
        training.fit(nets[name], train, BRIEF, seed=names[name], progress=False)
    shown = slice(PICTURES * seed, PICTURES * (seed + 1))
    x, y = sets.test.x[shown], sets.test.y[shown]
    answers = {name: measure.activations(net, x, STAGES) for name, net in nets.items()}
    return {
        "accuracy": measure.accuracy(nets["trained"], sets.test.x, sets.test.y),
        **_stages("trained", nets["trained"], answers["trained"], x, y),
        **_stages("untrained", nets["untrained"], answers["untrained"], x, y),
        **_likeness(answers, x),
    }


def _stages(name: str, net: nn.Module, answers: dict[str, Tensor], x: Tensor, y: Tensor) -> dict[str, float]:
    """Median selectivity of each stage's units, and how alike its answers to a picture and to the moved one are."""
    moved = measure.activations(net, x.roll(SHIFT, 3), STAGES)
    results = {}
    for stage in STAGES:
        here = answers[stage].flatten(1)
        middle = here.mean(0)
        alike = F.cosine_similarity(here - middle, moved[stage].flatten(1) - middle).mean()
        results[f"{name}/tolerance/{stage}"] = alike.item()
        if stage.startswith("pool"):
            results[f"{name}/selectivity/{stage}"] = measure.selectivity(answers[stage], y).nanmedian().item()
    return results


def _likeness(answers: dict[str, dict[str, Tensor]], x: Tensor) -> dict[str, float]:
    """CKA and RSA of each stage of the trained network with its twins, with the model of V1, and with the pixels."""
    v1 = measure.activations(models.V1(), x, ["pool"])["pool"]
    others = {
        "other-seed": answers["other-seed"],
        "untrained": answers["untrained"],
        "v1": dict.fromkeys(STAGES, v1),
        "pixels": dict.fromkeys(STAGES, x),
    }
    results = {
        f"{measured}/{name}/{stage}": by(answers["trained"][stage], other[stage])
        for measured, by in LIKENESS.items()
        for name, other in others.items()
        for stage in STAGES
    }
    results["cka/untrained-v1/pool1"] = LIKENESS["cka"](answers["untrained"]["pool1"], v1)
    matrix = measure.similarity_matrix(answers["trained"], answers["other-seed"], by=LIKENESS["cka"])
    results["twins"] = (matrix.argmax(1) == matrix.new_tensor(range(len(STAGES)))).double().mean().item()
    return results


def main() -> None:
    """Measure, and write the ledger."""
    (runs,) = run_all("brains_hierarchy", ["fast-cnn"], train_and_compare, arguments(__doc__)).values()
    settings = {**BRIEF.settings(), "images": IMAGES, "pictures": PICTURES, "shift": SHIFT, "cka": "debiased linear"}
    names = {"accuracy": "test accuracy", "twins": "share of stages whose own twin is the most alike"}
    keys = sorted(runs[0].keys() - {"cpu_seconds"})
    entries = [
        entry(f"brains/hierarchy/{key}", names.get(key, key.split("/")[0]), runs, key, settings, __file__)
        for key in keys
    ]
    record(entries)


if __name__ == "__main__":
    main()
