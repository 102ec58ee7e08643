"""What the chapter measures inside its trained network, over five seeds: shifts, probes, selectivity, fields, controls.

Each seed trains the chapter's network and a dense one as the chapter does, and takes the chapter's measurements.
Run: python experiments/cnns_inside.py
"""

from __future__ import annotations

import torch
from cnns_fast import TWO_EPOCHS
from harness import arguments, entry, record, run_all
from torch import Tensor, nn

from lab_utils import data, measure, models, training
from lab_utils.training import Recipe

DENSE = Recipe(epochs=2, batch_size=128, optimizer="adamw", lr=3e-3, schedule="one-cycle")
LAYERS = ("relu1", "pool1", "relu2", "pool2", "relu3", "pool3")
NAMES = {
    "cnn_at_4": "CNN: accuracy at a shift of 4 pixels",
    "dense_at_4": "dense network: accuracy at a shift of 4 pixels",
    "shift_1_after_pooling": "relative error of equivariance after pooling, shift of 1 pixel",
    "probe_input": "linear probe on the input",
    "probe_trained": "linear probe on pool3, trained network",
    "probe_random": "linear probe on pool3, random network",
    "selectivity_first": "mean class selectivity, relu1, trained",
    "selectivity_last": "mean class selectivity, relu3, trained",
    "selectivity_random": "mean class selectivity, relu3, random network",
    "field_share": "share of conv3's window that holds half of the effect",
    "saliency_control": "correlation of saliency, trained and random network",
    "integrated_control": "correlation of absolute integrated gradients, trained and random network",
    "alone_in_training_mode": "accuracy one picture at a time, training mode minus evaluation mode",
    "sorted_in_training_mode": "accuracy in batches of 100 sorted by class, training mode minus evaluation mode",
    "shirt_recall": "share of shirts recognised",
    "next_recall": "share recognised of the second hardest class",
}


def train_and_look(variant: str, seed: int) -> dict[str, float]:
    """All of the chapter's measurements inside one trained network."""
    sets = data.fashion_mnist(validation=0)
    cnn, dense = models.FastCNN(seed=seed), models.dense_of_equal_size(121_930, seed=seed)
    training.fit(cnn, sets.train, TWO_EPOCHS, seed=seed, progress=False)
    training.fit(dense, sets.train, DENSE, seed=seed, progress=False)
    fresh = models.FastCNN(seed=seed + 100)
    return {
        **_shifts(cnn, dense, sets.test),
        **_probes(cnn, fresh, sets.train.take(4000, seed=0), sets.test.take(2000, seed=0)),
        **_controls(cnn, fresh, sets.test.x[:64]),
        **_answers(cnn, sets.test),
    }


def _shifts(cnn: nn.Sequential, dense: nn.Module, test: data.Split) -> dict[str, float]:
    at_4 = [measure.shift_consistency(net, test.x[:2000], test.y[:2000], [(0, 4)])[0, 4] for net in (cnn, dense)]
    error = measure.shift_equivariance(cnn[:4], test.x[:100], [(0, 1)])[0, 1]
    return {"cnn_at_4": at_4[0].accuracy, "dense_at_4": at_4[1].accuracy, "shift_1_after_pooling": error}


def _probes(cnn: nn.Module, fresh: nn.Module, train: data.Split, test: data.Split) -> dict[str, float]:
    trained, random = (
        measure.probe_by_layer(net, (train.x, train.y), (test.x, test.y), LAYERS) for net in (cnn, fresh)
    )
    return {
        "probe_input": trained[0].accuracy,
        "probe_trained": trained[-1].accuracy,
        "probe_random": random[-1].accuracy,
        "selectivity_first": _selectivity(cnn, "relu1", test),
        "selectivity_last": _selectivity(cnn, "relu3", test),
        "selectivity_random": _selectivity(fresh, "relu3", test),
    }


def _selectivity(net: nn.Module, layer: str, test: data.Split) -> float:
    maps = measure.activations(net, test.x[:1000], [layer])[layer]
    return measure.selectivity(maps, test.y[:1000]).nanmean().item()


def _controls(cnn: nn.Module, fresh: nn.Module, x: Tensor) -> dict[str, float]:
    field = measure.effective_receptive_field(cnn, "conv3", x[:32])
    said = measure.predict(cnn, x).argmax(1)
    saliency = [measure.saliency(net, x, said) for net in (cnn, fresh)]
    integrated = [measure.integrated_gradients(net, x, said, steps=32).attributions.abs() for net in (cnn, fresh)]
    return {
        "field_share": measure.field_extent(field, share=0.5).area / 18**2,
        "saliency_control": measure.map_likeness(*saliency),
        "integrated_control": measure.map_likeness(*integrated),
    }


def _answers(cnn: nn.Module, test: data.Split) -> dict[str, float]:
    right = measure.predict(cnn, test.x).argmax(1) == test.y
    recall = [right[test.y == k].double().mean().item() for k in range(10)]
    some = test.take(1000, seed=1)
    some = data.Split(*(each[some.y.argsort(stable=True)] for each in (some.x, some.y)))
    careful = measure.accuracy(cnn, some.x, some.y)
    alone, sorted_by_class = (_in_training_mode(cnn, some, batch_size) for batch_size in (1, 100))
    return {
        "shirt_recall": recall[6],
        "next_recall": min(recall[:6] + recall[7:]),
        "alone_in_training_mode": alone - careful,
        "sorted_in_training_mode": sorted_by_class - careful,
    }


def _in_training_mode(cnn: nn.Module, examples: data.Split, batch_size: int) -> float:
    """Accuracy of a copy that is asked in training mode, in batches in the order given."""
    twin = models.FastCNN()
    twin.load_state_dict(cnn.state_dict())
    twin.train()
    with torch.no_grad():
        answers = torch.cat([twin(batch).argmax(1) for batch in examples.x.split(batch_size)])
    return (answers == examples.y).double().mean().item()


if __name__ == "__main__":
    (runs,) = run_all("cnns_inside", ["inside"], train_and_look, arguments(__doc__)).values()
    settings = {"cnn": TWO_EPOCHS.settings(), "dense": DENSE.settings(), "train_images": 60_000}
    entries = [
        entry(f"cnns/inside/{key.replace('_', '-')}", quantity, runs, key, settings, __file__)
        for key, quantity in NAMES.items()
    ]
    record(entries)
