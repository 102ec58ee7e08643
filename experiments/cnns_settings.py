"""Choose the fast recipe's settings on the validation split; the test images are never looked at here.

Trains on 54,000 images and scores on the 6,000 kept back: a grid over learning rate, batch size and augmentation for
two epochs, and over augmentation, batch size and weight decay for six. It serves to choose, not to state.
Run: python experiments/cnns_settings.py --seeds 1
"""

from __future__ import annotations

from dataclasses import replace
from itertools import product

from cnns_fast import TWO_EPOCHS
from harness import arguments, run_all

from lab_utils import data, measure, models, training

AUGMENTATIONS = {"none": None, "flip": training.flip, "shift": training.translate}

SHORT = {
    f"2 epochs, lr {lr}, batch {batch}, {augment}": replace(
        TWO_EPOCHS, lr=lr, batch_size=batch, augment=AUGMENTATIONS[augment]
    )
    for lr, batch, augment in product((3e-3, 6e-3, 1.2e-2), (64, 128), ("none", "flip"))
}
LONG = {
    f"6 epochs, lr {lr}, {augment}": replace(TWO_EPOCHS, epochs=6, lr=lr, augment=AUGMENTATIONS[augment])
    for lr, augment in product((6e-3, 1.2e-2), ("flip", "shift"))
}
LONG |= {
    f"6 epochs, batch {batch}, weight decay {decay}, none": replace(
        TWO_EPOCHS, epochs=6, batch_size=batch, weight_decay=decay
    )
    for batch, decay in ((128, 0.01), (64, 0.01), (64, 0.05))
}
VARIANTS = SHORT | LONG


def train_and_score(variant: str, seed: int) -> dict[str, float]:
    """Validation accuracy of one setting."""
    sets = data.fashion_mnist(validation=0.1)
    model = models.FastCNN(seed=seed)
    training.fit(model, sets.train, VARIANTS[variant], seed=seed, progress=False)
    return {"validation_accuracy": measure.accuracy(model, sets.validation.x, sets.validation.y)}


if __name__ == "__main__":
    scores = run_all("cnns_settings", list(VARIANTS), train_and_score, arguments(__doc__))
    for variant, runs in sorted(scores.items(), key=lambda item: -item[1][0]["validation_accuracy"]):
        print(f"{runs[0]['validation_accuracy']:.4f}  {variant}")
