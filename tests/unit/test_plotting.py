"""Plots show the data they are given, on the axes they are given, and leave no trace anywhere else."""

import re
from itertools import pairwise
from types import SimpleNamespace

import matplotlib as mpl
import numpy as np
import pytest
import torch
from matplotlib import pyplot as plt
from matplotlib.colors import to_rgba

from lab_utils import plotting
from lab_utils.page import picture
from lab_utils.page.palette import palette
from lab_utils.plotting.curves import _spread
from lab_utils.plotting.style import CELLS, DIVERGING, ERRORS, SMALL, WIDTHS, array

RNG = np.random.default_rng(0)
X = np.arange(1, 6)
RUNS = RNG.random((3, 5))
CLASSES = ("coat", "bag", "boot")
COUNTS = np.array([[90, 10, 0], [5, 95, 0], [0, 1, 99]])
ROWS = [
    SimpleNamespace(name="conv1", output_shape=(32, 28, 28)),
    SimpleNamespace(name="relu1", output_shape=(32, 28, 28)),
    SimpleNamespace(name="pool1", output_shape=(32, 14, 14)),
    SimpleNamespace(name="linear", output_shape=(10,)),
]
BINS = SimpleNamespace(
    edges=np.array([0, 0.5, 1]),
    confidence=np.array([0.4, 0.8]),
    accuracy=np.array([0.5, 0.7]),
    count=np.array([3, 7]),
    ece=0.1,
)
ROC = SimpleNamespace(false_alarms=np.array([0, 0.5, 1]), hits=np.array([0, 0.8, 1]))
CALLS = {
    "curve": lambda ax: plotting.curve(ax, X, RUNS[0], label="one"),
    "curve_with_band": lambda ax: plotting.curve_with_band(ax, X, RUNS, label="one"),
    "label_ends": lambda ax: plotting.label_ends(plotting.curve(ax, X, RUNS[0], label="one")),
    "dot_and_band": lambda ax: plotting.dot_and_band(ax, {"a": [1.0, 2], "b": [1.5, 3]}, reference="a"),
    "image_grid": lambda ax: plotting.image_grid(ax, RNG.random((3, 1, 8, 8)), labels=CLASSES),
    "filters": lambda ax: plotting.filters(ax, RNG.normal(size=(4, 1, 3, 3))),
    "feature_maps": lambda ax: plotting.feature_maps(ax, RNG.random((4, 6, 6))),
    "overlay": lambda ax: plotting.overlay(ax, RNG.random((8, 8)), RNG.random((2, 2))),
    "decision_map": lambda ax: plotting.decision_map(ax, np.arange(4), np.arange(3), RNG.random((3, 4))),
    "scatter_classes": lambda ax: plotting.scatter_classes(ax, RNG.random((4, 2)), [0, 1, 1, 0]),
    "scatter_groups": lambda ax: plotting.scatter_groups(ax, RNG.random((6, 2)), [0, 1, 2, 2, 1, 0], CLASSES),
    "scatter_values": lambda ax: plotting.scatter_values(ax, RNG.random((4, 2)), RNG.random(4), label="position"),
    "roc": lambda ax: plotting.roc(ax, {"one": ROC}),
    "contours": lambda ax: plotting.contours(ax, np.arange(4), np.arange(3), RNG.random((3, 4))),
    "effect_map": lambda ax: plotting.effect_map(ax, RNG.normal(size=(2, 3, 5)), rows=["a", "b"], columns=CLASSES),
    "reliability": lambda ax: plotting.reliability(ax, BINS),
    "path": lambda ax: plotting.path(ax, RNG.random((5, 2)), label="one"),
    "confusion_matrix": lambda ax: plotting.confusion_matrix(ax, COUNTS, CLASSES),
    "similarity_map": lambda ax: plotting.similarity_map(ax, RNG.random((2, 3)), rows=["a", "b"], columns=CLASSES),
    "layer_diagram": lambda ax: plotting.layer_diagram(ax, ROWS, input_shape=(1, 28, 28)),
    "attention_map": lambda ax: plotting.attention_map(ax, np.tri(3) / np.arange(1, 4)[:, None], "a b"),
    "bars": lambda ax: plotting.bars(ax, CLASSES, [1, 2, 3]),
    "probability_bars": lambda ax: plotting.probability_bars(ax, [0.2, 0.3, 0.5], CLASSES, truth=1),
}


@pytest.fixture
def ax():
    return plotting.figure()[1]


def test_every_plot_is_tried():
    helpers = {"CYCLE", "PALETTE", "book_style", "figure", "grid_over"}
    assert set(CALLS) == set(plotting.__all__) - helpers


@pytest.mark.parametrize("name", CALLS)
def test_a_plot_returns_its_axes_and_leaves_no_trace(name):
    before = dict(mpl.rcParams)
    _, ax = plotting.figure()
    assert CALLS[name](ax) is ax
    assert dict(mpl.rcParams) == before
    assert plt.get_fignums() == []


@pytest.mark.parametrize("name", CALLS)
def test_a_plot_fits_the_page_and_its_text_can_be_read(name):
    fig, ax = plotting.figure()
    CALLS[name](ax)
    sizes = [text.get_fontsize() for text in fig.findobj(mpl.text.Text) if text.get_text() and text.get_visible()]
    assert min(sizes, default=SMALL) >= SMALL
    drawn = re.search(r'<svg width="(\d+)"', picture(fig, alt="A plot that the test has drawn").html)
    assert int(drawn[1]) <= 760, "wider than the text: something sticks out of the figure"


def test_the_figure_has_the_width_of_the_text():
    assert plotting.figure()[0].get_figwidth() * 96 == 720
    assert plotting.figure(width="half")[0].get_figwidth() == WIDTHS["half"]
    assert plotting.figure(width=4, height=2)[0].get_size_inches().tolist() == [4, 2]
    assert plotting.figure(2, 3)[1].shape == (2, 3)
    with pytest.raises(ValueError, match=r"expected a width .* got 'huge'"):
        plotting.figure(width="huge")


def test_what_is_added_later_keeps_the_style(ax):
    title = ax.set_title("later", loc="left")
    assert title.get_fontsize() == 10.5
    assert title.get_color() == palette()["ink"]
    assert ax.plot([0, 1])[0].get_color() == plotting.CYCLE[0]


def test_book_style_ends_with_its_block():
    before = dict(mpl.rcParams)
    with plotting.book_style():
        assert mpl.rcParams["axes.spines.top"] is False
    assert dict(mpl.rcParams) == before


def test_curve_draws_the_data(ax):
    plotting.curve(ax, torch.tensor(X), torch.tensor(RUNS[0], requires_grad=True), label="one", dashed=True)
    (line,) = ax.lines
    np.testing.assert_array_equal(line.get_xydata(), np.column_stack([X, RUNS[0]]))
    assert line.get_linestyle() == "--"


def test_band_runs_from_the_lowest_to_the_highest_seed(ax):
    plotting.curve_with_band(ax, X, RUNS)
    np.testing.assert_allclose(ax.lines[0].get_ydata(), RUNS.mean(axis=0))
    corners = ax.collections[0].get_paths()[0].vertices
    for x, low, high in zip(X, RUNS.min(axis=0), RUNS.max(axis=0), strict=True):
        there = corners[corners[:, 0] == x, 1]
        assert {float(there.min()), float(there.max())} == {float(low), float(high)}
    assert to_rgba(ax.collections[0].get_facecolor()[0], 1) == to_rgba(ax.lines[0].get_color())


def test_names_stand_at_line_ends_in_the_lines_colours(ax):
    for run, name in zip(RUNS, CLASSES, strict=True):
        plotting.curve(ax, X, run, label=name)
    plotting.curve(ax, X, RUNS[0] + 1)
    plotting.label_ends(ax)
    assert [(t.get_text(), t.get_color()) for t in ax.texts] == [
        (n, c) for n, c in zip(CLASSES, plotting.CYCLE, strict=False)
    ]
    assert [t.xy for t in ax.texts] == [(5.0, float(run[-1])) for run in RUNS]


def test_names_are_moved_apart_no_more_than_needed():
    assert _spread([0, 100], 10) == [0, 100]
    assert _spread([50, 50], 10) == [45, 55]
    assert _spread([50, 0, 52, 51], 10) == [41, 0, 61, 51]
    placed = sorted(_spread([0, 1, 12, 13, 14], 10))
    assert min(b - a for a, b in pairwise(placed)) >= 10 - 1e-9


def test_dots_show_every_seed_and_the_mean(ax):
    runs = {"full": [0.91, 0.92], "less": [0.80, 0.84, 0.82]}
    plotting.dot_and_band(ax, runs, reference="full")
    dots = [line for line in ax.lines if line.get_marker() == "o"]
    assert [list(line.get_xdata()) for line in dots] == list(runs.values())
    assert [text.get_text() for text in ax.texts] == ["0.915", "0.820"]
    assert [label.get_text() for label in ax.get_yticklabels()] == ["full", "less"]
    assert ax.get_ylim()[0] > ax.get_ylim()[1]  # first row on top


def test_tiles_hold_the_images_in_order(ax):
    images = RNG.random((5, 1, 4, 6))
    plotting.image_grid(ax, images, ncols=2, labels=list("abcde"), wrong=[False, True, False, False, False])
    for tile, image in zip(ax.images, images, strict=True):
        np.testing.assert_array_equal(tile.get_array(), image[0])
        assert tile.norm.vmin == 0
        assert tile.norm.vmax == 1
    corners = [tile.get_extent()[0::3] for tile in ax.images]
    assert corners == sorted(corners, key=lambda c: (c[1], c[0]))
    assert [text.get_text() for text in ax.texts] == ["a", "✗ b", "c", "d", "e"]


def test_colour_images(ax):
    images = RNG.random((2, 3, 4, 4))
    plotting.image_grid(ax, images)
    np.testing.assert_array_equal(ax.images[1].get_array(), images[1].transpose(1, 2, 0))


def test_filters_share_one_symmetric_scale(ax):
    weight = torch.nn.Conv2d(1, 5, 3).weight
    plotting.filters(ax, weight)
    limit = weight.abs().max().item()
    for tile, kernel in zip(ax.images, weight[:, 0].detach(), strict=True):
        np.testing.assert_array_equal(tile.get_array(), kernel)
        assert tile.norm.vmin == pytest.approx(-limit)
        assert tile.norm.vmax == pytest.approx(limit)
    assert [text.get_text() for text in ax.texts] == list("01234")


def test_zero_lets_the_page_through_and_signs_differ():
    assert DIVERGING(0.5)[3] < 0.01
    assert DIVERGING(0.0)[3] == DIVERGING(1.0)[3] == 1
    assert DIVERGING(0.0)[0] > DIVERGING(0.0)[2]
    assert DIVERGING(1.0)[2] > DIVERGING(1.0)[0]


def test_feature_maps_share_a_scale_or_have_their_own(ax):
    maps = np.stack([np.eye(3), 5 * np.eye(3)])
    plotting.feature_maps(ax, maps, units=[7, 30])
    assert [tile.norm.vmax for tile in ax.images] == [5, 5]
    assert [text.get_text() for text in ax.texts] == ["7", "30"]
    _, other = plotting.figure()
    plotting.feature_maps(other, maps, scale="each")
    assert [tile.norm.vmax for tile in other.images] == [1, 5]


def test_a_dead_map_can_be_drawn(ax):
    picture(plotting.feature_maps(ax, np.zeros((1, 3, 3)), scale="each").figure, alt="One map without any response")


def test_overlay_stretches_the_heat_over_the_image(ax):
    image, heat = RNG.random((28, 28)), RNG.normal(size=(7, 7))
    plotting.overlay(ax, image, heat, signed=True)
    np.testing.assert_array_equal(ax.images[0].get_array(), image)
    np.testing.assert_array_equal(ax.images[1].get_array(), heat)
    assert ax.images[0].get_extent() == ax.images[1].get_extent()
    assert ax.images[1].norm.vmin == -ax.images[1].norm.vmax == -np.abs(heat).max()


def words(ax) -> dict[tuple[int, int], str]:
    return {(int(t.get_position()[1]), int(t.get_position()[0])): t.get_text() for t in ax.texts}


def test_confusion_matrix_writes_counts_or_percent(ax):
    plotting.confusion_matrix(ax, COUNTS, CLASSES)
    assert words(ax) == {(i, j): str(COUNTS[i, j]) for i, j in zip(*np.nonzero(COUNTS), strict=True)}
    np.testing.assert_allclose(ax.images[0].get_array(), COUNTS / 100)
    _, other = plotting.figure()
    plotting.confusion_matrix(other, torch.tensor(COUNTS), CLASSES, percent=True, errors=True)
    assert words(other)[0, 1] == "10.0"
    shown = other.images[0]
    np.testing.assert_allclose(np.diag(shown.get_array()), 0)
    assert shown.norm.vmax == pytest.approx(0.1)


def luminance(rgb) -> float:
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in rgb[:3]]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("cmap", [CELLS, ERRORS], ids=lambda c: c.name)
@pytest.mark.parametrize("mode", ["light", "dark"])
def test_numbers_in_cells_can_be_read_at_any_strength(cmap, mode):
    paper, ink = (to_rgba(palette(mode)[name]) for name in ("paper", "ink"))
    for strength in np.linspace(0, 1, 11):
        *colour, alpha = cmap(strength)
        cell = [alpha * c + (1 - alpha) * p for c, p in zip(colour, paper, strict=False)]
        light, dark = sorted((luminance(cell), luminance(ink)), reverse=True)
        assert (light + 0.05) / (dark + 0.05) >= 4.5


def test_layer_diagram_names_every_layer_and_says_that_it_is_a_schematic(ax):
    plotting.layer_diagram(ax, ROWS, input_shape=(1, 28, 28))
    texts = [text.get_text() for text in ax.texts]
    assert texts[:8:2] == ["1×28×28", "32×28×28", "32×14×14", "10"]
    assert texts[1:8:2] == ["input", "conv1\nrelu1", "pool1", "linear"]
    assert "schematic" in texts[-1]


def test_bars_have_the_lengths_given(ax):
    plotting.bars(ax, CLASSES, [307200, 1728, 3], unit="weights")
    assert [bar.get_width() for bar in ax.patches] == [307200, 1728, 3]
    assert [text.get_text() for text in ax.texts] == ["307,200 weights", "1,728 weights", "3 weights"]


def test_probability_bars_mark_the_largest_and_the_truth(ax):
    plotting.probability_bars(ax, torch.tensor([0.2, 0.5, 0.3]), CLASSES, truth=2)
    assert [label.get_text() for label in ax.get_yticklabels()] == ["coat", "bag", "✓ boot"]
    assert [bar.get_facecolor() == to_rgba(plotting.CYCLE[1]) for bar in ax.patches] == [False, True, False]


@pytest.mark.parametrize(
    "call",
    [
        lambda ax: plotting.curve(ax, X, X[1:]),
        lambda ax: plotting.curve(ax, X, RUNS),
        lambda ax: plotting.curve_with_band(ax, X, RUNS.T),
        lambda ax: plotting.curve_with_band(ax, X, RUNS[0]),
        lambda ax: plotting.label_ends(ax),
        lambda ax: plotting.dot_and_band(ax, {"a": []}),
        lambda ax: plotting.dot_and_band(ax, {"a": [1]}, reference="b"),
        lambda ax: plotting.image_grid(ax, RNG.random((8, 8))),
        lambda ax: plotting.image_grid(ax, RNG.random((2, 2, 8, 8))),
        lambda ax: plotting.image_grid(ax, np.zeros((0, 8, 8))),
        lambda ax: plotting.image_grid(ax, 255 * np.ones((2, 8, 8))),
        lambda ax: plotting.image_grid(ax, RNG.random((2, 8, 8)), labels=["one"]),
        lambda ax: plotting.image_grid(ax, RNG.random((2, 8, 8)), labels=["a", "b"], wrong=[True]),
        lambda ax: plotting.image_grid(ax, RNG.random((2, 8, 8)), ncols=0),
        lambda ax: plotting.filters(ax, RNG.random((4, 3, 3, 3))),
        lambda ax: plotting.filters(ax, RNG.random((4, 3, 3))),
        lambda ax: plotting.feature_maps(ax, RNG.random((1, 4, 6, 6))),
        lambda ax: plotting.feature_maps(ax, RNG.random((4, 6, 6)), units=[1]),
        lambda ax: plotting.feature_maps(ax, RNG.random((4, 6, 6)), scale="all"),
        lambda ax: plotting.overlay(ax, RNG.random((1, 8, 8)), RNG.random((2, 2))),
        lambda ax: plotting.overlay(ax, RNG.random((8, 8)), -RNG.random((2, 2))),
        lambda ax: plotting.confusion_matrix(ax, COUNTS[:2], CLASSES),
        lambda ax: plotting.confusion_matrix(ax, -COUNTS, CLASSES),
        lambda ax: plotting.layer_diagram(ax, []),
        lambda ax: plotting.layer_diagram(ax, [SimpleNamespace(name="odd", output_shape=(3, 4))]),
        lambda ax: plotting.bars(ax, CLASSES, [1, 2]),
        lambda ax: plotting.probability_bars(ax, [0.5, 0.5], CLASSES),
        lambda ax: plotting.probability_bars(ax, [2.0, 3.0, -1.0], CLASSES),
    ],
)
def test_wrong_shapes_are_refused_with_what_was_expected_and_what_came(ax, call):
    with pytest.raises(ValueError, match=r"expected .*got"):
        call(ax)


@pytest.mark.parametrize(("shape", "values"), [("(N,)", [1, 2]), ("(N, h)", [[1]]), ("(K, h, w)", np.ones((1, 2, 3)))])
def test_array_counts_axes(shape, values):
    np.testing.assert_array_equal(array(values, shape), values)
    with pytest.raises(ValueError, match=r"expected values of shape"):
        array([values], shape)


@pytest.mark.parametrize(
    "draw",
    [
        lambda ax, nan: plotting.image_grid(ax, nan[0]),
        lambda ax, nan: plotting.filters(ax, nan),
        lambda ax, nan: plotting.feature_maps(ax, nan[0]),
        lambda ax, nan: plotting.overlay(ax, nan[0, 0], np.ones((2, 2))),
        lambda ax, nan: plotting.overlay(ax, np.ones((2, 2)), nan[0, 0]),
        lambda ax, nan: plotting.probability_bars(ax, nan[0, 0, 0], "ab"),
    ],
)
def test_pictures_of_nan_are_refused_not_left_blank(draw):
    _, ax = plotting.figure()
    with pytest.raises(ValueError, match=r"nan|NaN"):
        draw(ax, np.full((1, 1, 2, 2), np.nan))


def test_marks_without_a_label_each_are_refused():
    _, ax = plotting.figure()
    with pytest.raises(ValueError, match="expected 3 labels and marks, one per image, got 1 labels and 3 marks"):
        plotting.image_grid(ax, np.zeros((3, 2, 2)), labels=["a"], wrong=[True, False, True])


def test_a_similarity_map_writes_every_number_and_refuses_what_is_none(ax):
    plotting.similarity_map(ax, [[1.0, -0.04]], rows=["a"], columns=["b", "c"])
    assert [text.get_text() for text in ax.texts] == ["1.00", "−0.04"]
    for matrix in ([[1.2, 0]], [[1.0]], [[np.nan, 0]]):
        with pytest.raises(ValueError, match="expected"):
            plotting.similarity_map(ax, matrix, rows=["a"], columns=["b", "c"])


def test_groups_of_points_have_a_mark_of_their_own_and_stand_where_they_are(ax):
    points, y, names = RNG.random((80, 2)), np.arange(80) % 8, list("abcdefgh")
    plotting.scatter_groups(ax, points, y, names)
    marks = set()
    for k, drawn in enumerate(ax.collections):
        np.testing.assert_array_equal(drawn.get_offsets(), points[y == k])
        marks.add((tuple(drawn.get_facecolor()[0, :3]), len(drawn.get_paths()[0].vertices)))
    assert len(marks) == 8
    for text, k in zip(ax.texts, range(8), strict=True):
        assert (text.get_text(), *text.get_position()) == (names[k], *np.median(points[y == k], axis=0))


def test_values_colour_points_by_size(ax):
    plotting.scatter_values(ax, RNG.random((3, 2)), [0.0, 2.0, 1.0], label="position")
    np.testing.assert_array_equal(ax.collections[0].get_array(), [0, 2, 1])
    assert ax.figure.axes[1].get_ylabel() == "position"


def test_roc_names_each_curve_with_its_area(ax):
    plotting.roc(ax, {"one": ROC})
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["one (0.65)"]
    np.testing.assert_array_equal(ax.lines[1].get_xydata(), [[0, 0], [0.5, 0.8], [1, 1]])


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda ax: plotting.scatter_groups(ax, [[0, 1]], [2], "ab"), "expected labels from 0 to 1, got"),
        (lambda ax: plotting.scatter_groups(ax, [[0, 1, 2]], [0], "a"), r"expected points \(N, 2\) and y \(N,\)"),
        (lambda ax: plotting.scatter_values(ax, [[0, 1]], [1, 2]), r"expected points \(N, 2\) and values \(N,\)"),
        (lambda ax: plotting.scatter_values(ax, [[0, 1]], [np.nan]), "expected finite values"),
        (lambda ax: plotting.roc(ax, {}), "expected at least one curve, got none"),
    ],
)
def test_points_and_curves_that_do_not_fit_are_named(ax, wrong, message):
    with pytest.raises(ValueError, match=message):
        wrong(ax)
