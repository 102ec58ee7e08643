"""A view across a cut keeps distances from the cut and the widest direction along it."""

import numpy as np
import pytest
import torch
from sklearn.decomposition import PCA

from lab_utils import measure
from lab_utils.core import generator


@pytest.mark.parametrize("dimensions", [2, 3, 8, 40])
@pytest.mark.parametrize("seed", range(3))
def test_distances_and_the_widest_direction_along_the_cut(dimensions, seed):
    chance = generator(seed)
    h = torch.randn(60, dimensions, generator=chance) * torch.arange(1.0, dimensions + 1)
    w, b = torch.randn(dimensions, generator=chance), 0.7
    seen = measure.across_cut(h, w[None], torch.tensor([b]))
    foot = h.double() - torch.outer(seen[:, 0], w.double() / w.double().norm())
    torch.testing.assert_close(foot @ w.double() + b, torch.zeros(60, dtype=torch.float64), atol=1e-5, rtol=0)
    widest = PCA(1).fit_transform(foot.numpy())[:, 0]
    np.testing.assert_allclose(np.abs(seen[:, 1].numpy()), np.abs(widest), atol=1e-6)


def test_a_turn_of_the_space_changes_nothing():
    chance = generator(0)
    h, w = torch.randn(50, 6, generator=chance).double(), torch.randn(6, generator=chance).double()
    turn = torch.linalg.qr(torch.randn(6, 6, generator=chance).double()).Q
    before, after = measure.across_cut(h, w, 0.3), measure.across_cut(h @ turn, w @ turn, 0.3)
    torch.testing.assert_close(after[:, 0], before[:, 0])
    torch.testing.assert_close(after[:, 1].abs(), before[:, 1].abs())


def test_scale_of_the_weights_does_not_matter():
    chance = generator(1)
    h, w = torch.randn(20, 4, generator=chance), torch.randn(4, generator=chance)
    torch.testing.assert_close(measure.across_cut(h, w, 0.5), measure.across_cut(h, 3 * w, 1.5))


@pytest.mark.parametrize(
    ("h", "w", "words"),
    [
        (torch.zeros(5, 3), torch.ones(2), r"got \(5, 3\) and \(2,\)"),
        (torch.zeros(1, 3), torch.ones(3), "N of at least 2"),
        (torch.zeros(5), torch.ones(5), r"h \(N, D\)"),
        (torch.zeros(5, 3), torch.zeros(3), "not all zero"),
        (torch.full((5, 3), torch.nan), torch.ones(3), "finite points"),
    ],
)
def test_bad_input(h, w, words):
    with pytest.raises(ValueError, match=words):
        measure.across_cut(h, w)
