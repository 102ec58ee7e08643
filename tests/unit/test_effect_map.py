"""The table of effects: numbers, ranges, and colour only where the seeds agree."""

import math

import numpy as np
import pytest

from lab_utils.plotting import effect_map, figure

EFFECTS = np.array([[[1.0, 2.0, 3.0], [-1.0, 0.5, 1.0]], [[-2.0, -1.0, -3.0], [math.nan] * 3]])


def test_a_cell_says_mean_and_range_and_has_colour_where_seeds_agree():
    fig, ax = figure()
    assert effect_map(ax, EFFECTS, rows=["a", "b"], columns=["c", "d"]) is ax
    words = [text.get_text() for text in ax.texts]
    assert words == ["+2.0", "+1.0 to +3.0", "+0.2", "-1.0 to +1.0", "-2.0", "-3.0 to -1.0"]
    shades = np.asarray(ax.images[0].get_array())
    assert shades[0, 0] == -shades[1, 0] > 0
    assert shades[0, 1] == shades[1, 1] == 0
    fig.canvas.draw()
    _, other = figure()
    effect_map(other, EFFECTS, rows=["a", "b"], columns=["c", "d"], sure=[[False, True], [True, False]])
    shades = np.asarray(other.images[0].get_array())
    assert shades[0, 0] == shades[1, 1] == 0
    assert shades[0, 1] > 0 > shades[1, 0]


def test_effects_must_fit_their_names():
    _, ax = figure()
    with pytest.raises(ValueError, match=r"effects of shape \(1, 2, S\), got \(2, 2, 3\)"):
        effect_map(ax, EFFECTS, rows=["a"], columns=["c", "d"])
    with pytest.raises(ValueError, match=r"effects of shape \(R, K, S\)"):
        effect_map(ax, EFFECTS[0], rows=["a"], columns=["c", "d"])
    with pytest.raises(ValueError, match=r"sure of shape \(2, 2\), a mark for each cell, got \(1, 2\)"):
        effect_map(ax, EFFECTS, rows=["a", "b"], columns=["c", "d"], sure=[[True, True]])
