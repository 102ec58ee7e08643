"""The book's text, windows of it, and training on it: no character lost, nothing from the future, one loop for all."""

import dataclasses
import math

import pytest
import torch
from torch.nn import functional as F

from lab_utils import data
from lab_utils.core import DataError, data_path
from lab_utils.models import GPT, GPT_SHAPE, book_gpt, book_samples, save_gpt
from lab_utils.training import LossAlong, Recipe, fit, next_character_loss, text_loss


@pytest.fixture(scope="module")
def text():
    return data.book_text()


def test_the_text_is_there_in_full(text):
    assert len(text.characters) == 65
    assert text.characters == "".join(sorted(text.characters))
    works = data_path("text", "book.txt").read_text().split("%\n")
    assert len(works) == 4
    assert len(text.train) + len(text.validation) == sum(map(len, works)) - 1  # the file's last line break
    assert text.decode(text.train[:9]) == "CHAPTER I"
    assert text.decode(text.validation[-38:]) == "Through Eden took their solitary way."[-38:].rjust(38, "\n")


def test_validation_is_the_end_of_each_work(text):
    kept = text.decode(text.validation)
    for known in ("Alice's Evidence", "HYMEN:", "The rest is silence", "hand in hand, with wandering steps"):
        assert known in kept
        assert known not in text.decode(text.train)
    assert len(text.validation) / (len(text.train) + len(text.validation)) == pytest.approx(0.1, abs=1e-4)
    assert len(data.book_text(validation=0.3).validation) == pytest.approx(3 * len(text.validation), rel=1e-4)


@pytest.mark.parametrize("words", ["Alice", "To be, or not to be: that is the question", "", "a\nb"])
def test_encoding_and_back(text, words):
    assert text.decode(text.encode(words)) == words


def test_an_altered_or_missing_text_is_refused(tmp_path):
    with pytest.raises(DataError, match="is missing"):
        data.book_text(path=tmp_path / "none.txt")
    path = tmp_path / "book.txt"
    path.write_text(data_path("text", "book.txt").read_text().replace("Alice", "Bob", 1))
    with pytest.raises(DataError, match="has been altered"):
        data.book_text(path=path)


@pytest.mark.parametrize("seed", range(3))
def test_random_windows_come_from_the_text_and_look_one_ahead(text, seed):
    windows = data.random_windows(text.train, 20, 50, seed=seed)
    assert windows.x.shape == windows.y.shape == (50, 20)
    assert torch.equal(windows.x[:, 1:], windows.y[:, :-1])
    everything = text.decode(text.train)
    assert all(text.decode(row) in everything for row in windows.x)
    assert torch.equal(windows.x, data.random_windows(text.train, 20, 50, seed=seed).x)
    assert not torch.equal(windows.x, data.random_windows(text.train, 20, 50, seed=seed + 1).x)


@pytest.mark.parametrize(("length", "count"), [(10, 3), (9, 3), (11, 3), (1, 30), (30, 1)])
def test_all_windows_cover_the_text_without_overlap(length, count):
    ids = torch.arange(31 if length != 11 else 34)
    windows = data.all_windows(ids, length)
    assert windows.x.shape == (count, length)
    assert torch.equal(windows.x.flatten(), ids[: count * length])
    assert torch.equal(windows.y.flatten(), ids[1 : count * length + 1])


def test_repeated_rows_repeat_with_their_own_periods():
    rows = data.repeated_rows(300, 40, 16, periods=(5, 9), seed=1)
    assert torch.equal(rows.x[:, 1:], rows.y[:, :-1])
    repeats = torch.stack([(rows.x[:, period:] == rows.x[:, :-period]).all(1) for period in range(5, 10)])
    assert repeats.any(0).all()
    assert (repeats.sum(1) > 20).all()  # each period occurs
    assert rows.x.unique().tolist() == list(range(16))


def test_the_loss_is_cross_entropy_over_all_places():
    logits = torch.randn(3, 5, 7, generator=torch.Generator().manual_seed(0))
    y = torch.randint(7, (3, 5), generator=torch.Generator().manual_seed(1))
    by_hand = -logits.log_softmax(-1).gather(-1, y[..., None]).mean()
    torch.testing.assert_close(next_character_loss(logits, y), by_hand)
    torch.testing.assert_close(next_character_loss(logits, y), F.cross_entropy(logits.transpose(1, 2), y))


def test_the_books_loop_trains_a_language_model_as_one_written_by_hand(text):
    windows = data.random_windows(text.train, 16, 12, seed=0)
    recipe = Recipe(epochs=1, batch_size=4, optimizer="adamw", lr=1e-2, clip_norm=1.0)
    held_out = data.all_windows(text.validation[:200], 16)
    model, twin = GPT(65, 16, 16, 1, 2), GPT(65, 16, 16, 1, 2)
    along = LossAlong(held_out, [0, 1, 3])
    fit(model, windows, recipe, loss=next_character_loss, seed=3, callbacks=[along], progress=False)

    optimizer = torch.optim.AdamW(twin.parameters(), lr=1e-2, weight_decay=0.0)
    losses = {0: text_loss(twin, held_out)}
    order = torch.randperm(12, generator=torch.Generator().manual_seed(3))
    for step, chosen in enumerate(order.split(4), start=1):
        optimizer.zero_grad()
        logits = twin(windows.x[chosen])
        F.cross_entropy(logits.flatten(0, 1), windows.y[chosen].flatten()).backward()
        torch.nn.utils.clip_grad_norm_(twin.parameters(), 1.0)
        optimizer.step()
        losses[step] = text_loss(twin, held_out)
    for name, weight in model.state_dict().items():
        torch.testing.assert_close(weight, twin.state_dict()[name])
    assert along.losses == pytest.approx({step: losses[step] for step in (0, 1, 3)}, abs=1e-6)
    assert along.losses[0] == pytest.approx(math.log(65), abs=0.05)
    assert along.losses[3] < along.losses[1] < along.losses[0]


def test_the_shipped_gpt_is_whole_and_better_than_counting(text):
    """Interpolated counts of the last four letters reach 1.59 nats on this text; a network that does not beat them has
    learned nothing that a table could not."""
    gpt = book_gpt()
    held_out = data.all_windows(text.validation, GPT_SHAPE["context"])
    part = data.Split(held_out.x[::8], held_out.y[::8])
    assert text_loss(gpt, part) < 1.58
    assert not gpt.training
    assert sum(weight.numel() for weight in gpt.parameters()) <= 500_000
    assert data_path("gpt", "weights.npz").stat().st_size < 1_000_000
    for weight in gpt.parameters():
        assert torch.equal(weight, weight.half().float())


def test_the_shipped_samples_start_alike_and_use_the_texts_characters(text):
    samples = book_samples()
    assert list(samples) == sorted(samples)
    assert next(iter(samples)) == 0
    assert len(set(samples.values())) == len(samples) >= 4
    assert len({written[:6] for written in samples.values()}) == 1
    for written in samples.values():
        assert len(text.encode(written)) > 100


def test_stored_weights_come_back_and_others_are_refused(tmp_path):
    gpt = GPT(**GPT_SHAPE, seed=4)
    save_gpt(gpt, tmp_path / "weights.npz")
    for name, weight in book_gpt(tmp_path / "weights.npz").state_dict().items():
        assert torch.equal(weight, gpt.state_dict()[name].half().float())
    save_gpt(GPT(65, 16, 16, 1, 2), tmp_path / "other.npz")
    with pytest.raises(DataError, match="does not hold"):
        book_gpt(tmp_path / "other.npz")
    with pytest.raises(DataError, match="is missing"):
        book_gpt(tmp_path / "none.npz")
    with pytest.raises(DataError, match="is missing"):
        book_samples(tmp_path / "none.json")


def test_broken_files_are_refused_with_the_way_back(tmp_path):
    save_gpt(GPT(**GPT_SHAPE), tmp_path / "weights.npz")
    whole = (tmp_path / "weights.npz").read_bytes()
    flipped = whole[:5000] + bytes(100) + whole[5100:]
    for broken in (b"", b"no weights", whole[: len(whole) // 2], flipped):
        (tmp_path / "weights.npz").write_bytes(broken)
        with pytest.raises(DataError, match=r"cannot be read .*; restore it with"):
            book_gpt(tmp_path / "weights.npz")
    for broken in ("", "no samples", "[1, 2]"):
        (tmp_path / "samples.json").write_text(broken)
        with pytest.raises(DataError, match=r"cannot be read .*; restore it with"):
            book_samples(tmp_path / "samples.json")


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda text: text.encode("naïve 7"), "got '7ï'"),
        (lambda text: text.decode(torch.tensor([65])), "from 0 to 64"),
        (lambda text: text.decode(torch.tensor([-1])), "from 0 to 64"),
        (lambda text: text.decode(torch.zeros(2, 2, dtype=torch.int64)), r"\(N,\)"),
        (lambda text: text.decode(torch.zeros(2)), "float32"),
        (lambda text: data.book_text(validation=1), "between 0 and 1"),
        (lambda text: data.book_text(validation=math.nan), "between 0 and 1"),
        (lambda text: data.random_windows(text.train, 0, 1), "window length from 1"),
        (lambda text: data.random_windows(text.train[:5], 5, 1), "from 1 to 4, got 5"),
        (lambda text: data.random_windows(text.train, 5, 0), "count of at least 1"),
        (lambda text: data.all_windows(text.train.float(), 5), "int64"),
        (lambda text: data.repeated_rows(1, 10, 4, periods=(5, 4)), "periods below 10"),
        (lambda text: data.repeated_rows(1, 10, 4, periods=(5, 10)), "periods below 10"),
        (lambda text: next_character_loss(torch.zeros(2, 3), torch.zeros(2)), r"\(B, T, V\)"),
        (lambda text: next_character_loss(torch.zeros(2, 3, 4), torch.zeros(2, 4)), r"\(B, T\)"),
        (lambda text: next_character_loss(torch.zeros(0, 3, 4), torch.zeros(0, 3).long()), "at least one character"),
        (lambda text: next_character_loss(torch.zeros(1, 3, 4), torch.zeros(1, 3)), "int64, got torch.float32"),
        (lambda text: next_character_loss(torch.zeros(1, 3, 4), torch.full((1, 3), 4)), "from 0 to 3, got 4 to 4"),
        (lambda text: next_character_loss(torch.zeros(1, 3, 4), torch.full((1, 3), -100)), "from 0 to 3, got -100"),
        (lambda text: LossAlong(data.all_windows(text.validation[:20], 5), [0, -1]), "whole numbers.* got -1"),
        (lambda text: LossAlong(data.all_windows(text.validation[:20], 5), [0.5]), "whole numbers.* got 0.5"),
    ],
)
def test_bad_input_is_refused_in_words(text, call, words):
    with pytest.raises(ValueError, match=words):
        call(text)


def test_text_data_is_a_value(text):
    with pytest.raises(dataclasses.FrozenInstanceError):
        text.characters = "abc"
