"""What an answer may not use: found as it is written, and no way round it; no point lost for what is harmless."""

import json

import pytest

from lab_utils.grading.forbidden import names_used, way_round
from lab_utils.grading.mark import Marker
from lab_utils.grading.results import PASSED
from tests.grading import small
from tests.grading.attacks import DETOURS

KEY = small.KEY + "\nkey.forbid('double', 'add', 'optim', '*mul_?d*')"
WRITTEN = {
    "an attribute": "torch.add(x, x)",
    "an alias": "import torch as t\nt.add(1, 1)",
    "an import": "from torch import add as plus\nplus(1, 1)",
    "part of a module's name": "from torch.optim.adam import adam",
    "a module in between": "import torch.optim.sgd as descent",
    "a string": "getattr(torch, 'add')(x, x)",
    "a dotted string": "named('torch.optim.SGD')",
    "a pattern": "match torch:\n    case object(add=f):\n        f(1)",
    "a kind of it": "torch.my_mul_2d_with_more(x)",
    "a name of the chapter": "def double(x):\n    return add(x, x)",
    "a class that takes it in": "class Own:\n    add = add",
    "a default": "def double(x, add=add):\n    return add(x, x)",
    "a name declared global": "def double(x):\n    global add\n    add = add\n    return add(x, x)",
}
HARMLESS = {
    "a docstring": 'def double(x):\n    """Like torch.add"""\n    return 2 * x',
    "a bare docstring": 'def double(x):\n    "add"\n    return 2 * x',
    "a comment": "def double(x):\n    return 2 * x  # not torch.add(x, x), nor eval",
    "a message": "def double(x):\n    assert x is not None, 'cannot add.'\n    return 2 * x",
    "a literal getattr": "def double(x):\n    assert getattr(x, 'shape', ()) is not None\n    return 2 * x",
    "hasattr": "def double(x):\n    return 2 * x if hasattr(x, 'shape') else x * 2",
    "a variable of a builtin's name": "def double(x):\n    vars = 2 * x\n    return vars",
    "an argument of a builtin's name": "def double(x, *, compile=2):\n    return compile * x",
    "a variable of a forbidden name": "def double(x):\n    add = 2 * x\n    return add",
    "an argument of a forbidden name": "def double(x, optim=2):\n    return [optim * each for each in [x]][0]",
    "methods of modules": "def double(x):\n    list(nn.Linear(1, 1).modules())\n    return nn.Identity().eval()(2 * x)",
    "usual imports": (
        "import math\nimport numpy as np\nfrom operator import mul\n\n\n"
        "def double(x):\n    return mul(2, x) * math.gcd(1, int(np.ones(1)[0]))"
    ),
    "special methods": (
        "class Two(nn.Module):\n    def __init__(self):\n        super().__init__()\n\n"
        "    def forward(self, x):\n        return 2 * x\n\n\ndef double(x):\n    return Two().__class__()(x)"
    ),
    "a private name": (
        "class Two:\n    def __init__(self):\n        self.__two = 2\n\n    def of(self, x):\n"
        "        return self.__two * x\n\n\ndef double(x):\n    return Two().of(x)"
    ),
    "a magic": "%%time\ndef double(x):\n    return 2 * x",
}


@pytest.fixture(scope="module")
def strict():
    return Marker(small.assignment(key=KEY))


@pytest.mark.parametrize("way", DETOURS)
def test_no_way_round_what_is_forbidden(way, marker, strict, sandbox):
    content = small.submission(double=DETOURS[way])
    assert marker.mark(content, sandbox).exercises[0].earned == 2, "it does double, where nothing is forbidden"
    found = strict.mark(content, sandbox).exercises[0]
    assert found.earned == 0
    assert "asks you to do without" in found.visible
    assert names_used(DETOURS[way], ["add"]) or f"your code has `{way_round(DETOURS[way])}`" in found.visible


@pytest.mark.parametrize("what", WRITTEN)
def test_forbidden_names_are_seen_wherever_they_are_written(what):
    assert names_used(WRITTEN[what], ["add", "optim", "*mul_?d*"])


@pytest.mark.parametrize("what", HARMLESS)
def test_what_is_harmless_costs_nothing(what, strict, sandbox):
    found = strict.mark(small.submission(double=HARMLESS[what]), sandbox).exercises[0]
    assert (found.visible, found.earned) == (PASSED, 2)


def with_cell(answer, *cells):
    """A submission with cells of the student's own before the answer."""
    notebook = json.loads(small.submission(double=answer))
    notebook["cells"][1:1] = [small.code(each) for each in cells]
    return json.dumps(notebook).encode()


@pytest.mark.parametrize(
    "helper",
    [
        "plus = getattr(torch, 'a' + 'dd')",
        "from operator import attrgetter\nplus = attrgetter('a' + 'dd')(torch)",
        "plus = torch.add",
        "class Plus:\n    def __call__(self, x, y):\n        return torch.__dict__['a' + 'dd'](x, y)\nplus = Plus()",
    ],
)
def test_other_cells_are_no_way_round(helper, strict, sandbox):
    found = strict.mark(with_cell("def double(x):\n    return plus(x, x)", helper), sandbox).exercises[0]
    assert found.earned == 0
    assert "asks you to do without" in found.visible


def test_cells_that_the_answer_does_not_need_may_do_as_they_like(strict, sandbox):
    found = strict.mark(with_cell(small.DOUBLE, "unused = getattr(torch, 'a' + 'dd')"), sandbox).exercises[0]
    assert found.earned == 2


def test_a_function_of_the_chapter_is_no_way_round(sandbox):
    """Whether the student's notebook still holds the chapter's cell or not: the check may bring it along."""
    chapter = small.chapter()
    lent = small.code("def plus(x, y):\n    return torch.add(x, y)\n\n\ndef twice(x):\n    return 2 * x")
    chapter["cells"].insert(1, lent)
    chapter["cells"][4]["source"] += "\nassert plus(1, 1) == twice(1), 'two'"
    strict = Marker(small.assignment(notebook=json.dumps(chapter), key=KEY))
    for answer, earned in (("plus(x, x)", 0), ("twice(x)", 2)):
        for cells in ((), (lent["source"],)):
            content = with_cell(f"def double(x):\n    return {answer}", *cells)
            assert strict.mark(content, sandbox).exercises[0].earned == earned
