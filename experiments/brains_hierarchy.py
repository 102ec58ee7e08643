"""A convolutional network beside the ventral stream: selectivity, tolerance, and likeness of its layers.

Two networks a seed, trained alike from different initial weights, and one that never learned; a bank of Gabor filters
stands for V1. Likeness is debiased linear CKA, and RSA, over 500 test images.
Run: python experiments/brains_hierarchy.py
"""

from __future__ import annotations

from harness import arguments, entry, run_all, settings_of
from torch import Tensor, nn
from torch.nn import functional as F

from lab_utils import data, ledger, measure, models, training
from lab_utils.training import Recipe

RECIPE = Recipe(epochs=3, batch_size=100, optimizer="adamw", lr=5e-3, weight_decay=0.01, schedule="one-cycle")
IMAGES, PROBED = 10_000, 500
LAYERS = ("relu1", "pool1", "relu2", "pool2", "relu3", "pool3", "linear")
V1_LAYERS = ("simple", "complex", "pool")
SHIFT = 2  # pixels to the right


def debiased(x: Tensor, y: Tensor) -> float:
    """CKA whose expectation for unrelated activations is 0, however many features there are."""
    return measure.cka(x, y, debiased=True)


def train_and_compare(variant: str, seed: int) -> dict[str, float]:
    """All measurements of one seed; there is one variant."""
    sets = data.fashion_mnist()
    train, probe = sets.train.take(IMAGES, seed=seed), sets.test.take(PROBED, seed=seed)
    one, two = models.FastCNN(seed=seed), models.FastCNN(seed=seed + 100)
    fresh = models.FastCNN(seed=seed + 200)
    for number, net in enumerate((one, two)):
        training.fit(net, train, RECIPE, seed=seed + 100 * number, progress=False)
    seen = {name: measure.activations(net, probe.x, LAYERS) for name, net in {"one": one, "two": two}.items()}
    seen["fresh"] = measure.activations(fresh, probe.x, LAYERS)
    v1 = measure.activations(models.V1(), probe.x, V1_LAYERS)
    return {
        "accuracy": measure.accuracy(one, sets.test.x, sets.test.y),
        **_stages(one, fresh, seen, probe),
        **_between(seen),
        **_beside_v1(seen, v1, probe.x),
    }


def _stages(
    one: nn.Module, fresh: nn.Module, seen: dict[str, dict[str, Tensor]], probe: data.Split
) -> dict[str, float]:
    """Selectivity and tolerance to a shift of each layer, trained and not."""
    results = {}
    for name, net in {"one": one, "fresh": fresh}.items():
        moved = measure.activations(net, measure.shift(probe.x, 0, SHIFT), LAYERS)
        for layer in LAYERS:
            still = seen[name][layer]
            alike = F.cosine_similarity(still.flatten(1), moved[layer].flatten(1)).mean()
            results[f"{name}/tolerance/{layer}"] = alike.item()
            if layer.startswith("relu"):
                results[f"{name}/selectivity/{layer}"] = measure.selectivity(still, probe.y).nanmean().item()
    return results


def _between(seen: dict[str, dict[str, Tensor]]) -> dict[str, float]:
    """CKA of each layer of one network with each of the other's, and whether the own layer's twin is the most alike."""
    matrix = measure.similarity_matrix(seen["one"], seen["two"], by=debiased)
    results = {f"seeds/{a}/{b}": matrix[i, j].item() for i, a in enumerate(LAYERS) for j, b in enumerate(LAYERS)}
    results["seeds/matched"] = (matrix.argmax(1) == matrix.new_tensor(range(len(LAYERS)))).double().mean().item()
    for layer in LAYERS:
        results[f"seeds-rsa/{layer}"] = measure.rsa(seen["one"][layer], seen["two"][layer])
        results[f"untrained/{layer}"] = debiased(seen["one"][layer], seen["fresh"][layer])
    return results


def _beside_v1(seen: dict[str, dict[str, Tensor]], v1: dict[str, Tensor], x: Tensor) -> dict[str, float]:
    """Each layer beside the Gabor bank's complex cells and beside the pixels, trained and not."""
    results = {}
    for name in ("one", "fresh"):
        for layer in LAYERS:
            results[f"{name}/v1/{layer}"] = debiased(seen[name][layer], v1["complex"])
            results[f"{name}/pixels/{layer}"] = debiased(seen[name][layer], x)
            results[f"{name}/v1-rsa/{layer}"] = measure.rsa(seen[name][layer], v1["complex"])
    results["v1/pixels"] = debiased(v1["complex"], x)
    return results


def main() -> None:
    """Measure, and write the ledger."""
    (runs,) = run_all("brains_hierarchy", ["fast-cnn"], train_and_compare, arguments(__doc__)).values()
    settings = {**settings_of(RECIPE), "images": IMAGES, "probed": PROBED, "shift": SHIFT, "cka": "debiased linear"}
    keys = sorted(runs[0].keys() - {"cpu_seconds"})
    entries = [entry(f"brains/hierarchy/{key}", key, runs, key, settings, __file__) for key in keys]
    ledger.record(entries)
    for each in entries:
        print(each.name, each.summary())


if __name__ == "__main__":
    main()
