"""Controls for what the chapter says about its recipe and about shifts, 2 epochs each, five seeds.

The two networks under each other's training; a constant rate of 0.003; and the chapter's network with global average
pooling, which cannot read position in its last layer. Run: python experiments/cnns_controls.py
"""

from __future__ import annotations

from dataclasses import replace

from cnns_fast import TWO_EPOCHS
from cnns_tutorial import FIVE_EPOCHS
from harness import arguments, entry, record, run_all
from torch import nn

from lab_utils import data, measure, models, training

TUTORIAL_TWO = replace(FIVE_EPOCHS, epochs=2)
RECIPES = {
    "our-network-our-recipe": TWO_EPOCHS,
    "our-network-tutorial-loop": TUTORIAL_TWO,
    "tutorial-network-our-recipe": TWO_EPOCHS,
    "tutorial-network-tutorial-loop": TUTORIAL_TWO,
    "constant-rate-0.003": replace(TWO_EPOCHS, schedule="constant", lr=3e-3),
    "global-pooling": TWO_EPOCHS,
}


def build(variant: str, seed: int) -> nn.Module:
    """The network of a variant."""
    if variant.startswith("tutorial-network"):
        return models.TutorialCNN(seed=seed)
    return models.FastCNN(global_pool=variant == "global-pooling", seed=seed)


def train_and_score(variant: str, seed: int) -> dict[str, float]:
    """Test accuracy after the last epoch, in place and shifted by 4 pixels (2,000 pictures)."""
    sets = data.fashion_mnist(validation=0)
    model = build(variant, seed)
    training.fit(model, sets.train, RECIPES[variant], seed=seed, progress=False)
    shifted = measure.shift_consistency(model, sets.test.x[:2000], sets.test.y[:2000], [(0, 4)])[0, 4]
    return {"accuracy": measure.accuracy(model, sets.test.x, sets.test.y), "at_4": shifted.accuracy}


if __name__ == "__main__":
    entries = []
    for variant, runs in run_all("cnns_controls", list(RECIPES), train_and_score, arguments(__doc__)).items():
        settings = {"variant": variant, **RECIPES[variant].settings(), "train_images": 60_000}
        name = f"cnns/controls/{variant}"
        entries.append(entry(name, "test accuracy", runs, "accuracy", settings, __file__))
        entries.append(entry(f"{name}/at-4", "accuracy at a shift of 4 pixels", runs, "at_4", settings, __file__))
    record(entries)
