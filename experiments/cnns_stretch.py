"""How far do 0.3 million parameters go in ten minutes on two cores? Twenty CPU minutes a run, one thread each.

The fast recipe with two convolutions in the second and third stage, flips and shifts, and as many epochs as the budget
allows. Run: python experiments/cnns_stretch.py
"""

from __future__ import annotations

from dataclasses import replace

from cnns_fast import TWO_EPOCHS
from harness import arguments, entry, record, run_all

from lab_utils import data, measure, models, training

EPOCHS = 24  # about 45 CPU seconds each: 18 of the 20 CPU minutes, to leave room for a slower day
RECIPE = replace(TWO_EPOCHS, epochs=EPOCHS, augment=training.compose(training.flip, training.translate))


def train_and_score(variant: str, seed: int) -> dict[str, float]:
    """Test accuracy of one run, plain and averaged over each image and its mirror image."""
    sets = data.fashion_mnist(validation=0)
    model = models.FastCNN(convs_per_stage=(1, 2, 2), seed=seed)
    history = training.fit(model, sets.train, RECIPE, seed=seed, progress=False)
    logits = measure.predict(model, sets.test.x)
    mirrored = measure.predict(model, sets.test.x.flip(-1))
    right = [(each.argmax(1) == sets.test.y).float().mean().item() for each in (logits, logits + mirrored)]
    return {"accuracy": right[0], "mirror_averaged": right[1], "train_cpu_seconds": history.cpu_seconds}


if __name__ == "__main__":
    (runs,) = run_all("cnns_stretch", ["stretch"], train_and_score, arguments(__doc__)).values()
    settings = {**RECIPE.settings(), "augment": "flip, translate", "parameters": 289_130}
    entries = [
        entry("cnns/stretch", "test accuracy", runs, "accuracy", settings, __file__),
        entry("cnns/stretch/mirror-averaged", "test accuracy", runs, "mirror_averaged", settings, __file__),
        entry("cnns/stretch/cpu", "training time", runs, "train_cpu_seconds", settings, __file__, "CPU s"),
    ]
    record(entries, 4)
