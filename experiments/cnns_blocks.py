"""What cheaper blocks cost in accuracy and save in time: the chapter's network with other blocks in stages 2 and 3.

Everything else is the fast recipe for two epochs. Run: python experiments/cnns_blocks.py
"""

from __future__ import annotations

from cnns_fast import TWO_EPOCHS
from harness import arguments, entry, record, run_all

from lab_utils import data, measure, models, training

BLOCKS = {
    "plain": models.ConvNorm,
    "separable": models.DepthwiseSeparable,
    "bottleneck": models.Bottleneck,
}


def train_and_score(variant: str, seed: int) -> dict[str, float]:
    """Test accuracy after the last epoch, and the CPU seconds of training."""
    sets = data.fashion_mnist(validation=0)
    model = models.BlockCNN(BLOCKS[variant], seed=seed)
    history = training.fit(model, sets.train, TWO_EPOCHS, seed=seed, progress=False)
    accuracy = measure.accuracy(model, sets.test.x, sets.test.y)
    return {"accuracy": accuracy, "train_cpu_seconds": history.cpu_seconds}


if __name__ == "__main__":
    entries = []
    for variant, runs in run_all("cnns_blocks", list(BLOCKS), train_and_score, arguments(__doc__)).items():
        settings = {"block": variant, **TWO_EPOCHS.settings(), "train_images": 60_000}
        entries.append(entry(f"cnns/blocks/{variant}", "test accuracy", runs, "accuracy", settings, __file__))
        name = f"cnns/blocks/{variant}/cpu"
        entries.append(entry(name, "training time", runs, "train_cpu_seconds", settings, __file__, "CPU s"))
    record(entries)
