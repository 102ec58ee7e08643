import gzip
import shutil

import pytest
import torch

from lab_utils import data
from lab_utils.core import DataError, data_path
from lab_utils.data.split import Split, hold_out


@pytest.fixture(scope="module")
def fashion():
    return data.fashion_mnist()


def test_the_set_is_complete_and_in_range(fashion):
    assert (len(fashion.train), len(fashion.validation), len(fashion.test)) == (54_000, 6_000, 10_000)
    for split in (fashion.train, fashion.validation, fashion.test):
        assert split.x.shape[1:] == (1, 28, 28)
        assert (split.x.dtype, split.y.dtype) == (torch.float32, torch.int64)
        assert (split.x.min(), split.x.max()) == (0.0, 1.0)
    labels = torch.cat([fashion.train.y, fashion.validation.y])
    assert labels.bincount().tolist() == [6000] * 10
    assert fashion.test.y.bincount().tolist() == [1000] * 10
    assert len(fashion.classes) == 10


def test_torchvisions_reader_agrees(fashion, tmp_path):
    from torchvision.datasets.mnist import read_image_file, read_label_file

    for prefix in ("t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"):
        packed = data_path("fashion-mnist", f"{prefix}.gz").read_bytes()
        (tmp_path / prefix).write_bytes(gzip.decompress(packed))
    images = read_image_file(str(tmp_path / "t10k-images-idx3-ubyte"))
    assert torch.equal((fashion.test.x[:, 0] * 255).round().to(torch.uint8), images)
    assert torch.equal(fashion.test.y, read_label_file(str(tmp_path / "t10k-labels-idx1-ubyte")))


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_the_validation_split_is_seeded_disjoint_and_complete(seed):
    whole = Split(torch.arange(100.0).reshape(100, 1, 1, 1), torch.arange(100))
    train, kept = hold_out(whole, share=0.2, seed=seed)
    assert (len(train), len(kept)) == (80, 20)
    assert sorted(torch.cat([train.y, kept.y]).tolist()) == list(range(100))
    again, _ = hold_out(whole, share=0.2, seed=seed)
    other, _ = hold_out(whole, share=0.2, seed=seed + 1)
    assert torch.equal(train.y, again.y)
    assert not torch.equal(train.y, other.y)
    assert torch.equal(train.x.flatten().long(), train.y)


def test_a_share_that_leaves_nothing_is_refused():
    with pytest.raises(ValueError, match="up to, but not including, 1, got 1"):
        data.fashion_mnist(validation=1)


def test_take_is_seeded_and_bounded(fashion):
    assert torch.equal(fashion.test.take(5, seed=1).y, fashion.test.take(5, seed=1).y)
    with pytest.raises(ValueError, match="count from 1 to 10000, got 0"):
        fashion.test.take(0, seed=0)


@pytest.fixture
def copied(tmp_path):
    folder = tmp_path / "fashion-mnist"
    shutil.copytree(data_path("fashion-mnist"), folder)
    return folder


def test_a_missing_file_is_named(copied):
    (copied / "train-labels-idx1-ubyte.gz").unlink()
    with pytest.raises(DataError, match=r"train-labels-idx1-ubyte.gz is missing; restore it with `git checkout"):
        data.fashion_mnist(folder=copied)


def test_a_truncated_file_is_named(copied):
    path = copied / "train-images-idx3-ubyte.gz"
    path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises(DataError, match=r"train-images-idx3-ubyte.gz is not a whole gzip file .*; restore it"):
        data.fashion_mnist(folder=copied)


def test_an_altered_file_is_named_with_both_checksums(copied):
    path = copied / "train-labels-idx1-ubyte.gz"
    content = bytearray(gzip.decompress(path.read_bytes()))
    content[100] ^= 1
    path.write_bytes(gzip.compress(bytes(content)))
    with pytest.raises(DataError, match=r"train-labels.* has been altered: expected content with SHA-256 \w+, got \w+"):
        data.fashion_mnist(folder=copied)
    assert {p.name for p in copied.iterdir()} == {p.name for p in data_path("fashion-mnist").iterdir()}
