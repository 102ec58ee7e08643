"""Maps of a plane show the values at the places they were computed for, and classes by colour and by shape."""

import numpy as np
import pytest
import torch
from matplotlib.colors import to_rgba

from lab_utils import data, plotting
from lab_utils.page import picture
from lab_utils.plotting.spaces import CLASS_COLOURS

XS, YS = np.linspace(-1, 2, 7), np.linspace(0, 1, 5)
VALUES = 1 / (1 + np.exp(-3 * (XS[None] - 0.6 + 0 * YS[:, None])))  # 0.5 at x = 0.6


@pytest.fixture
def ax():
    return plotting.figure()[1]


def test_a_grid_covers_the_points_with_a_margin():
    x = torch.tensor([[0.0, 10.0], [2.0, 30.0]])
    xs, ys, points = plotting.grid_over(x, steps=5, margin=0.5)
    np.testing.assert_allclose(xs, [-1, 0, 1, 2, 3])
    np.testing.assert_allclose(ys, [0, 10, 20, 30, 40])
    assert points.shape == (25, 2)
    assert points.dtype == np.float32
    # Row by row of y: what a network says about the points, reshaped, has a row for each y.
    np.testing.assert_allclose(points.reshape(5, 5, 2)[3, 1], [xs[1], ys[3]])


def test_a_grid_over_points_on_one_spot_is_still_a_grid():
    xs, ys, _ = plotting.grid_over(np.ones((3, 2)), steps=4)
    assert np.all(np.diff(xs) > 0)
    assert np.all(np.diff(ys) > 0)


@pytest.mark.parametrize(
    ("x", "keywords", "words"),
    [
        (np.zeros((3, 3)), {}, r"shape \(N, 2\), got \(3, 3\)"),
        (np.zeros(3), {}, r"shape \(N, 2\)"),
        (np.zeros((0, 2)), {}, "not empty"),
        (np.full((3, 2), np.nan), {}, "finite x"),
        (np.zeros((3, 2)), {"steps": 1}, "at least 2 steps"),
        (np.zeros((3, 2)), {"margin": -1}, "margin of at least 0"),
        (np.zeros((3, 2)), {"margin": np.inf}, "margin of at least 0"),
    ],
)
def test_impossible_grids(x, keywords, words):
    with pytest.raises(ValueError, match=words):
        plotting.grid_over(x, **keywords)


def test_each_value_stands_at_its_place(ax):
    assert plotting.decision_map(ax, XS, YS, VALUES) is ax
    (tile,) = ax.images
    np.testing.assert_array_equal(tile.get_array(), VALUES)
    assert tile.origin == "lower"  # the first row is the lowest y
    half = (XS[1] - XS[0]) / 2
    assert tile.get_extent() == pytest.approx([-1 - half, 2 + half, -0.125, 1.125])
    assert ax.get_xlim() == pytest.approx((-1 - half, 2 + half))


def test_one_is_blue_zero_is_orange_and_a_half_lets_the_page_through(ax):
    plotting.decision_map(ax, [0, 1, 2], [0, 1], [[0.0, 0.5, 1.0]] * 2)
    (tile,) = ax.images
    low, half, high = tile.cmap(tile.norm(np.array([0.0, 0.5, 1.0])))
    assert low[0] > low[2]
    assert high[2] > high[0]
    np.testing.assert_allclose(tile.get_alpha()[0, 1], 0)
    assert tile.get_alpha()[0, 0] == tile.get_alpha()[0, 2] > 0.3
    assert half[3] < 0.01


def test_the_boundary_runs_where_the_probability_is_a_half(ax):
    plotting.decision_map(ax, XS, YS, VALUES)
    (lines,) = ax.collections
    line = np.concatenate([path.vertices for path in lines.get_paths()])
    np.testing.assert_allclose(line[:, 0], 0.6, atol=0.05)


def test_no_boundary_where_there_is_none(ax):
    plotting.decision_map(ax, XS, YS, np.full((5, 7), 0.8))
    plotting.decision_map(ax, XS, YS, VALUES, boundary=False)
    assert len(ax.collections) == 0


@pytest.mark.parametrize(
    ("xs", "ys", "values", "words"),
    [
        (XS, YS, VALUES.T, r"shape \(5, 7\), a row for each y, got \(7, 5\)"),
        (XS, YS, 3 * VALUES, r"probabilities in \[0, 1\]"),
        (XS, YS, VALUES - 0.5, r"probabilities in \[0, 1\]"),
        (XS, YS, np.full((5, 7), np.nan), "finite values"),
        (XS, YS, VALUES[0], r"shape \(Y, X\)"),
    ],
)
def test_impossible_maps(ax, xs, ys, values, words):
    with pytest.raises(ValueError, match=words):
        plotting.decision_map(ax, xs, ys, values)


def test_classes_differ_in_colour_and_in_shape(ax):
    moons = data.two_moons(40)
    assert plotting.scatter_classes(ax, moons.x, moons.y, names=("above", "below")) is ax
    first, second = ax.collections
    for k, drawn in enumerate((first, second)):
        np.testing.assert_allclose(drawn.get_offsets(), moons.x[moons.y == k])
        assert to_rgba(drawn.get_facecolor()[0]) == to_rgba(CLASS_COLOURS[k])
    assert len(first.get_paths()[0].vertices) != len(second.get_paths()[0].vertices)
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["above", "below"]


def test_one_class_alone_is_drawn(ax):
    plotting.scatter_classes(ax, np.ones((3, 2)), np.ones(3, int))
    assert [len(drawn.get_offsets()) for drawn in ax.collections] == [0, 3]


def test_in_the_dark_the_points_take_the_dark_colours(ax):
    moons = data.two_moons(10)
    plotting.scatter_classes(ax, moons.x, moons.y)
    svg = picture(ax.figure, alt="Ten points of two classes, drawn for this test.").html
    assert "var(--lab-blue,#0b62b4)" in svg
    assert "var(--lab-orange,#b8480a)" in svg


@pytest.mark.parametrize(
    ("x", "y", "words"),
    [
        (np.zeros((3, 2)), np.array([0, 1, 2]), "classes 0 and 1, got"),
        (np.zeros((3, 2)), np.array([0, 1]), r"x \(N, 2\) and y \(N,\), got \(3, 2\) and \(2,\)"),
        (np.zeros((3, 3)), np.zeros(3), r"x \(N, 2\)"),
        (np.full((3, 2), np.inf), np.zeros(3), "finite x"),
    ],
)
def test_impossible_points(ax, x, y, words):
    with pytest.raises(ValueError, match=words):
        plotting.scatter_classes(ax, x, y)
