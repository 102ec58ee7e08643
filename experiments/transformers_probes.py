"""What each layer of the book's GPT holds: linear probes on the residual stream, beside those of an untrained GPT.

At random places of the text a ridge classifier reads, from the 112 numbers of the residual stream at that place: the
kind of the character there; whether its word ends with it; how many letters into its word it stands; which sixteenth of
the window it is; the next character; the character two places before. Trained on training text, scored on validation
text. There is one trained network: a "seed" draws other places, and other weights for the untrained one.
Run: python experiments/transformers_probes.py
"""

from __future__ import annotations

import torch
from harness import arguments, entry, record, run_all
from torch import Tensor

from lab_utils import data, measure, models
from lab_utils.core import generator

CONTEXT, FIRST = 128, 16  # places before FIRST have seen too little
TRAIN_PLACES, TEST_PLACES, WINDOWS = 8000, 4000, 400
NETWORKS = ("trained", "untrained")


def letters_before(ids: Tensor, is_letter: Tensor) -> Tensor:
    """How many letters of the same word stand before each place of ids (B, T), at most 7; 8 where no letter stands."""
    count = torch.zeros_like(ids)
    for place in range(1, ids.shape[1]):
        goes_on = is_letter[ids[:, place]] & is_letter[ids[:, place - 1]]
        count[:, place] = torch.where(goes_on, count[:, place - 1] + 1, 0)
    return torch.where(is_letter[ids], count.clamp(max=7), 8)


def labels_of(windows: data.Split, characters: str) -> dict[str, Tensor]:
    """What is asked about each place of the windows: int64 (B, T) each."""
    kinds = [_kind(character) for character in characters]
    kind = torch.tensor([sorted(set(kinds)).index(each) for each in kinds])
    is_letter = torch.tensor([character.isalpha() for character in characters])
    x, y = windows.x, windows.y
    return {
        "kind": kind[x],
        "word-end": (is_letter[x] & ~is_letter[y]).long(),
        "letters-before": letters_before(x, is_letter),
        "place": (torch.arange(x.shape[1]) // 8).expand_as(x),
        "next": y,
        "two-before": torch.cat([x[:, :2], x[:, :-2]], dim=1),
    }


def _kind(character: str) -> str:
    if character.isalpha():
        return "capital" if character.isupper() else "vowel" if character in "aeiou" else "consonant"
    return "space" if character.isspace() else "punctuation"


def sampled(windows: data.Split, count: int, seed: int, model: models.GPT, characters: str) -> tuple[dict, dict]:
    """Residual streams {layer: (count, C)} and labels {what: (count,)} at `count` random places of the windows."""
    width = CONTEXT - FIRST
    chosen = torch.randperm(len(windows) * width, generator=generator(seed))[:count]
    at = (chosen // width, FIRST + chosen % width)
    blocks = [f"blocks.{number}" for number in range(len(model.blocks))]
    with torch.no_grad():
        stream = {"0": model.embedded(windows.x)[at]}
    for number, features in enumerate(measure.activations(model, windows.x, blocks).values(), start=1):
        stream[str(number)] = features[at]
    return stream, {what: label[at] for what, label in labels_of(windows, characters).items()}


def probe(variant: str, seed: int) -> dict[str, float]:
    """Accuracy of each probe on each layer, and of always saying the most frequent answer."""
    text, trained = data.book_text(), models.book_gpt()
    model = trained if variant == "trained" else models.GPT(**models.GPT_SHAPE, seed=seed).eval()
    parts = []
    for ids, count in ((text.train, TRAIN_PLACES), (text.validation, TEST_PLACES)):
        windows = data.random_windows(ids, CONTEXT, WINDOWS, seed=seed)
        parts.append(sampled(windows, count, seed, model, text.characters))
    (train_x, train_y), (test_x, test_y) = parts
    found = {}
    for what, answers in test_y.items():
        found[f"{what}/guess"] = (answers == train_y[what].mode().values).double().mean().item()
        for layer, features in test_x.items():
            found[f"{what}/{layer}"] = measure.linear_probe(train_x[layer], train_y[what], features, answers)
    return found


if __name__ == "__main__":
    options = arguments(__doc__)
    settings = {"places": [TRAIN_PLACES, TEST_PLACES], "probe": "ridge", "penalty": 0.01, "first place": FIRST}
    entries = []
    for variant, runs in run_all("transformers_probes", list(NETWORKS), probe, options).items():
        for key in runs[0].keys() - {"cpu_seconds"}:
            name = f"transformers/probes/{variant}/{key}"
            entries.append(entry(name, "probe accuracy", runs, key, settings, __file__))
    record(entries)
