"""The book's text: a story, two plays and a poem as one long row of characters, and windows cut out of it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from lab_utils.core import DataError, data_path, generator
from lab_utils.data.split import Split

CHECKSUM = "c94909da592c178206726fbc2a272fb4916c2ee05792a2580884af872318ae13"
RESTORE = "restore it with `git checkout -- data/text`, or install the package again"
BREAK = "%\n"  # a line of its own between two works


@dataclass(frozen=True)
class TextData:
    """A text as numbers: `train` and `validation`, int64 (N,), index `characters`, its alphabet in sorted order."""

    train: Tensor
    validation: Tensor
    characters: str

    def encode(self, text: str) -> Tensor:
        """The characters of `text` as numbers, int64 (N,). Raises ValueError naming those that the alphabet lacks."""
        unknown = sorted(set(text) - set(self.characters))
        if unknown:
            raise ValueError(f"expected characters among {self.characters!r}, got {''.join(unknown)!r}")
        number = {character: place for place, character in enumerate(self.characters)}
        return torch.tensor([number[character] for character in text], dtype=torch.int64)

    def decode(self, ids: Tensor) -> str:
        """The text that the numbers `ids` (N,) stand for."""
        if ids.ndim != 1 or ids.is_floating_point():
            raise ValueError(f"expected whole numbers of shape (N,), got {ids.dtype} of shape {tuple(ids.shape)}")
        if len(ids) and not 0 <= int(ids.min()) <= int(ids.max()) < len(self.characters):
            raise ValueError(f"expected numbers from 0 to {len(self.characters) - 1}, got {ids.min()} to {ids.max()}")
        return "".join(self.characters[number] for number in ids.tolist())


def book_text(*, validation: float = 0.1, path: Path | None = None) -> TextData:
    """Alice in Wonderland, As You Like It, Hamlet and Paradise Lost: 65 different characters, 0.9 million in all.

    The last `validation` share of *each* work is kept back. A random tenth would not do: its neighbours, and with them
    half of every sentence, would have been seen in training. Raises DataError if the file is missing or altered.
    """
    if not 0 < validation < 1:
        raise ValueError(f"expected a validation share between 0 and 1, got {validation}")
    works = _read(path if path is not None else data_path("text", "book.txt")).split(BREAK)
    characters = "".join(sorted(set("".join(works))))
    cuts = [round((1 - validation) * len(work)) for work in works]
    everything = TextData(torch.empty(0), torch.empty(0), characters)
    return TextData(
        train=everything.encode("".join(work[:cut] for work, cut in zip(works, cuts, strict=True))),
        validation=everything.encode("".join(work[cut:] for work, cut in zip(works, cuts, strict=True))),
        characters=characters,
    )


def random_windows(ids: Tensor, length: int, count: int, *, seed: int = 0) -> Split:
    """`count` windows from random places of `ids` (N,): x (count, length), and y, the same one character further on.

    One epoch over them is what language models are trained by: each update sees a few places of the text.
    """
    _expect_text(ids, length)
    if count < 1:
        raise ValueError(f"expected a count of at least 1, got {count}")
    starts = torch.randint(len(ids) - length, (count,), generator=generator(seed))
    return _cut(ids, length, starts)


def all_windows(ids: Tensor, length: int) -> Split:
    """`ids` (N,) cut into neighbouring windows: x ((N−1)//length, length), and y, one character further on."""
    _expect_text(ids, length)
    return _cut(ids, length, torch.arange((len(ids) - 1) // length) * length)


def repeated_rows(count: int, length: int, tokens: int, *, periods: tuple[int, int], seed: int = 0) -> Split:
    """Random rows that repeat themselves: x (count, length), and y, the same one token further on.

    Each row draws its period from `periods` (both ends included), then as many of `tokens` tokens; the first round
    cannot be foretold, every later one can, by whoever finds the token's last place and looks one further.
    """
    shortest, longest = periods
    if not 1 <= shortest <= longest < length or tokens < 2 or count < 1:
        raise ValueError(
            f"expected a count, 2 tokens or more and periods below {length}, got {count}, {tokens} and {periods}"
        )
    chance = generator(seed)
    period = torch.randint(shortest, longest + 1, (count, 1), generator=chance)
    first_round = torch.randint(tokens, (count, longest), generator=chance)
    rows = first_round.gather(1, torch.arange(length + 1) % period)  # (count, length + 1)
    return Split(rows[:, :-1].contiguous(), rows[:, 1:].contiguous())


def _cut(ids: Tensor, length: int, starts: Tensor) -> Split:
    places = starts[:, None] + torch.arange(length + 1)  # (M, 1) + (L+1,) -> (M, L+1)
    windows = ids[places]
    return Split(windows[:, :-1].contiguous(), windows[:, 1:].contiguous())


def _expect_text(ids: Tensor, length: int) -> None:
    if ids.ndim != 1 or ids.dtype != torch.int64:
        raise ValueError(f"expected a text as int64 of shape (N,), got {ids.dtype} of shape {tuple(ids.shape)}")
    if not 1 <= length < len(ids):
        raise ValueError(f"expected a window length from 1 to {len(ids) - 1}, got {length}")


def _read(path: Path) -> str:
    if not path.exists():
        raise DataError(f"{path} is missing; {RESTORE}")
    content = path.read_bytes().replace(b"\r\n", b"\n")  # git on Windows may have changed the line ends
    found = hashlib.sha256(content).hexdigest()
    if found != CHECKSUM:
        raise DataError(f"{path} has been altered: expected SHA-256 {CHECKSUM}, got {found}; {RESTORE}")
    return content.decode("ascii")[:-1]
