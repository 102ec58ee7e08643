"""Two moons: the accuracy of a straight cut on the points, on each hidden layer, and of the network itself.

Eight hidden units can do it, and not every seed finds out how. One layer of 26 and two of eight have equal numbers of
weights (105). As failures are what is counted, there are ten seeds. Run: python experiments/depth_moons.py
"""

from __future__ import annotations

from harness import arguments, entry, record, run_all
from torch import Tensor
from torch.nn import functional as F

from lab_utils import data, measure, models
from lab_utils.training import Recipe, fit

RECIPE = Recipe(epochs=60, batch_size=20, optimizer="adam", lr=0.03, schedule="one-cycle")
WIDTHS = {"8": (2, 8, 1), "26": (2, 26, 1), "8-8": (2, 8, 8, 1)}
SEEDS = 10


def binary_loss(logits: Tensor, y: Tensor) -> Tensor:
    """Cross-entropy of one logit (B, 1) and labels 0 or 1 (B,)."""
    return F.binary_cross_entropy_with_logits(logits[:, 0], y.float())


def train_and_probe(variant: str, seed: int) -> dict[str, float]:
    """Accuracies on 2,000 fresh points: of a straight cut in each space, and of the network."""
    widths = WIDTHS[variant]
    train, test = data.two_moons(300, seed=seed), data.two_moons(2000, seed=1000 + seed)
    net = models.MLP(widths, seed=seed)
    fit(net, train, RECIPE, loss=binary_loss, seed=seed, progress=False)
    layers = [f"activation{number}" for number in range(1, len(widths) - 1)]
    rows = measure.probe_by_layer(net, (train.x, train.y), (test.x, test.y), layers, method="logistic", penalty=1e-4)
    right = (measure.predict(net, test.x)[:, 0] > 0) == (test.y == 1)
    return {**{row.layer: row.accuracy for row in rows}, "network": right.double().mean().item()}


if __name__ == "__main__":
    options = arguments(__doc__)
    options.seeds = max(options.seeds, SEEDS)
    entries = []
    for variant, runs in run_all("depth_moons", list(WIDTHS), train_and_probe, options).items():
        settings = {"widths": WIDTHS[variant], **RECIPE.settings(), "points": 300, "noise": 0.2, "probe": "logistic"}
        for key in runs[0].keys() - {"cpu_seconds"}:
            entries.append(entry(f"depth/moons/{variant}/{key}", "test accuracy", runs, key, settings, __file__))
    record(entries)
