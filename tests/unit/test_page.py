"""What a notebook puts on the page."""

import math
import re
import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest
import torch
from matplotlib import pyplot as plt
from matplotlib.figure import Figure

from lab_utils.page import ClaimFailed, claim, picture, say, show, show_source, table
from lab_utils.page.figures import check_alt
from lab_utils.page.output import inline, number, scalar
from lab_utils.page.palette import palette, stylesheet, themed
from lab_utils.page.source import source
from lab_utils.page.tables import make_table

ALT = "A blue line rises from zero to one over the unit square"


def drawing(color: str = "#0b62b4") -> Figure:
    fig = Figure(figsize=(6, 3))
    ax = fig.subplots()
    ax.plot([0, 1], [0, 1], color=color)
    ax.imshow(np.eye(4), extent=(0, 1, 0, 1), interpolation="none")
    ax.set_title("A title")
    return fig


def svg(text: str) -> ElementTree.Element:
    return ElementTree.fromstring(text[text.index("<svg") : text.index("</svg>") + 6])


def test_the_palette_is_read_from_the_style_sheet():
    assert palette()["blue"] == "#0b62b4"
    assert palette("dark")["blue"] == "#5aa9f2"
    assert palette().keys() == palette("dark").keys()
    assert "/*" not in stylesheet()
    assert "--lab-blue:#0b62b4" in stylesheet()
    with pytest.raises(ValueError, match=r"light.*dark.*got 'dim'"):
        palette("dim")


def test_each_colour_of_the_palette_follows_the_page():
    for name, colour in palette().items():
        assert themed(f'<path style="fill: {colour.upper()}"/>') == f'<path style="fill: var(--lab-{name},{colour})"/>'
    assert themed('<path style="stroke: #000000"/>') == '<path style="stroke: var(--lab-ink,#1f2328)"/>'
    assert themed("<text>#0b62b4</text>") == "<text>#0b62b4</text>"


def test_a_picture_has_words_and_follows_the_mode():
    shown = picture(drawing(), alt=ALT, caption="**Bold** & `code`.")
    assert f'role="img" aria-label="{ALT}"' in shown.html
    assert "<figcaption><strong>Bold</strong> &amp; <code>code</code>.</figcaption>" in shown.html
    assert "stroke: var(--lab-blue,#0b62b4)" in shown.html
    assert "image-rendering:pixelated" in shown.html
    assert ALT in repr(shown)


def test_a_picture_brings_no_rule_date_script_or_request():
    text = picture(drawing(), alt=ALT).html
    inner = text[text.index("<svg") :]
    for unwanted in ("<style", "<!--", "<metadata", "<script", "dc:date", "Matplotlib v", "xlink:"):
        assert unwanted not in inner
    assert re.findall(r'(?:src|href)="(?!#|data:)', inner) == []


def test_equal_figures_give_equal_bytes():
    assert picture(drawing(), alt=ALT).html == picture(drawing(), alt=ALT).html


def test_two_figures_share_no_id_and_every_reference_holds():
    ids = []
    for colour in ("#0b62b4", "#b8480a"):
        root = svg(picture(drawing(colour), alt=ALT).html)
        own = [node.get("id") for node in root.iter() if node.get("id")]
        text = ElementTree.tostring(root, encoding="unicode")
        assert set(re.findall(r'url\(#([^)]+)\)|href="#([^"]+)"', text)) <= {(i, "") for i in own} | {
            ("", i) for i in own
        }
        assert len(set(own)) == len(own) > 2
        ids += own
    assert len(set(ids)) == len(ids)


def test_show_closes_the_figure_and_changes_no_setting(capsys):
    before = dict(plt.rcParams)
    fig, _ = plt.subplots()
    show(fig, alt=ALT)
    assert plt.get_fignums() == []
    assert dict(plt.rcParams) == before
    assert ALT in capsys.readouterr().out


def test_width_bounds_the_picture():
    assert "max-width:300px" in picture(drawing(), alt=ALT, width=300).html
    assert 'tabindex="0"' not in picture(drawing(), alt=ALT, width=300).html
    assert 'tabindex="0"' in picture(drawing(), alt=ALT, width=700).html


@pytest.mark.parametrize(
    "alt",
    [
        "",
        "   ",
        "curve",
        "accuracy-by-epoch-and-seed.png",
        "Image of accuracy by epoch and seed",
        "figure 3: the accuracy",
        "The plot of accuracy by epoch and seed",
        "A picture showing the thirty-two filters",
    ],
)
def test_alt_texts_that_say_nothing_are_refused(alt):
    with pytest.raises(ValueError, match="say in a sentence"):
        picture(drawing(), alt=alt)


@pytest.mark.parametrize("alt", [ALT, "Image gradients point along the edges of the shoe"])
def test_alt_texts_that_say_something_pass(alt):
    assert check_alt(f" {alt}\n") == alt


def test_only_figures_are_shown():
    with pytest.raises(TypeError, match=r"expected a Matplotlib figure, got Axes; pass ax\.figure"):
        show(drawing().axes[0], alt=ALT)


def test_inline_text():
    assert inline("a **b** *c* `d*e*` <f> 2*3*4") == (
        "a <strong>b</strong> <em>c</em> <code>d*e*</code> &lt;f&gt; 2<em>3</em>4"
    )


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.91349, "0.913"), (121930, "121,930"), (1e-6, "1.00e-06"), (0.0, "0.000"), (True, "True"), (-0.5, "-0.500")],
)
def test_numbers_read_well(value, text):
    assert number(value) == text


@pytest.mark.parametrize("value", [3, np.int64(3), np.array([3]), torch.tensor(3), torch.tensor([[3]])])
def test_scalars_of_all_kinds(value):
    assert scalar(value) == 3


@pytest.mark.parametrize("value", ["3", [3], None, np.arange(2), torch.arange(2)])
def test_what_is_no_scalar_is_refused(value):
    with pytest.raises(TypeError, match="expected one number"):
        scalar(value)


@pytest.mark.parametrize(
    ("measured", "bound"),
    [
        (0.9, {"at_least": 0.9}),
        (torch.tensor(0.5), {"at_most": 0.5}),
        (np.float64(1.0), {"between": (1, 2)}),
        (1728, {"equals": 1728}),
        (1 / 3, {"equals": 0.333, "tolerance": 0.001}),
        (np.bool_(True), {"equals": True}),
        (math.inf, {"at_least": 3}),
    ],
)
def test_claims_that_hold_say_so(measured, bound, capsys):
    claim("It holds", measured=measured, **bound)
    assert "✓ It holds (measured" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("measured", "bound"),
    [
        (0.89, {"at_least": 0.9}),
        (0.6, {"at_most": 0.5}),
        (2.1, {"between": (1, 2)}),
        (1729, {"equals": 1728}),
        (0.4, {"equals": 0.333, "tolerance": 0.001}),
        (False, {"equals": True}),
        (math.inf, {"equals": 1, "tolerance": math.inf}),
        *[(math.nan, bound) for bound in ({"at_least": 0}, {"at_most": 0}, {"between": (0, 1)}, {"equals": 0})],
    ],
)
def test_claims_that_do_not_hold_fail(measured, bound):
    with pytest.raises(ClaimFailed, match=r"It holds\n  expected: .*\n  measured: "):
        claim("It holds", measured=measured, **bound)


@pytest.mark.parametrize(
    ("bound", "error"),
    [
        ({}, TypeError),
        ({"at_least": 1, "at_most": 2}, TypeError),
        ({"at_least": 1, "tolerance": 1}, TypeError),
        ({"equals": True}, TypeError),
        ({"between": (2, 1)}, ValueError),
    ],
)
def test_claims_without_one_clear_bound_are_refused(bound, error):
    with pytest.raises(error, match=r"expected|belongs"):
        claim("It holds", measured=1, **bound)


def test_say_shows_markdown(capsys):
    say("Accuracy **0.9**")
    assert capsys.readouterr().out == "Accuracy **0.9**\n"
    with pytest.raises(TypeError, match="expected Markdown text, got float"):
        say(0.9)


def test_a_table_has_headers_scope_and_caption(capsys):
    rows = [["one `k`", 121930, 0.9134], ["two", None, torch.tensor(0.5)]]
    made = make_table(rows, ["network", "parameters", "accuracy"], "Measured *once*.", digits=[0, 0, 2])
    root = ElementTree.fromstring(made.html[made.html.index("<table") : made.html.index("</div>")])
    assert [(c.get("scope"), c.text) for c in root.iter("th")][:3] == [
        ("col", "network"),
        ("col", "parameters"),
        ("col", "accuracy"),
    ]
    assert [c.get("scope") for c in root.find("tbody").iter("th")] == ["row", "row"]
    assert [(c.text, c.get("style")) for c in root.iter("td")] == [
        ("121,930", "text-align:right"),
        ("0.91", "text-align:right"),
        ("–", "text-align:right"),
        ("0.50", "text-align:right"),
    ]
    assert "".join(root.find("caption").itertext()) == "Measured once."
    table(rows, ["network", "parameters", "accuracy"], "Measured.")
    assert "121,930" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "more"),
    [
        (([["a"]], ["x", "y"], "c"), {}),
        (([], ["x"], "c"), {}),
        (([["a"]], ["x"], " "), {}),
        (([["a"]], ["x"], "c"), {"align": "lr"}),
        (([["a"]], ["x"], "c"), {"align": "q"}),
        (([["a"]], ["x"], "c"), {"digits": [1, 2]}),
    ],
)
def test_tables_that_do_not_fit_are_refused(arguments, more):
    with pytest.raises(ValueError, match=r"expected .*got"):
        make_table(*arguments, **more)


class Sample:
    """A class to show."""

    def double(self, x: int) -> int:
        """Twice x."""
        return 2 * x  # <not> a tag

    def nothing(self) -> None:
        """Only words."""


def test_the_source_shown_is_the_source():
    made = source(Sample)
    text = re.sub(r"<[^>]+>", "", made.html[made.html.index("<pre") :]).replace("&lt;", "<").replace("&gt;", ">")
    assert text.startswith('class Sample:\n    """A class to show."""')
    assert "return 2 * x  # <not> a tag" in text
    assert __name__ in made.html


def test_docstrings_can_be_left_out(capsys):
    show_source(Sample, docstring=False)
    text = capsys.readouterr().out
    assert "A class to show" not in text
    assert "Twice" not in text
    assert "Only words" in text  # without it the method would have no body
    compile(text, "sample", "exec")


@pytest.mark.parametrize("thing", [len, Sample(), 3])
def test_what_has_no_source_is_refused(thing):
    with pytest.raises(TypeError, match=r"expected a function or class|no Python source"):
        show_source(thing)


def test_a_zip_is_a_table_too():
    from lab_utils.page.tables import make_table

    rows = [("a", 1), ("b", 2)]
    assert (
        make_table(zip(*zip(*rows, strict=True), strict=True), ["x", "y"], "c").html
        == make_table(rows, ["x", "y"], "c").html
    )
