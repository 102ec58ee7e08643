"""A slice holds what an answer needs of a notebook, and not the rest."""

import pytest

from lab_utils.grading.slices import needed, statements


def slice_of(before, wanted):
    return [each.text for each in needed(statements(before), statements(wanted))]


@pytest.mark.parametrize(
    ("before", "wanted", "taken"),
    [
        ("import torch\nx = 1\ny = 2", "print(y)", ["y = 2"]),
        ("a = 1\nb = a\nc = b", "c", ["a = 1", "b = a", "c = b"]),
        ("x = 1\nx = 2", "x", ["x = 2"]),
        ("x = 1\nx = x + 1", "x", ["x = 1", "x = x + 1"]),
        ("x = []\nx.append(1)", "x", ["x = []", "x.append(1)"]),
        ("x = {}\nx['a'] = 1\ny = x", "y", ["x = {}", "x['a'] = 1", "y = x"]),
        ("m = make()\nfit(m)\nother(3)", "m", ["m = make()", "fit(m)"]),
        ("if a:\n    x = 1\nelse:\n    x = 2", "x", ["if a:\n    x = 1\nelse:\n    x = 2"]),
        ("x = 0\nif a:\n    x = 1", "x", ["x = 0", "if a:\n    x = 1"]),
        ("k = 3\ndef f(x):\n    return x * k", "f(1)", ["k = 3", "def f(x):\n    return x * k"]),
        (
            "def f(x):\n    return g(x)\ndef g(x):\n    return x",
            "f(1)",
            ["def f(x):\n    return g(x)", "def g(x):\n    return x"],
        ),
        ("x = 1", "def f(x):\n    return x", []),
        ("x = 1", "x = 3\nprint(x)", []),
        ("x = 1", "[x for x in range(3)]", []),
        ("each = 5", "for k, each in enumerate([1]):\n    h = each\n    h = h + k\nprint(h, each)", []),
        ("import torch\ntorch.manual_seed(0)\nx = 1", "torch.ones(1)", ["import torch"]),
        ("a = b = 1\nfit(a, b)", "b", ["a = b = 1"]),
        ("import numpy as np\nfrom torch import nn", "nn.Linear", ["from torch import nn"]),
        ("%matplotlib inline\n!ls\nx = 1", "x", ["x = 1"]),
        ("show(x)\nx = 1\nshow(x)", "x", ["x = 1"]),
        ("class A:\n    pass\nclass B(A):\n    pass", "B()", ["class A:\n    pass", "class B(A):\n    pass"]),
    ],
)
def test_a_slice_is_what_is_needed(before, wanted, taken):
    assert slice_of(before, wanted) == taken


def test_a_slice_runs_like_the_whole():
    before = (
        "import math\nbase = 2\n\ndef power(n):\n    return scale * base**n\n\nunused = 1 / 0\nscale = math.floor(3.5)"
    )
    space = {}
    for each in needed(statements(before), statements("power(3)")):
        exec(each.text, space)
    assert space["power"](3) == 24
