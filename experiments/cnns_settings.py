"""Choose the fast recipe's settings on the validation split; the test images are never looked at here.

Trains on 54,000 images and scores on the 6,000 kept back: a grid over learning rate, batch size and augmentation for
two epochs, and over augmentation, batch size and weight decay for six. It serves to choose, not to state.
Run: python experiments/cnns_settings.py --seeds 1
"""

from __future__ import annotations

from dataclasses import replace
from itertools import product

from harness import arguments, run_all

from lab_utils import data, measure, models, training
from lab_utils.training import Recipe

BASE = Recipe(
    epochs=2,
    batch_size=128,
    optimizer="adamw",
    lr=6e-3,
    weight_decay=0.01,
    schedule="one-cycle",
    label_smoothing=0.1,
    precision="auto",
    channels_last=True,
)
AUGMENTATIONS = {"none": None, "flip": training.flip, "shift": training.translate}

TWO_EPOCHS = {
    f"2 epochs, lr {lr}, batch {batch}, {augment}": replace(
        BASE, lr=lr, batch_size=batch, augment=AUGMENTATIONS[augment]
    )
    for lr, batch, augment in product((3e-3, 6e-3, 1.2e-2), (64, 128), ("none", "flip"))
}
SIX_EPOCHS = {
    f"6 epochs, lr {lr}, {augment}": replace(BASE, epochs=6, lr=lr, augment=AUGMENTATIONS[augment])
    for lr, augment in product((6e-3, 1.2e-2), ("flip", "shift"))
}
SIX_EPOCHS |= {
    f"6 epochs, batch {batch}, weight decay {decay}, none": replace(
        BASE, epochs=6, batch_size=batch, weight_decay=decay
    )
    for batch, decay in ((128, 0.01), (64, 0.01), (64, 0.05))
}
VARIANTS = TWO_EPOCHS | SIX_EPOCHS


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
