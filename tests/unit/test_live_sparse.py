"""The Python side of the sparse coding figure: what it refuses, what it hands on, and the still picture."""

import base64
import io
import re

import numpy as np
import pytest
from PIL import Image

from lab_utils.live import sparse_code

RANDOM = np.random.default_rng(0)
PHOTO = RANDOM.standard_normal((60, 80))
ATOMS = RANDOM.standard_normal((36, 100)).astype(np.float32)


@pytest.mark.parametrize(
    ("arguments", "settings", "message"),
    [
        ((PHOTO,), {}, "expected photos as a mapping of 1 to 4 names to arrays, got ndarray"),
        (({},), {}, "expected photos as a mapping of 1 to 4 names"),
        (({"a": PHOTO[:30]},), {}, r"expected photo 'a' of shape .* from 40 to 420, got \(30, 80\)"),
        (({"a": PHOTO[None].repeat(2, 0)},), {}, r"expected photo 'a' of shape .* got \(2, 60, 80\)"),
        (({"a": np.zeros((60, 500))},), {}, r"got \(60, 500\)"),
        (({"a": PHOTO * np.nan},), {}, "expected photo 'a' as finite floats that differ"),
        (({"a": np.ones((60, 80))},), {}, "expected photo 'a' as finite floats that differ"),
        (({"a": (9 * PHOTO).astype(int)},), {}, "expected photo 'a' as finite floats that differ, got int"),
        (({"a": PHOTO}, ATOMS[:, :99]), {}, r"expected learned of shape \(K, 100\), K from 4 to 144, got \(36, 99\)"),
        (({"a": PHOTO}, ATOMS[:3]), {}, r"got \(3, 100\)"),
        (({"a": PHOTO}, 0 * ATOMS), {}, "expected learned as finite floats, no atom zero"),
        (({"a": PHOTO}, np.inf * ATOMS), {}, "expected learned as finite floats"),
        (({"a": PHOTO},), {"penalty": 0}, "expected penalty to be a number from 0.1 to 10, got 0"),
        (({"a": PHOTO},), {"penalty": float("nan")}, "expected penalty to be a number"),
        (({"a": PHOTO},), {"atoms": 50}, "expected atoms to be one of 36, 64, 100, got 50"),
        (({"a": PHOTO},), {"size": 5}, "expected size to be a whole number from 6 to 12, got 5"),
        (({"a": PHOTO},), {"seed": 1.5}, "expected seed to be a whole number from 0 to 20, got 1.5"),
    ],
)
def test_what_it_refuses(arguments, settings, message):
    with pytest.raises(ValueError, match=message):
        sparse_code(*arguments, **settings)


def test_the_page_receives_the_photos_and_the_atoms_in_small_numbers():
    figure = sparse_code({"one": PHOTO, "two": PHOTO[None, None, :, :50]}, ATOMS, penalty=0.5, seed=3)
    assert figure.data["start"] == {"penalty": 0.5, "atoms": 64, "seed": 3, "speed": 1}
    one, two = figure.data["photos"]
    assert (one.dtype, one.shape, two.shape) == (np.int8, (60, 80), (60, 50))
    np.testing.assert_allclose(one * np.abs(PHOTO).max() / 127, PHOTO, atol=np.abs(PHOTO).max() / 254 * 1.001)
    rows = figure.data["learned"].astype(float)
    cosines = (rows * ATOMS).sum(1) / np.linalg.norm(rows, axis=1) / np.linalg.norm(ATOMS, axis=1)
    assert cosines.min() > 0.9999


def test_without_javascript_the_learned_atoms_stand():
    fallback = sparse_code({"a": PHOTO}, ATOMS).fallback
    sheet = np.asarray(Image.open(io.BytesIO(base64.b64decode(re.search(r"base64,([^\"]+)", fallback)[1]))))
    assert sheet.shape == (6 * 11 + 1, 6 * 11 + 1)
    tile = sheet[1 + 11 : 11 + 11, 1 + 22 : 11 + 22].astype(float) - 128  # second row, third column: atom 8
    atom = 127 * ATOMS[8] / np.abs(ATOMS[8]).max()
    np.testing.assert_allclose(tile.flatten(), atom, atol=0.51)
    assert "36 atoms of 10 by 10 pixels" in fallback
    assert "<img" not in sparse_code({"a": PHOTO}).fallback
