"""The fast recipe at one, two and six epochs, and what each ingredient is worth: leave it out, keep the rest.

The settings were chosen on the validation split (cnns_settings.py); here all 60,000 training images are used and
the test images are scored once a run. Run: python experiments/cnns_fast.py
"""

from __future__ import annotations

from dataclasses import replace

from harness import arguments, entry, record, run_all

from lab_utils import data, measure, models, training
from lab_utils.training import Recipe

TWO_EPOCHS = Recipe(
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
SIX_EPOCHS = replace(TWO_EPOCHS, epochs=6, batch_size=64, weight_decay=0.05)

VARIANTS = {
    "fast-2-epochs": TWO_EPOCHS,
    "fast-6-epochs": SIX_EPOCHS,
    "fast-1-epoch": replace(TWO_EPOCHS, epochs=1),
    # A constant rate as high as the cycle's peak would be unfair: Adam's usual 1e-3 is what a reader would try.
    "without-one-cycle": replace(TWO_EPOCHS, schedule="constant", lr=1e-3),
    "without-batch-norm": TWO_EPOCHS,
    "without-batch-norm-lower-rate": replace(TWO_EPOCHS, lr=2e-3),
    "without-label-smoothing": replace(TWO_EPOCHS, label_smoothing=0.0),
    "without-weight-decay": replace(TWO_EPOCHS, weight_decay=0.0),
    "without-large-batch": replace(TWO_EPOCHS, batch_size=64),
    "without-bfloat16": replace(TWO_EPOCHS, precision="float32"),
    "without-channels-last": replace(TWO_EPOCHS, channels_last=False),
    "with-flip": replace(TWO_EPOCHS, augment=training.flip),
    "with-flip-6-epochs": replace(SIX_EPOCHS, augment=training.flip),
}


def train_and_score(variant: str, seed: int) -> dict[str, float]:
    """Test accuracy after the last epoch, and the CPU seconds of training."""
    sets = data.fashion_mnist(validation=0)
    model = models.FastCNN(batch_norm="without-batch-norm" not in variant, seed=seed)
    history = training.fit(model, sets.train, VARIANTS[variant], seed=seed, progress=False)
    accuracy = measure.accuracy(model, sets.test.x, sets.test.y)
    return {"accuracy": accuracy, "train_cpu_seconds": history.cpu_seconds}


if __name__ == "__main__":
    entries = []
    for variant, runs in run_all("cnns_fast", list(VARIANTS), train_and_score, arguments(__doc__)).items():
        settings = {
            "batch_norm": "without-batch-norm" not in variant,
            **VARIANTS[variant].settings(),
            "train_images": 60_000,
        }
        entries.append(entry(f"cnns/{variant}", "test accuracy", runs, "accuracy", settings, __file__))
        time = entry(f"cnns/{variant}/cpu", "training time", runs, "train_cpu_seconds", settings, __file__, "CPU s")
        entries.append(time)
    record(entries)
