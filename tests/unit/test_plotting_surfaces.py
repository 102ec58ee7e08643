"""Contours and paths draw what they are given; in full under tests/unit/test_plotting.py."""

import numpy as np
import pytest

from lab_utils import plotting
from lab_utils.plotting.surfaces import _levels
from lab_utils.training import SURFACES


@pytest.fixture
def ax():
    return plotting.figure()[1]


@pytest.mark.parametrize("name", SURFACES)
@pytest.mark.parametrize("log", [False, True])
def test_every_surface_can_be_drawn(ax, name, log):
    xs, ys, heights = SURFACES[name].grid(31)
    plotting.contours(ax, xs, ys, heights, log=log, levels=10)
    lines = ax.collections[-1]
    assert len(lines.get_paths()) == 11
    drawn = np.concatenate([each.vertices for each in lines.get_paths() if len(each.vertices)])
    surface = SURFACES[name]
    assert drawn[:, 0].min() >= surface.domain[0] - 1e-9
    assert drawn[:, 1].max() <= surface.domain[3] + 1e-9


def test_rows_are_ys(ax):
    """Heights that grow along y alone give level lines along x."""
    ys = np.linspace(0, 1, 5)
    plotting.contours(ax, np.arange(3.0), ys, np.tile(ys[:, None], (1, 3)), levels=4)
    inner = ax.collections[-1].get_paths()[2].vertices
    assert np.ptp(inner[:, 1]) == pytest.approx(0)
    assert inner[0, 1] == pytest.approx(0.5)
    assert np.ptp(inner[:, 0]) == pytest.approx(2)


def test_logarithmic_levels_have_equal_ratios_above_the_floor():
    lines = _levels(np.array([2.0, 3.0, 102.0]), 4, log=True)
    assert lines[0] == pytest.approx(3.0)
    assert np.diff(np.log(lines - 2.0)) == pytest.approx([np.log(100) / 4] * 4)
    assert _levels(np.array([0.0, 1e-20, 1.0]), 6, log=True)[0] == pytest.approx(1e-6)
    assert _levels(np.array([0.0, 8.0]), 4, log=False) == pytest.approx([0, 2, 4, 6, 8])


def test_a_path_leaves_the_limits_and_ends_where_it_is_lost(ax):
    xs, ys, heights = SURFACES["bowl"].grid(21)
    plotting.contours(ax, xs, ys, heights)
    before = ax.get_xlim(), ax.get_ylim()
    way = np.array([[0, 0], [1, 1], [50, 50], [np.inf, 1], [0, 0]])
    assert plotting.path(ax, way, label="gone", color="#123456") is ax
    assert (ax.get_xlim(), ax.get_ylim()) == before
    line = ax.lines[0]
    assert line.get_label() == "gone"
    assert line.get_xydata().tolist() == way[:3].tolist()
    assert ax.lines[-1].get_xydata().tolist() == [[50, 50]]


def test_dots_can_be_thinned(ax):
    plotting.path(ax, np.arange(20.0).reshape(10, 2), every=4)
    assert len(ax.lines[1].get_xdata()) == 3


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda ax: plotting.contours(ax, [0, 1], [0, 1, 2], np.eye(2)), r"values of shape \(3, 2\), .* got \(2, 2\)"),
        (lambda ax: plotting.contours(ax, [0, 1], [0, 1], np.ones((2, 2))), "got a flat or an empty surface"),
        (lambda ax: plotting.contours(ax, [0, 1], [0, 1], np.full((2, 2), np.nan)), "flat or an empty"),
        (lambda ax: plotting.contours(ax, [0, 1], [0, 1], np.eye(2), levels=1), "at least 2 levels, got 1"),
        (lambda ax: plotting.path(ax, np.zeros((3, 3))), r"points of shape \(T, 2\)"),
        (lambda ax: plotting.path(ax, np.full((3, 2), np.nan)), "a finite point to start from, got none"),
        (lambda ax: plotting.path(ax, np.zeros((3, 2)), every=0), "every of at least 1, got .* and 0"),
    ],
)
def test_what_cannot_be_drawn_is_refused(ax, call, message):
    with pytest.raises(ValueError, match=message):
        call(ax)
