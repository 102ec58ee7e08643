"""The GPT that ships with the book, already trained on the book's text."""

from __future__ import annotations

import json
import zlib
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
import torch

from lab_utils.core import DataError, data_path
from lab_utils.models.transformer import GPT

RESTORE = "restore it with `git checkout -- data/gpt`, or make it again with experiments/transformers_shipped.py"
GPT_SHAPE: dict[str, Any] = {"vocabulary": 65, "context": 128, "width": 112, "depth": 3, "heads": 4}


def book_gpt(path: Path | None = None) -> GPT:
    """The book's GPT in evaluation mode: 3 layers of 4 heads, rotary positions, for the characters of `data.book_text`.

    Its weights are stored in 16 bits and used in 32. Raises DataError if the file is missing or holds another network.
    """
    path = path if path is not None else data_path("gpt", "weights.npz")
    if not path.exists():
        raise DataError(f"{path} is missing; {RESTORE}")
    model, stored = GPT(**GPT_SHAPE), _arrays(path)
    expected = {name: tuple(weight.shape) for name, weight in model.state_dict().items()}
    if {name: array.shape for name, array in stored.items()} != expected:
        raise DataError(f"{path} does not hold the weights of a GPT of {GPT_SHAPE}; {RESTORE}")
    model.load_state_dict({name: torch.from_numpy(stored[name]).float() for name in expected})
    return model.eval()


def _arrays(path: Path) -> dict[str, np.ndarray]:
    """Every array of an .npz file. Raises DataError where it is none, or was cut or changed on its way."""
    try:
        with path.open("rb") as file, np.load(file) as stored:
            return {name: stored[name] for name in stored.files}
    except (ValueError, EOFError, TypeError, BadZipFile, zlib.error) as error:
        raise DataError(f"{path} cannot be read ({error}); {RESTORE}") from error


def book_samples(path: Path | None = None) -> dict[int, str]:
    """What the book's GPT wrote after so many updates: always after the same beginning, from the same draws."""
    path = path if path is not None else data_path("gpt", "samples.json")
    if not path.exists():
        raise DataError(f"{path} is missing; {RESTORE}")
    try:
        return {int(updates): text for updates, text in json.loads(path.read_text()).items()}
    except (ValueError, AttributeError) as error:  # no JSON, or JSON of another form
        raise DataError(f"{path} cannot be read ({error}); {RESTORE}") from error


def save_gpt(model: GPT, path: Path) -> None:
    """Store the weights of `model` in 16 bits: half the size, and no answer that a reader could tell apart."""
    path.parent.mkdir(exist_ok=True)
    np.savez_compressed(path, **{name: weight.half().numpy() for name, weight in model.state_dict().items()})
